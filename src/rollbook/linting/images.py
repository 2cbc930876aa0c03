"""Image references in commands: which are built, pushed and deployed; and the tag that a template asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.model.deployment import ShellCommand
from rollbook.model.workflow import Workflow
from rollbook.planning.words import words
from rollbook.values import At

BUILDERS = ("docker", "podman", "nerdctl", "buildah")
TAG_OPTIONS = ("-t", "--tag")


def built(command: ShellCommand) -> Iterator[str]:
    """Names that a build or `docker tag` gives."""
    program, verb, rest = _taken_apart(command)
    if program in BUILDERS and verb in ("build", "bud"):
        yield from _options(rest)
    elif program in BUILDERS and verb == "tag":
        yield from _plain(rest)[1:2]


def pushed(command: ShellCommand) -> Iterator[str]:
    program, verb, rest = _taken_apart(command)
    if program in BUILDERS and verb == "push":
        yield from _plain(rest)[:1]


def deployed(command: ShellCommand) -> Iterator[str]:
    """Names that `kubectl set image` starts."""
    program, verb, rest = _taken_apart(command)
    if program == "kubectl" and verb == "set" and rest[:1] == ["image"]:
        yield from (word.partition("=")[2] for word in _plain(rest[1:]) if "=" in word)


def tag_of(reference: str) -> str:
    """`1.2` of `registry:5000/app:1.2`; "" without one."""
    tag = reference.rpartition(":")[2] if ":" in reference else ""
    return "" if "/" in tag else tag


def same_tag(one: str, other: str) -> bool:
    """Whether two spellings name one tag: `${VERSION}` is `${version}` and `$VERSION`."""
    return _plain_tag(one) == _plain_tag(other)


def stated_tag(workflow: Workflow) -> tuple[str, At] | None:
    """The tag that a success condition such as `镜像标签: ${version}` asks for."""
    for condition in (c for step in workflow.steps for c in step.success):
        label, colon, rest = condition.text.replace("：", ":").partition(":")
        if colon and label.strip(" *_`").casefold() in words("image_tag"):
            stated = rest.strip(" `\"'")
            return tag_of(stated) or stated, condition.at
    return None


def _taken_apart(command: ShellCommand) -> tuple[str, str, list[str]]:
    said = [word.text for word in command.words]
    if said[1:2] in (["buildx"], ["image"]):
        del said[1]
    return (said[0], said[1], said[2:]) if len(said) > 1 else ("", "", [])


def _options(rest: list[str]) -> Iterator[str]:
    """Values of -t and --tag, apart or joined by "="."""
    for option, value in zip(rest, [*rest[1:], ""], strict=True):
        name, equals, joined = option.partition("=")
        if name in TAG_OPTIONS and (equals or value):
            yield joined if equals else value


def _plain(rest: list[str]) -> list[str]:
    return [word for word in rest if not word.startswith("-")]


def _plain_tag(tag: str) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda name: f"${{{name[1].casefold()}}}", tag)
