"""Images on disk in the OCI image layout: an index of tags, manifests, configurations and layers by digest.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from rollbook.adapters.embedded.files import locked, read_json, write_json, write_whole
from rollbook.problems import StepFailed
from rollbook.values import Json, Words

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
TAG = "org.opencontainers.image.ref.name"
LEFT_OUT = frozenset({".git", ".rollbook", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"})


class ImageLayout:
    """One directory of images. Writers of several processes take turns; readers never wait."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store a blob; returns its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if not self._blob(digest).exists():
            write_whole(self._blob(digest), content)
        return digest

    def blob(self, digest: str) -> bytes:
        """A blob's bytes, verified. Raises StepFailed when it is absent or is not what its digest says."""
        path = self._blob(digest)
        content = path.read_bytes() if path.exists() else b""
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            raise StepFailed(Words(f"blob {digest[:19]}… is damaged or missing", f"数据块 {digest[:19]}… 损坏或缺失"))
        return content

    def has(self, digest: str) -> bool:
        """Whether the image is here; its manifest is written last, so then it is whole."""
        return self._blob(digest).exists()

    def tagged(self, tag: str) -> str | None:
        """The digest a tag names."""
        return next((m["digest"] for m in self._manifests() if m["annotations"][TAG] == tag), None)

    def tag(self, tag: str, digest: str) -> None:
        """Make the tag name this manifest."""
        with locked(self.root / "index.lock"):
            others = [m for m in self._manifests() if m["annotations"][TAG] != tag]
            size = len(self.blob(digest))
            entry = {"mediaType": MANIFEST, "digest": digest, "size": size, "annotations": {TAG: tag}}
            write_json(self.root / "oci-layout", {"imageLayoutVersion": "1.0.0"})
            write_json(self.root / "index.json", {"schemaVersion": 2, "manifests": [*others, entry]})

    def labels(self, digest: str) -> dict[str, str]:
        """The labels an image was built with."""
        manifest = json.loads(self.blob(digest))
        configuration = json.loads(self.blob(manifest["config"]["digest"]))
        labels: dict[str, str] = configuration["config"]["Labels"]
        return labels

    def copy_from(self, other: ImageLayout, tag: str, digest: str) -> None:
        """Bring an image here, every blob verified, and tag it when it is whole."""
        manifest = json.loads(other.blob(digest))
        for part in (manifest["config"], *manifest["layers"]):
            self.put(other.blob(part["digest"]))
        self.put(other.blob(digest))
        self.tag(tag, digest)

    def build(self, files: Mapping[str, bytes], labels: Mapping[str, str]) -> str:
        """An image with these files as its one layer: the same files and labels give the same digest."""
        archive = _archive(files)
        layer = self.put(gzip.compress(archive, compresslevel=1, mtime=0))
        configuration = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": dict(labels)},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}"]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._part(CONFIGURATION, self.put(_canonical(configuration))),
            "layers": [self._part(LAYER, layer)],
        }
        return self.put(_canonical(manifest))

    def _part(self, kind: str, digest: str) -> Json:
        return {"mediaType": kind, "digest": digest, "size": self._blob(digest).stat().st_size}

    def _blob(self, digest: str) -> Path:
        algorithm, _, name = digest.partition(":")
        return self.root / "blobs" / algorithm / name

    def _manifests(self) -> list[Json]:
        index = read_json(self.root / "index.json")
        return list(index["manifests"]) if index else []


def files_of(context: Path) -> dict[str, bytes]:
    """The files of a build context by relative path, without what is never part of an image."""
    found = (p for p in context.rglob("*") if p.is_file() and not p.is_symlink())
    wanted = (p for p in found if not LEFT_OUT & set(p.relative_to(context).parts) and not is_settings(p.name))
    return {p.relative_to(context).as_posix(): p.read_bytes() for p in wanted}


def is_settings(name: str) -> bool:
    """Whether a file is an environment's settings (`.env.prod`), which may be secret: an image is for all of them."""
    return name == ".env" or (name.startswith(".env.") and not name.endswith((".example", ".sample", ".template")))


def _archive(files: Mapping[str, bytes]) -> bytes:
    """The files as a tar whose bytes depend on names and contents only."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return output.getvalue()


def _canonical(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
