"""The environment's variables become the release's configuration; secrets stay names (M3, M5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from rollbook.model.deployment import Cell, Variable
from rollbook.model.facts import SecretOrigin
from rollbook.model.secrecy import has_userinfo, is_named_secret
from rollbook.planning.deployment.places import Ground
from rollbook.values import At, Json, Words

SECRET = "secret:"
"""Before the name of a secret, wherever a value would stand."""


class Resolved(msgspec.Struct, frozen=True):
    """One variable in one environment. `value` is "" where nothing gives it, `secret:NAME` for a secret; `source` is
    what people call the place of the value; `found` None: whether it is there cannot be told, or was not looked at."""

    variable: Variable
    value: str = ""
    source: str = ""
    origin: SecretOrigin | None = None
    found: bool | None = True
    why: Words | None = None
    """Why a secret's provider could not be asked."""
    at: At = At()


def resolved(ground: Ground) -> tuple[Resolved, ...]:
    """Every variable of the matrix, in its order. A blank cell takes the environment's named file, then the site."""
    return tuple(_resolved(variable, ground) for variable in ground.deployment.variables)


def configuration_of(ground: Ground) -> dict[str, str]:
    """Variable → value, or `secret:NAME`; without those that nothing gives."""
    return {r.variable.name: r.value for r in resolved(ground) if r.value}


def sources_of(ground: Ground) -> dict[str, str]:
    return {r.variable.name: r.source for r in resolved(ground)}


def origins_of(ground: Ground) -> dict[str, SecretOrigin]:
    """Every secret of the environment, also those that nothing gives: what has a value may be said by a command."""
    return {r.variable.name: r.origin for r in resolved(ground) if r.origin}


def missing(ground: Ground) -> tuple[Variable, ...]:
    """Variables that nothing gives a value."""
    return tuple(r.variable for r in resolved(ground) if not r.value)


def is_secret(variable: Variable, values: Mapping[str, Cell]) -> bool:
    """`[Secret]` in any column makes it secret in all; so does a URL with a user in it, and the name of one (M5)."""
    written = any(c.secret or has_userinfo(c.text) for c in values.values())
    return variable.secret or written or is_named_secret(variable.name)


def written_secrets(variables: tuple[Variable, ...]) -> Iterator[tuple[str, Cell]]:
    """Name and cell of every secret that stands in the document as it is, whatever its environment."""
    for variable in variables:
        if is_secret(variable, variable.values):
            yield from ((variable.name, c) for c in variable.values.values() if not c.blank and not c.secret)


def _resolved(variable: Variable, ground: Ground) -> Resolved:
    cell = ground.cell(variable.values)
    at = cell.at if cell.at.line else variable.at
    line = f"{ground.deployment.source.path}:{at.line}"
    if is_secret(variable, variable.values):
        return _secret(variable, cell, ground, at, line)
    if not cell.blank:
        return Resolved(variable, cell.text, line, at=at)
    value, source = _elsewhere(variable, ground)
    if value.startswith(SECRET) or has_userinfo(value):
        return Resolved(variable, f"{SECRET}{variable.name}", source, "blank", at=at)
    return Resolved(variable, value, source, at=at)


def _secret(variable: Variable, cell: Cell, ground: Ground, at: At, line: str) -> Resolved:
    """A secret's value is never here: only whether there is one, as far as the survey could tell."""
    name = f"{SECRET}{variable.name}"
    if not cell.blank and not cell.secret:
        return Resolved(variable, name, line, "written", at=at)
    origin: SecretOrigin = "marked" if cell.secret else "blank"
    looked: Mapping[str, Json] | None = (ground.facts.get("secrets") or {}).get(variable.name)
    if looked is None:
        value, source = _elsewhere(variable, ground)
        return Resolved(variable, name if cell.secret or value else "", source, origin, None, at=at)
    found = looked.get("found")
    given = cell.secret or found is not False
    return Resolved(variable, name if given else "", str(looked.get("where", "")), origin, found, why_of(looked), at)


def why_of(looked: Mapping[str, Json]) -> Words | None:
    """Why a provider could not be asked, as the survey put it down."""
    why = looked.get("why")
    return Words(str(why["en"]), str(why["zh"])) if why else None


def _elsewhere(variable: Variable, ground: Ground) -> tuple[str, str]:
    """Value and source: the environment's configuration file, else the site's parameters."""
    file = ground.row.configuration_file.text if ground.row else ""
    files = ground.facts.get("configuration") or {}
    if (value := (files.get(file) or {}).get(variable.name)) is not None:
        return str(value), file
    value = ground.site.parameters.get(variable.name)
    return ("", "") if value is None else (str(value), ground.site.path or ground.site.name)
