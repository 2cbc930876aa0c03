"""Files that a deployment document names: migration scripts, what its commands run and read, configuration files.

Paths are those of the project, where its commands run. A path behind a `cd` starts there; behind one that only the
shell knows, or behind what may have made files (`git clone`, `tar`), nothing is said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from rollbook.model.deployment import CommandFence, Deployment, ShellCommand
from rollbook.planning.words import word_set
from rollbook.values import At

Kind: TypeAlias = Literal["migration", "program", "argument", "configuration"]


class Named(NamedTuple):
    """A path as the project has it, where the document names it, and what for."""

    path: str
    at: At
    kind: Kind


def named_files(deployment: Deployment) -> Iterator[Named]:
    """Every file that must be there, in document order of each kind."""
    for row in deployment.migrations:
        for script in (row.script, row.down_script):
            if is_path(script):
                yield Named(posixpath.normpath(script), row.at, "migration")
    for fence in deployment.fences:
        yield from _in_fence(fence)
    for environment in deployment.environments:
        file = environment.configuration_file
        if not file.blank and is_path(file.text):
            yield Named(posixpath.normpath(file.text), file.at, "configuration")


def is_path(text: str) -> bool:
    """Whether a text is one path within the project, and no pattern, address or placeholder."""
    if not re.fullmatch(r"[\w@+][\w@+.-]*(?:/[\w@+.-]+)*|\.{1,2}(?:/[\w@+.-]+)+|\.[\w-][\w.-]*(?:/[\w@+.-]+)*", text):
        return False
    return not posixpath.normpath(text).startswith("..")


def program_of(command: ShellCommand) -> str:
    """The program that a command calls, behind `sudo`, `env` and the like; "" where only the shell knows."""
    for word in command.words:
        if not word.known or word.variables:
            return ""
        if word.text not in word_set("wrapping_program") and not word.text.startswith("-") and "=" not in word.text:
            return word.text
    return ""


def _in_fence(fence: CommandFence) -> Iterator[Named]:
    """Of commands that belong to the release; operations are run by hand, from anywhere."""
    here = "."
    for command in fence.commands:
        program = program_of(command)
        if program in ("cd", "pushd"):
            here = _entered(here, command)
        elif program in word_set("making_program"):
            here = ""
        if not here or command.role == "operations":
            continue
        if program.startswith(("./", "../")) or ("/" in program and not program.startswith("/")):
            yield from _named(here, program, command.at, "program")
        for argument in _read_by(command, program):
            yield from _named(here, argument, command.at, "argument")


def _entered(here: str, command: ShellCommand) -> str:
    target = command.words[1] if len(command.words) > 1 else None
    if target is None or not target.known or target.variables or not is_path(target.text) or not here:
        return ""
    return posixpath.join(here, target.text)


def _named(here: str, path: str, at: At, kind: Kind) -> Iterator[Named]:
    if is_path(path) and not posixpath.normpath(posixpath.join(here, path)).startswith(".."):
        yield Named(posixpath.normpath(posixpath.join(here, path)), at, kind)


def _read_by(command: ShellCommand, program: str) -> Iterator[str]:
    """Files that a command reads for sure: behind an option that names one, and a script behind an interpreter."""
    texts = [word.text if word.known and not word.variables else "" for word in command.words]
    for option, value in zip(texts, [*texts[1:], ""], strict=False):
        name, equals, joined = option.partition("=")
        if name in word_set("file_option") and _FILE.search(joined if equals else value):
            yield joined if equals else value
    script = (
        next((text for text in texts[texts.index(program) + 1 :] if not text.startswith("-")), "") if program else ""
    )
    if program in word_set("interpreter") and _FILE.search(script) and "-c" not in texts and "-m" not in texts:
        yield script


_FILE = re.compile(
    r"^(?!https?:)[^\s*?]+\.(?:ya?ml|json|sh|bash|sql|py|rb|pl|js|ts|mjs|toml|ini|conf|cfg|env|tf|hcl|xml|properties)$"
)
