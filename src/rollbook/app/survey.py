"""Use case: what a deployment document leans on, looked up before planning: files, their status, configuration files.

The facts are an input of the plan, hashed with it; a value that is a secret never enters them (M5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollbook.model.deployment import Deployment
from rollbook.model.facts import SecretOrigin
from rollbook.model.secrecy import has_userinfo
from rollbook.model.site import Site
from rollbook.model.workflow import Document
from rollbook.planning.deployment.lacking import called
from rollbook.planning.deployment.needs import database_secret
from rollbook.planning.deployment.places import Ground, ground_of
from rollbook.planning.deployment.variables import SECRET, is_secret, origins_of
from rollbook.planning.words import words
from rollbook.problems import StepFailed
from rollbook.values import Json

if TYPE_CHECKING:
    from rollbook.adapters.secrets.local import FileSecrets

LARGEST = 10_000_000
"""Bytes; no document or script is larger."""
EXAMPLE = Path(__file__).parents[1] / "adapters" / "embedded" / "project"
MARKED: SecretOrigin = "marked"
"""As what is written under [databases] of the site file is looked for."""
STATUS = re.compile(r"status\s*[:：]\s*(.+?)\s*$", re.IGNORECASE)


def survey(documents: Sequence[Document], given: Mapping[str, Json], site: Site, project: Path) -> dict[str, Json]:
    """`files`: path as the document names it → exists, sha256, status; `configuration`: file → variable → value, or
    `secret:NAME`; `secrets`: name → whether and where it is; `programs`: those that its commands call → "" or what is
    wrong. Nothing without a deployment document. Reads only; what
    cannot be read is not there."""
    deployment = next((d for d in documents if isinstance(d, Deployment)), None)
    if deployment is None:
        return {}
    places = (Path(deployment.source.path).parent, project)
    named = [*deployment.front.depends_on, *(m.script for m in deployment.migrations)]
    files = {path: known_file(path, places) for path in dict.fromkeys(named)}
    asked = next((given[n] for n in given if n.casefold() in words("environment")), "")
    ground = ground_of(deployment, asked, site, {})
    programs = {name: look_for_program(name, project) for name in dict.fromkeys(name for name, _ in called(ground))}
    return {"files": files, **({"programs": programs} if programs else {}), **_values(ground, places[::-1])}


def look_for_program(name: str, project: Path) -> str:
    """ "" for a program that can be called in the project's directory, else what is wrong (`lacking.STATES`)."""
    from shutil import which

    if "/" not in name:
        return "" if which(name) else "missing"
    file = project / name
    if not file.is_file():
        return "missing"
    return "" if os.access(file, os.X_OK) else "not executable"


def project_root(site: Site) -> Path:
    """The project's directory: the site's; on the embedded site its copy of the example project, or what that is
    copied from. `wiring` says the same to a run; it is too slow to load for a plan."""
    if site.project or site.kind != "embedded":
        return Path(site.project or site.directory)
    copied = Path(site.directory) / ".rollbook" / "project"
    return copied if copied.is_dir() else EXAMPLE


def known_file(path: str, places: Sequence[Path]) -> dict[str, Json]:
    """What is known of a file, in the first of `places` that has it."""
    data = _read(path, places)
    if data is None:
        return {"exists": False}
    return {"exists": True, "sha256": sha256(data).hexdigest(), "status": _status(data.decode("utf-8", "replace"))}


def _values(ground: Ground, places: Sequence[Path]) -> dict[str, Json]:
    """What gives the environment's variables their values, as far as that is not in the document (M3)."""
    from rollbook.providing import configuration_file, look_for

    named = ground.row.configuration_file if ground.row else None
    file = configuration_file(named.text, places) if named and not named.blank else None
    configuration = dict(_configuration(file, ground)) if file else {}
    told = {"configuration": {file.place: configuration}} if file and configuration else {}
    database = database_secret(ground.environment, ground.site)
    origins = {**({database: MARKED} if database else {}), **origins_of(msgspec.structs.replace(ground, facts=told))}
    secrets = look_for(ground.site, origins, file) if origins else {}
    return {**told, **({"secrets": secrets} if secrets else {})}


def _configuration(file: FileSecrets, ground: Ground) -> Iterator[tuple[str, str]]:
    """The variables of the document's matrix that the file sets."""
    try:
        values = file.values()
    except StepFailed:
        return
    for variable in ground.deployment.variables:
        value = values.get(variable.name, "")
        secret = is_secret(variable, variable.values) or has_userinfo(value)
        if value:
            yield variable.name, f"{SECRET}{variable.name}" if secret else value


def _status(text: str) -> str:
    """The status that a document's front matter states."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return ""
    for line in lines[1:]:
        if line.strip() == "---":
            break
        if found := STATUS.match(line):
            return found.group(1).strip("\"'")
    return ""


def _read(path: str, places: Sequence[Path]) -> bytes | None:
    """The file's bytes; None where none of the places has it, or where its path leads out of them."""
    for place in places:
        file = place / path
        if not file.resolve().is_relative_to(place.resolve()):
            continue
        try:
            if file.is_file() and file.stat().st_size <= LARGEST:
                return file.read_bytes()
        except OSError:
            continue
    return None
