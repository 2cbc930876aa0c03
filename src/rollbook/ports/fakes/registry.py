"""A simulated image store: what was built here, and what is published under which tag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollbook.ports.behaviour import version_of
from rollbook.ports.fakes.faults import Touch
from rollbook.ports.fakes.world import FakeImage, image_of
from rollbook.problems import StepFailed
from rollbook.values import Image, Words

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite


class FakeRegistry:
    def __init__(self, site: FakeSite) -> None:
        self._site = site

    async def build(self, context: Path, image: Image, labels: Mapping[str, str]) -> Image:
        touch, half = self._touch("build")
        made = FakeImage(image.tag, _digest(context, labels), version_of(image, labels))
        if not half:
            self._keep(made)
        self._site.after(touch, half)
        return image_of(made)

    async def adopt(self, image: Image) -> Image:
        touch, half = self._touch("adopt")
        world = self._site.world
        known = next((i for i in (*world.built, *world.published) if i.digest == image.digest), None)
        if known is None:
            raise StepFailed(_absent(image.digest))
        if not half:
            self._keep(msgspec.structs.replace(known, tag=image.tag))
        self._site.after(touch, half)
        return image

    async def push(self, image: Image) -> Image:
        touch, half = self._touch("push")
        made = _tagged(self._site.world.built, image.tag)
        if made is None or image.digest not in ("", made.digest):
            raise StepFailed(Words(f"{image.tag} was not built here", f"{image.tag} 不是在这里构建的"))
        there = _tagged(self._site.world.published, image.tag)
        seen = dict(self._site.world.seen).get(image.tag)
        if there is not None and there.digest not in (made.digest, seen):
            raise StepFailed(_moved(image.tag, there.digest))
        if not half:
            published = _replacing(self._site.world.published, made)
            self._site.world = msgspec.structs.replace(self._site.world, published=published)
        self._site.after(touch, half)
        return image_of(made)

    async def resolve(self, tag: str) -> Image | None:
        touch = Touch("registry", "resolve", touches=False)
        self._site.before(touch)
        found = _tagged(self._site.world.published, tag)
        self._site.after(touch)
        return image_of(found) if found else None

    def _keep(self, made: FakeImage) -> None:
        """Built here under its tag, beside what the registry's tag names now."""
        world = self._site.world
        there = _tagged(world.published, made.tag)
        seen = {**dict(world.seen), made.tag: there.digest if there else ""}
        built = _replacing(world.built, made)
        self._site.world = msgspec.structs.replace(world, built=built, seen=tuple(sorted(seen.items())))

    def _touch(self, method: str) -> tuple[Touch, bool]:
        touch = Touch("registry", method)
        return touch, self._site.before(touch)


def _tagged(images: tuple[FakeImage, ...], tag: str) -> FakeImage | None:
    return next((i for i in images if i.tag == tag), None)


def _replacing(images: tuple[FakeImage, ...], made: FakeImage) -> tuple[FakeImage, ...]:
    return tuple(sorted((*(i for i in images if i.tag != made.tag), made), key=lambda i: i.tag))


def _digest(context: Path, labels: Mapping[str, str]) -> str:
    """Over names and bytes of the context's files and the labels; a context that is not there has only its path."""
    content = hashlib.sha256(repr(sorted(labels.items())).encode())
    files = sorted(p for p in context.rglob("*") if p.is_file()) if context.is_dir() else []
    for file in files:
        content.update(file.relative_to(context).as_posix().encode() + b"\0" + file.read_bytes())
    if not files:
        content.update(context.as_posix().encode())
    return "sha256:" + content.hexdigest()


def _absent(digest: str) -> Words:
    return Words(f"there is no image {digest[:19]}… here", f"这里没有镜像 {digest[:19]}…")


def _moved(tag: str, digest: str) -> Words:
    return Words(
        f"the tag {tag} names another image meanwhile ({digest[:19]}…)", f"标签 {tag} 已指向另一镜像（{digest[:19]}…）"
    )
