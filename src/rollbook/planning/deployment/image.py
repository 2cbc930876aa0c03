"""The image that a deployment document's commands name (M21, M22)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from rollbook.binding.lifting import commands_of, understood
from rollbook.model.deployment import CommandRole, Deployment
from rollbook.model.operations import Build, Change, Push
from rollbook.values import At

IMAGING: tuple[CommandRole, ...] = ("build", "push", "deploy")


class Named(msgspec.Struct, frozen=True):
    """One image of the commands: `host` of the registry ("" for none), `repository`, `tag` with its references."""

    host: str
    repository: str
    tag: str
    role: str
    at: At


def named_images(deployment: Deployment) -> tuple[Named, ...]:
    """Every image that the understood build, push and deploy commands name, in document order."""
    return tuple(n for role, image, at in _images(deployment) if (n := _named(role, image, at)) is not None)


def image_name(deployment: Deployment, version: str) -> Named | None:
    """The name under which the image is published: what is pushed, else deployed, else built."""
    found = {n.role: n for n in reversed(named_images(deployment))}
    best = found.get("push") or found.get("deploy") or found.get("build")
    if best is None:
        return None
    return msgspec.structs.replace(best, tag=re.sub(r"\$\{VERSION\}|\$VERSION\b", lambda _: version, best.tag))


def _images(deployment: Deployment) -> Iterator[tuple[str, str, At]]:
    for fence in deployment.fences:
        for role in IMAGING:
            for op, at in understood(commands_of(fence, role)):
                if isinstance(op, Build | Push):
                    yield role, op.image, at
                elif isinstance(op, Change):
                    yield from ((role, image, at) for image in op.images.values())


def _named(role: str, image: str, at: At) -> Named | None:
    head, slash, rest = image.partition("/")
    host = head if slash and ("." in head or ":" in head or head == "localhost") else ""
    name = rest if host else image
    repository, _, tag = name.partition(":")
    return Named(host, repository, tag, role, at) if repository else None
