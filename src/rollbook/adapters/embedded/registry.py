"""The registry of the embedded site: images built here, and the layout that servers pull from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from rollbook.adapters.embedded.files import locked_soon, read_json, write_json
from rollbook.adapters.embedded.layout import Layout, folder_of
from rollbook.adapters.embedded.oci import ImageLayout, files_of
from rollbook.problems import StepFailed
from rollbook.values import Image, Words


class LayoutRegistry:
    def __init__(self, layout: Layout) -> None:
        self._built = ImageLayout(layout.built)
        self._published = ImageLayout(layout.registry)
        self._notes = layout.built / "seen"
        self._lock = layout.registry / "push.lock"

    async def build(self, context: Path, image: Image, labels: Mapping[str, str]) -> Image:
        if not context.is_dir():
            raise StepFailed(Words(f"no build context {context}", f"没有构建目录 {context}"))
        digest = await asyncio.to_thread(lambda: self._built.build(files_of(context), labels))
        write_json(self._note(image.tag), {"published": self._published.tagged(image.tag)})
        self._built.tag(image.tag, digest)
        return Image(image.tag, digest)

    async def adopt(self, image: Image) -> Image:
        if not self._built.has(image.digest):
            raise StepFailed(_absent(image.digest))
        write_json(self._note(image.tag), {"published": self._published.tagged(image.tag)})
        self._built.tag(image.tag, image.digest)
        return image

    async def push(self, image: Image) -> Image:
        digest = self._built.tagged(image.tag)
        if digest is None or image.digest not in ("", digest):
            raise StepFailed(Words(f"{image.tag} was not built here", f"{image.tag} 不是在这里构建的"))
        async with locked_soon(self._lock):
            there = self._published.tagged(image.tag)
            if there not in (digest, self._seen_at_build(image.tag)):
                raise StepFailed(_moved(image.tag, str(there)))
            await asyncio.to_thread(self._published.copy_from, self._built, image.tag, digest)
        return Image(image.tag, self._published.tagged(image.tag) or "")

    async def resolve(self, tag: str) -> Image | None:
        digest = self._published.tagged(tag)
        return Image(tag, digest) if digest else None

    def _seen_at_build(self, tag: str) -> str | None:
        """What the registry's tag named when the image was built: only that may be replaced."""
        note = read_json(self._note(tag))
        return note["published"] if note else None

    def _note(self, tag: str) -> Path:
        return self._notes / f"{folder_of(tag)}.json"


def _absent(digest: str) -> Words:
    return Words(f"there is no image {digest[:19]}… here", f"这里没有镜像 {digest[:19]}…")


def _moved(tag: str, digest: str) -> Words:
    return Words(
        f"the tag {tag} names another image meanwhile ({digest[:19]}…)", f"标签 {tag} 已指向另一镜像（{digest[:19]}…）"
    )
