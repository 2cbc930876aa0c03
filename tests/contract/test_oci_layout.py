"""Images on disk: whole, verified, and never moved under somebody's feet."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from rollbook.adapters.embedded.layout import Layout
from rollbook.adapters.embedded.oci import ImageLayout, files_of
from rollbook.adapters.embedded.registry import LayoutRegistry
from rollbook.problems import StepFailed
from rollbook.values import Image


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "应用.py").write_text("x = 1\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"\0")
    return folder


def test_the_layout_is_what_the_specification_says(tmp_path, context):
    images = ImageLayout(tmp_path / "images")
    digest = images.build(files_of(context), {"version": "v1"})
    images.tag("app:v1", digest)
    assert json.loads((images.root / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads((images.root / "index.json").read_bytes())["manifests"]
    manifest = json.loads(images.blob(digest))
    assert (entry["digest"], entry["size"]) == (digest, len(images.blob(digest)))
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "app:v1"
    layer = images.blob(manifest["layers"][0]["digest"])
    with tarfile.open(fileobj=io.BytesIO(layer), mode="r:gz") as archive:
        assert archive.getnames() == ["pkg/应用.py"]
        content = archive.extractfile("pkg/应用.py")
        assert content is not None
        assert content.read() == b"x = 1\n"
    for part in (manifest["config"], *manifest["layers"]):
        blob = images.blob(part["digest"])
        assert (len(blob), f"sha256:{hashlib.sha256(blob).hexdigest()}") == (part["size"], part["digest"])


def test_a_damaged_blob_is_refused_and_not_copied(tmp_path, context):
    images, other = ImageLayout(tmp_path / "images"), ImageLayout(tmp_path / "other")
    digest = images.build(files_of(context), {})
    layer = json.loads(images.blob(digest))["layers"][0]["digest"]
    (images.root / "blobs" / "sha256" / layer.removeprefix("sha256:")).write_bytes(b"else")
    with pytest.raises(StepFailed, match="damaged"):
        other.copy_from(images, "app:v1", digest)
    assert not other.has(digest)
    assert other.tagged("app:v1") is None


async def test_a_tag_that_somebody_else_moved_between_build_and_push_is_refused(tmp_path, context):
    ours, theirs = LayoutRegistry(Layout(tmp_path)), _another_builder(tmp_path)
    built = await ours.build(context, Image("app:v1"), {"by": "us"})
    elsewhere = await theirs.push(await theirs.build(context, Image("app:v1"), {"by": "them"}))
    with pytest.raises(StepFailed, match="meanwhile"):
        await ours.push(built)
    assert await ours.resolve("app:v1") == elsewhere


def _another_builder(root: Path) -> LayoutRegistry:
    class Elsewhere(Layout, frozen=True):
        @property
        def built(self) -> Path:
            return self.root / "elsewhere"

    return LayoutRegistry(Elsewhere(root))
