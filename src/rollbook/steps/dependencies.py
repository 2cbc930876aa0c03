"""What the project declares against what is installed, by PEP 508 and PEP 440."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from rollbook.ports import Project
from rollbook.problems import StepFailed
from rollbook.steps.toolchain import pyproject
from rollbook.values import Words


def declared_of(project: Project) -> tuple[str, ...]:
    """Requirement lines of pyproject.toml's [project] and of requirements.txt."""
    listed = [str(line) for line in pyproject(project).get("project", {}).get("dependencies", [])]
    file = project.root / "requirements.txt"
    if file.is_file():
        listed += [_stripped(line) for line in file.read_text("utf-8").splitlines()]
    return tuple(line for line in listed if line and not line.startswith("-"))


def conflicts_of(declared: Sequence[str], installed: Mapping[str, str]) -> tuple[str, ...]:
    """Each declared requirement that what is installed does not meet, in words."""
    if not declared:
        return ()
    _require_packaging()
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    have = {canonicalize_name(name): version for name, version in installed.items()}
    found = []
    for line in declared:
        try:
            wanted = Requirement(line)
        except InvalidRequirement as error:
            raise StepFailed(Words(f"requirement {line!r}: {error}", f"依赖声明 {line!r}：{error}")) from error
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        version = have.get(canonicalize_name(wanted.name))
        if version is None:
            found.append(f"{line}: not installed")
        elif not wanted.specifier.contains(version, prereleases=True):
            found.append(f"{line}: {version} is installed")
    return tuple(found)


def _stripped(line: str) -> str:
    return re.sub(r"(^|\s)#.*", "", line).strip()


def _require_packaging() -> None:
    if find_spec("packaging") is None:
        raise StepFailed(
            Words("the package `packaging` is needed to compare versions", "比较版本需要 `packaging` 包"),
            hint="pip install 'rollbook[demo]'",
        )
