"""What the container commands of a deployment document name: images built, retagged and pushed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import msgspec

from rollbook.model.deployment import Deployment, ShellCommand
from rollbook.values import At

PROGRAMS = frozenset({"docker", "podman", "nerdctl", "buildah"})
TAG_OPTIONS = ("-t", "--tag")


class Named(msgspec.Struct, frozen=True):
    """One image that a command names. `act`: "build" or "tag" give it this name, "push" publishes it."""

    act: str
    image: str
    at: At


def named(deployment: Deployment) -> Iterator[Named]:
    """Every image that a build, tag or push names, in document order. Words that the shell decides are left out."""
    for fence in deployment.fences:
        for command in fence.commands:
            yield from _named(command)


def tag_of(image: str) -> str:
    """What stands behind the last colon, unless that colon belongs to a registry's port; "" without a tag."""
    plain = image.partition("@")[0]
    tag = plain.rpartition(":")[2]
    return "" if tag == plain or "/" in tag else tag


def _named(command: ShellCommand) -> Iterator[Named]:
    words = [w.text for w in command.words]
    if len(words) < 2 or PurePosixPath(words[0]).name not in PROGRAMS or not all(w.known for w in command.words):
        return
    verb, rest = _verb(words[1:])
    if verb in ("build", "bud"):
        yield from (Named("build", image, command.at) for image in _tags(rest))
        if "--push" in rest:
            yield from (Named("push", image, command.at) for image in _tags(rest))
    elif verb in ("tag", "push"):
        plain = [word for word in rest if not word.startswith("-")]
        if plain:
            yield Named(verb, plain[-1] if verb == "tag" else plain[0], command.at)


def _verb(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The act, without the groups that may stand before it (`docker image push`, `docker buildx build`)."""
    if words[0] in ("image", "buildx", "builder") and len(words) > 1:
        return words[1], words[2:]
    return words[0], words[1:]


def _tags(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in TAG_OPTIONS and following:
            yield following
        elif word.startswith("--tag="):
            yield word.removeprefix("--tag=")
