"""Where a release goes: the environment list, and what each environment is given: variables and resources.

A matrix has environments as columns; the same table turned round, environments as rows, reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from rollbook.documents.blocks import Line
from rollbook.documents.deployment.cells import cell_of, is_blank, is_secret, said, truth_of
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.documents.deployment.shapes import environment_name
from rollbook.documents.deployment.standing import near
from rollbook.documents.vocabulary import key, meaning
from rollbook.documents.vocabulary.patterns import searched
from rollbook.model.deployment import Cell, Environment, Resource, Variable
from rollbook.model.literals import normalised
from rollbook.model.secrecy import has_userinfo
from rollbook.model.words import environment_identity, is_environment
from rollbook.values import At

ATTRIBUTES = ("domain", "cluster", "namespace", "configuration_file")


def read_environments(table: Table, found: Found) -> None:
    """The environment list, one row each; a further list adds what the first does not say. Columns about replicas, CPU
    and memory are resources as well, those named like variables are variables."""
    listed = {identity for kind, identity in found.first if kind == "environment"}
    for row in table.grid.rows:
        name = table.cell(row, "name")
        if name.blank:
            found.seen("nameless", "", name.at)
            continue
        others = {
            cell_of(table.grid.heads[i]).text: cell_of(row[i]) for i in table.shape.other_columns(len(table.grid.heads))
        }
        read = {key: table.cell(row, key) for key in ATTRIBUTES}
        if environment_identity(name.text) in listed:
            _give(name.text, name.at, read, found, others)
        else:
            add_environment(Environment(name.text, **read, others=others, at=name.at), found)
    for column in table.shape.other_columns(len(table.grid.heads)):
        _take_column(table, column, found)
    for cell in table.grid.surplus:
        found.keep_cell(table.section.title, "", cell)


def add_environment(environment: Environment, found: Found) -> None:
    """One more environment; a second one of the same identity (M1) is a problem."""
    at = found.seen("environment", environment_identity(environment.name), environment.at)
    if at is None:
        found.environments.append(environment)
    elif at != environment.at:
        first = next(e.name for e in found.environments if e.at == at)
        name, line = environment.name, at.line
        found.notes.problem("duplicate-environment", environment.at, name=name, first=first, line=line)


def read_matrix(table: Table, found: Found) -> None:
    """A table with environments as columns: each row is a variable, a resource, or an attribute of environments."""
    check_columns(table, found)
    attributes: dict[str, dict[str, Cell]] = {}
    component = ""
    for row in table.grid.rows:
        name, detail = table.cell(row, "name"), table.cell(row, "detail")
        if not detail.blank:
            component = component if name.blank else name.text
            name = Cell(f"{component} {detail.text}".strip(), False, at=detail.at if name.blank else name.at)
        cells = {environment: row[i] for i, environment in table.shape.environments.items()}
        values = {environment: cell_of(line) for environment, line in cells.items()}
        attribute = meaning("deployment", "environments", name.text)
        if attribute in ATTRIBUTES and table.shape.kind == "resources":
            attributes[attribute] = values
        elif table.shape.kind == "variables":
            secret = truth_of(table.text(row, "secret")) or is_secret(table.cell(row, "description").text)
            every = table.cell(row, "every")
            add_variable(name, table.text(row, "description"), values, every, bool(secret), found)
        elif not name.blank:
            add_resource(name, values, found)
            found.keep_cell(table.section.title, table.head("description"), table.line(row, "description"))
    for i, environment in table.shape.environments.items() if attributes else ():
        given = {attribute: values[environment] for attribute, values in attributes.items()}
        _give(environment, table.grid.heads[i].at, given, found)
    keep_others(table, found)


def check_columns(table: Table, found: Found) -> None:
    """A column for an environment that the list does not have, or for one that has a column already."""
    listed = {environment_identity(e.name) for e in found.environments}
    seen: dict[str, str] = {}
    for i, name in table.shape.environments.items():
        identity, at = environment_identity(name), table.grid.heads[i].at
        if identity in seen and key(seen[identity]) != key(name):
            found.notes.problem("duplicate-column", at, name=name, first=seen[identity])
        elif listed and identity not in listed:
            _unlisted(name, at, found)
        seen.setdefault(identity, name)
    missing = [e.name for e in found.environments if environment_identity(e.name) not in seen]
    for i in table.shape.other_columns(len(table.grid.heads)) if seen else ():
        head = cell_of(table.grid.heads[i])
        if near(head.text, missing).en and meaning("deployment", "column", head.text) is None:
            _unlisted(head.text, head.at, found)


def _unlisted(name: str, at: At, found: Found) -> None:
    """A column of an environment that the list does not have, once for each. A row without a name may be the one."""
    if found.seen("unlisted", environment_identity(name), at):
        return
    nameless = found.first.get(("nameless", ""))
    if nameless and nameless.line:
        found.notes.problem("environment-without-name", nameless, name=name)
        return
    names = [e.name for e in found.environments]
    found.notes.problem("unknown-environment-column", at, name=name, near=near(name, names), names=", ".join(names))


def add_variable(
    name: Cell, description: str, values: dict[str, Cell], every: Cell, secret: bool, found: Found
) -> None:
    """One variable; a value for every environment fills the columns that say nothing."""
    if name.blank:
        return
    if not every.blank or every.secret:
        names = list(values) or [e.name for e in found.environments] or [""]
        empty = Cell()
        values = {n: every if (c := values.get(n, empty)).blank and not c.secret else c for n in names}
    secret = secret or any(cell.secret or has_userinfo(cell.text) for cell in values.values())
    if "=" in name.text:
        found.notes.problem("bad-variable-name", name.at, name=name.text)
    elif first := found.seen("variable", name.text, name.at):
        found.notes.problem("duplicate-variable", name.at, name=name.text, line=first.line)
    else:
        found.variables.append(Variable(name.text, description, values, secret, name.at))


def add_resource(name: Cell, values: dict[str, Cell], found: Found) -> None:
    """One resource; replicas must be whole numbers, none negative."""
    about = searched("deployment", "resource", name.text)
    kind = about.meaning if about and about.meaning in ("replicas", "cpu", "memory") else "other"
    resource = msgspec.convert({"name": name.text, "kind": kind}, Resource)
    found.resources.append(msgspec.structs.replace(resource, values=values, at=name.at))
    for cell in values.values() if kind == "replicas" else ():
        if not cell.blank and not (_REPLICAS.fullmatch(normalised(cell.text)) and _few(cell.text)):
            found.notes.problem("bad-replicas", cell.at, text=cell.text)
    for cell in values.values() if kind in ("cpu", "memory") else ():
        if re.match(r"-\s*\d", normalised(cell.text)):
            found.notes.problem("bad-resource", cell.at, text=cell.text)
        elif not re.search(r"\d", normalised(cell.text)):
            found.keep_cell("", name.text, Line(cell.text, cell.at), expected=True)


def _few(text: str) -> bool:
    """Whether a number of replicas is one that somebody meant."""
    return all(len(number) <= _DIGITS and int(number) <= MANY for number in re.findall(r"\d+", normalised(text)))


MANY = 1000
"""More replicas than this are a slip of the pen."""
_DIGITS = 4


_REPLICAS = re.compile(
    r"(?:[<>=~≈约]+ ?)?\d+(?: ?(?:-|~|至|到|to) ?\d+)? ?(?:[^\W\d_]{1,10})?(?: ?\(.*\))?", re.IGNORECASE
)


def _take_column(table: Table, column: int, found: Found, told: str = "") -> None:
    """A column of the environment list that is a resource or a variable, turned round."""
    head = table.grid.heads[column]
    name = cell_of(head)
    values = {
        said(row[table.shape.columns["name"]].text): cell_of(row[column])
        for row in table.grid.rows
        if not is_blank(said(row[table.shape.columns["name"]].text))
    }
    if told == "resources" or (not told and searched("deployment", "resource", name.text)):
        add_resource(name, values, found)
    elif told or re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", name.text):
        add_variable(name, "", values, Cell(), False, found)


def read_turned(table: Table, found: Found) -> None:
    """A matrix turned round: each column is a variable or a resource, each row an environment."""
    listed = bool(found.environments)
    for row in table.grid.rows if not listed else ():
        name = table.cell(row, "name")
        add_environment(Environment(name.text, at=name.at), found)
    told = next(t for t in reversed(table.section.topics) if t in ("variables", "resources"))
    for column in table.shape.other_columns(len(table.grid.heads)):
        _take_column(table, column, found, told)


def _give(name: str, at: At, given: dict[str, Cell], found: Found, others: Mapping[str, Cell] | None = None) -> None:
    """Attributes of an environment that is a column: those that its row of the list does not have."""
    identity = environment_identity(name)
    for i, known in enumerate(found.environments):
        if environment_identity(known.name) == identity:
            blank = {key: cell for key, cell in given.items() if getattr(known, key).blank}
            found.environments[i] = msgspec.structs.replace(known, **blank, others={**(others or {}), **known.others})
            return
    add_environment(msgspec.structs.replace(Environment(name, at=at), **given), found)


def name_from_columns(tables: Iterable[Table], found: Found) -> None:
    """Without a list, the environments of the document are those that its tables have columns for."""
    for table in tables if not found.environments else ():
        for i, name in table.shape.environments.items():
            if ("environment", environment_identity(name)) not in found.first:
                add_environment(Environment(name, at=table.grid.heads[i].at), found)


def take_described(title: Line, pairs: Iterable[tuple[str, Line]], found: Found) -> bool:
    """An environment described below a heading of its own, by `label: value` lines. False for other headings."""
    name = environment_name(title.text)
    if not name or not is_environment(name):
        return False
    attributes: dict[str, Cell] = {}
    others: dict[str, Cell] = {}
    for label, value in pairs:
        known = meaning("deployment", "environments", label)
        (attributes if known in ATTRIBUTES else others)[known if known in ATTRIBUTES else label] = cell_of(value)
    if not attributes:
        return False
    add_environment(msgspec.structs.replace(Environment(name, others=others, at=title.at), **attributes), found)
    return True
