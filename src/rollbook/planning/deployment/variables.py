"""The environment's variables become the release's configuration; secrets stay names (M3, M5)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rollbook.model.deployment import Cell, Variable
from rollbook.planning.deployment.places import Ground

SECRET = "secret:"
"""Before the name of a secret, wherever a value would stand."""
USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s@]+@", re.IGNORECASE)


def configuration_of(ground: Ground) -> dict[str, str]:
    """Variable → value, or `secret:NAME`. A blank cell takes the environment's named file, then the site (M3)."""
    found = {v.name: _value(v, ground) for v in ground.deployment.variables}
    return {name: value for name, value in found.items() if value}


def missing(ground: Ground) -> tuple[Variable, ...]:
    """Variables that nothing gives a value."""
    return tuple(v for v in ground.deployment.variables if not _value(v, ground))


def is_secret(variable: Variable, values: Mapping[str, Cell]) -> bool:
    """`[Secret]` in any column makes it secret in all; so does a URL with a user in it (M5)."""
    return variable.secret or any(c.secret or has_userinfo(c.text) for c in values.values())


def has_userinfo(text: str) -> bool:
    return USERINFO.search(text) is not None


def _value(variable: Variable, ground: Ground) -> str:
    cell = ground.cell(variable.values)
    if is_secret(variable, variable.values):
        return f"{SECRET}{variable.name}" if cell.secret or not cell.blank or _elsewhere(variable, ground) else ""
    value = "" if cell.blank else cell.text
    value = value or _elsewhere(variable, ground)
    return f"{SECRET}{variable.name}" if has_userinfo(value) else value


def _elsewhere(variable: Variable, ground: Ground) -> str:
    """What the environment's configuration file says, else the site's parameters."""
    file = ground.row.configuration_file.text if ground.row else ""
    files = ground.facts.get("configuration") or {}
    value = (files.get(file) or {}).get(variable.name) or ground.site.parameters.get(variable.name)
    return "" if value is None else str(value)
