"""Documents as a plan keeps them: a secret that stands in one in clear is not among what is kept (M5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from rollbook.hiding import Hiding
from rollbook.model.deployment import Cell, Deployment, Environment
from rollbook.model.secrecy import has_userinfo
from rollbook.model.workflow import Document, Source
from rollbook.planning.deployment.variables import written_secrets

SHORTEST = 4
"""Characters; a shorter secret is hidden in its row alone."""
LINE_END = re.compile(r"(\r\n|\r|\n)")


def discreet(documents: Iterable[Document], sources: Iterable[Source]) -> tuple[Source, ...]:
    """The sources, line for line; `sha256` is still that of the file."""
    by_path = {d.source.path: d for d in documents if isinstance(d, Deployment)}
    return tuple(msgspec.structs.replace(s, text=hidden(s.text, by_path.get(s.path))) if s.text else s for s in sources)


def hidden(text: str, document: Document | None) -> str:
    """The text with every secret that `document`, which was read from it, has in clear, and every URL's password,
    left out."""
    if isinstance(document, Deployment):
        text = _rows(text, document)
        return Hiding(marks_of(document)).text(text)
    return Hiding().text(text)


def marks_of(document: Deployment) -> dict[str, str]:
    """Every secret in clear that is long enough to be told from other text → what stands in its place."""
    found = {cell.text: f"[secret {name}]" for name, cell in written_secrets(document.variables)}
    forms = {form: mark for text, mark in found.items() for form in (text, text.replace("|", "\\|"))}
    return {form: mark for form, mark in forms.items() if len(form) >= SHORTEST}


def without_userinfo(environment: Environment) -> Environment:
    """A row of the environment list, URLs with a user in it left out of cells that are no variables."""
    others: Mapping[str, Cell] = environment.others
    kept = {k: msgspec.structs.replace(c, text="[secret]") if has_userinfo(c.text) else c for k, c in others.items()}
    return msgspec.structs.replace(environment, others=kept)


def _rows(text: str, document: Deployment) -> str:
    """In a secret's own row the cell goes, whatever its length; where it cannot be found, the row's whole text."""
    parts = LINE_END.split(text)
    for name, cell in written_secrets(document.variables):
        at = 2 * (cell.at.line - 1)
        if not 0 <= at < len(parts):
            continue
        mark, line = f"[secret {name}]", parts[at]
        spelled = next((form for form in (cell.text, cell.text.replace("|", "\\|")) if form in line), "")
        if spelled:
            start = line.find(spelled, max(0, cell.at.column - 1))
            start = start if start >= 0 else line.find(spelled)
            parts[at] = line[:start] + mark + line[start + len(spelled) :]
        elif mark not in line:
            parts[at] = f"| {mark} |"
    return "".join(parts)
