"""What a table is, by the meanings of its column heads and by what its section is about, never by position."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import msgspec

from rollbook.documents.deployment.grid import Grid
from rollbook.documents.deployment.sections import Section, phase_of
from rollbook.documents.vocabulary import key, meaning, table
from rollbook.documents.vocabulary.patterns import searched
from rollbook.model.phrases import plain_text
from rollbook.model.words import environment_identity, is_environment


class Shape(msgspec.Struct, frozen=True):
    """A recognised table. `columns`: meaning → column. `environments`: column → the environment as its head spells it,
    of a matrix."""

    kind: str
    columns: dict[str, int]
    environments: dict[int, str] = {}

    def other_columns(self, width: int) -> tuple[int, ...]:
        """Columns that no meaning was found for."""
        taken = {*self.columns.values(), *self.environments}
        return tuple(i for i in range(width) if i not in taken)


Needs = Callable[[set[str]], bool]
KINDS: dict[str, Needs] = {
    "environments": lambda c: "name" in c and len(c) > 1,
    "canary": lambda c: "traffic" in c and bool(c & {"duration", "rollback_when", "promote_when"}),
    "variables": lambda c: {"name", "every"} <= c,
    "migrations": lambda c: "script" in c and bool(c & {"version", "reversible", "down_script"}),
    "alerts": lambda c: bool(c & {"condition", "threshold"}) and bool(c & {"severity", "channels"}),
    "runbook": lambda c: "steps" in c and bool(c & {"problem", "symptom"}),
    "signoffs": lambda c: "role" in c and bool(c & {"date", "status"}) and bool(c & {"name", "date"}),
    "probes": lambda c: {"kind", "path"} <= c,
    "pipeline": lambda c: {"name", "trigger"} <= c,
    "checklist": lambda c: "item" in c and bool(c & {"done", "phase", "owner"}),
    "links": lambda c: {"label", "url"} <= c,
    "downstream": lambda c: "path" in c,
    "information": lambda c: {"label", "value"} <= c,
}
"""What a table of each kind must have, in the order in which ties are settled."""

RELAXED: dict[str, Needs] = {
    "canary": lambda c: "traffic" in c,
    "migrations": lambda c: "script" in c or {"version", "reversible"} <= c,
    "alerts": lambda c: bool(c & {"condition", "threshold"}) and bool(c & {"name", "metric"}),
    "signoffs": lambda c: bool(c & {"role", "name"}) and bool(c & {"date", "status"}),
    "checklist": lambda c: "item" in c,
}
"""What is enough where the section says what its table is."""

ONLY_IN_SECTION = frozenset({"variables", "pipeline", "downstream", "links", "checklist", "probes", "information"})
"""Kinds whose heads are too common to tell by themselves."""


def shape_of(grid: Grid, section: Section, environments: Iterable[str]) -> Shape | None:
    """The table's kind and columns; None when no kind fits."""
    known = frozenset(map(environment_identity, environments))
    if matrix := _matrix(grid, section, known) or _turned(grid, section, known):
        return matrix
    best: tuple[float, Shape] | None = None
    for kind in KINDS:
        phased = kind == "checklist" and _has_phases(grid)
        at_home = kind in section.topics or (kind == "checklist" and section.phase)
        if not at_home and not any(_exact(kind, head.text) for head in grid.heads):
            continue
        columns = columns_of(kind, grid)
        if columns and (points := _points(kind, set(columns), section, phased)):
            exact = sum(meaning("deployment", kind, grid.heads[i].text) is not None for i in columns.values()) / 10
            if best is None or points + exact > best[0]:
                best = (points + exact, Shape(kind, columns))
    if best:
        return best[1]
    if section.about in ("information", "window", "overview", "") and _is_information(grid, section):
        return Shape("information", {"label": 0, "value": 1})
    return None


def _is_information(grid: Grid, section: Section) -> bool:
    """Whether a table without telling heads is of labels and values: in a section about them, or by its labels."""
    if len(grid.heads) not in (2, 4) or not grid.rows:
        return False
    if section.about and len(grid.heads) == 2:
        return True
    labels = [row[i].text for row in (grid.heads, *grid.rows) for i in range(0, len(grid.heads), 2)]
    facts = sum(meaning("deployment", "fact", plain_text(label).strip("` ")) is not None for label in labels)
    return facts > 1


def _has_phases(grid: Grid) -> bool:
    """Whether a column tells of every row when it is due: a checklist, whatever its heading."""
    return any(len(grid.rows) > 1 and all(phase_of(row[i].text) for row in grid.rows) for i in range(len(grid.heads)))


def _points(kind: str, columns: set[str], section: Section, at_home: bool = False) -> float:
    """How well the columns fit the kind; 0 when they do not."""
    at_home = at_home or kind in section.topics
    nearest = section.about == kind
    if not KINDS[kind](columns) and not (at_home and kind in RELAXED and RELAXED[kind](columns)):
        return 0
    if kind == "checklist" and section.phase:
        at_home = nearest = True
    if kind == "information" and section.about in ("overview", "window", ""):
        at_home = True
    if kind in ("links", "alerts", "probes") and "monitoring" in section.topics:
        at_home = True
    if kind in ONLY_IN_SECTION and not at_home:
        return 0
    return len(columns) + (1.5 if at_home else 0) + (2 if nearest else 0)


def columns_of(kind: str, grid: Grid) -> dict[str, int]:
    """Meaning → column: heads that are the vocabulary's words first, then those that begin or end with one."""
    columns: dict[str, int] = {}
    for find in (_exact, _loose):
        for i, head in enumerate(grid.heads):
            if i not in columns.values() and (found := find(kind, head.text)) and found not in columns:
                columns[found] = i
    return columns


@lru_cache(maxsize=4096)
def _exact(kind: str, head: str) -> str | None:
    """The meaning of a head as it stands, without brackets or units, or of either side of a slash."""
    for form in head_forms(head):
        if found := meaning("deployment", kind, form):
            return found
    return None


@lru_cache(maxsize=4096)
def _loose(kind: str, head: str) -> str | None:
    """The meaning of the longest word that a head ends or begins with."""
    text = key(re.sub(r"[(\[（【].*?[)\]）】]", "", head))
    words = _words(kind)
    for length in range(len(text) - 1, 1, -1):
        for word, beside in ((text[-length:], text[-length - 1]), (text[:length], text[length])):
            latin = word.isascii()
            if word in words and not (latin and (length < _SHORTEST or (beside.isascii() and beside.isalnum()))):
                return words[word]
    return None


_SHORTEST = 4
"""Letters of a Latin word that may be part of a head."""


@cache
def _words(kind: str) -> dict[str, str]:
    return {key(word): name for name, words in table("deployment", kind).items() for word in words}


@lru_cache(maxsize=4096)
def head_forms(head: str) -> tuple[str, ...]:
    """The spellings under which a head is looked up, best first."""
    whole = plain_text(head).replace("`", "").strip()
    outside = re.sub(r"[(\[（【][^()\[\]（）【】]*[)\]）】]", "", whole).strip()
    inside = re.findall(r"[(\[（【]([^()\[\]（）【】]*)[)\]）】]", whole)
    sides = re.split(r"\s*[/|·&]\s*", outside)
    return tuple(dict.fromkeys(form for form in (whole, outside, *sides, *inside) if form))


@lru_cache(maxsize=4096)
def environment_name(head: str) -> str:
    """The usual environment that a head or title names (`生产环境`, `PROD (eu)`), as spelled; "" for none."""
    for form in head_forms(re.sub(r"^[\d.]+[、.]?\s+", "", head)):
        bare = re.sub(r"(?:环境| environment| env| cluster|集群)$", "", form, flags=re.IGNORECASE)
        for spelled in (form, bare.strip()):
            if is_environment(spelled):
                return spelled
    return ""


def _matrix(grid: Grid, section: Section, known: frozenset[str]) -> Shape | None:
    """A table with columns named like environments: of variables, of resources, or of both."""
    found: dict[int, str] = {}
    for i, head in enumerate(grid.heads):
        plain = plain_text(head.text).replace("`", "").strip()
        if environment_identity(plain) in known:
            found[i] = plain
        elif name := environment_name(head.text):
            found[i] = name
    at_home = bool({"variables", "resources"} & set(section.topics))
    if len(found) < (1 if at_home else 2):
        return None
    kind = _kind_of_matrix(grid, section)
    columns = {m: i for m, i in columns_of(kind, grid).items() if i not in found}
    if "name" not in columns:
        free = [i for i in range(len(grid.heads)) if i not in found and i not in columns.values()]
        columns |= {"name": free[0]} if free else {}
    if kind == "resources" and "name" in columns:
        detail = _detail(grid, columns["name"], found)
        columns |= {"detail": detail} if detail is not None else {}
    return Shape(kind, columns, found) if "name" in columns else None


def _detail(grid: Grid, name: int, taken: Iterable[int]) -> int | None:
    """The column that says what of a component a row is about, where the components have a column of their own."""

    def says(column: int) -> int:
        return sum(searched("deployment", "resource", row[column].text) is not None for row in grid.rows)

    told = {i: says(i) for i in range(len(grid.heads)) if i != name and i not in taken}
    best = max(told, key=lambda i: told[i], default=None)
    return best if best is not None and told[best] > says(name) else None


def _turned(grid: Grid, section: Section, known: frozenset[str]) -> Shape | None:
    """A matrix turned round: environments as rows, and no column that belongs to a list of environments."""
    columns = columns_of("environments", grid)
    if set(columns) != {"name"} or len(grid.heads) < 2 or not grid.rows:
        return None
    names = [plain_text(row[columns["name"]].text).replace("`", "").strip() for row in grid.rows]
    about = {"variables", "resources"} & set(section.topics)
    named = all(environment_identity(name) in known or environment_name(name) for name in names)
    return Shape("turned", columns) if named and about else None


def _kind_of_matrix(grid: Grid, section: Section) -> str:
    """ "variables" or "resources": by the heading, by the first column's head, by the rows' names."""
    told = next((topic for topic in reversed(section.topics) if topic in ("variables", "resources")), "")
    if told:
        return told
    heads = [head.text for head in grid.heads]
    if any(
        meaning("deployment", "variables", h) == "name" and not meaning("deployment", "resources", h) for h in heads
    ):
        return "variables"
    names = [plain_text(row[0].text).strip("` ") for row in grid.rows if row]
    spelled = sum(bool(re.fullmatch(r"[A-Za-z][\w.]*[_.]\w+|[A-Z][A-Z0-9_]{2,}", name)) for name in names)
    return "variables" if names and spelled * 2 >= len(names) else "resources"
