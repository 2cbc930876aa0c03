"""Use case: who has signed a deployment document, and signing it (M25). Nothing but the cells of one row, and the
document's status once every row is signed, changes: every other byte stays."""

from __future__ import annotations

import datetime
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from rollbook.app.fixing import BOM, edited
from rollbook.app.people import Speaker
from rollbook.documents.deployment.editing import filled
from rollbook.model.deployment import Cell, Deployment, SignOff
from rollbook.model.site import Site
from rollbook.model.workflow import Source
from rollbook.planning.deployment.evidence import is_approved
from rollbook.planning.deployment.readiness import is_signed
from rollbook.problems import Edit, ProblemsFound, Refused, source_lines
from rollbook.values import At, Language, Words

APPROVED = Words("approved", "已批准")


class Signed(msgspec.Struct, frozen=True):
    """What a signature did: the row, and the document's status when it was moved ("" when it stays)."""

    role: str
    name: str
    moved_to: str
    missing: tuple[str, ...]
    language: Language


def read_deployment(path: str) -> Deployment:
    """Raises ProblemsFound where the document has errors, Refused where it is of another kind."""
    from rollbook.documents import load, read

    reading = read(load(path))
    if any(problem.severity == "error" for problem in reading.problems):
        raise ProblemsFound(reading.problems)
    if not isinstance(reading.document, Deployment):
        raise Refused(NO_DEPLOYMENT.format(path=path), NO_DEPLOYMENT_HINT)
    return reading.document


def unsigned(document: Deployment) -> tuple[SignOff, ...]:
    """Rows that still want a signature, in document order."""
    return tuple(row for row in document.signoffs if not is_signed(row, document.front.author))


def sign(path: str, speaker: Speaker, role: str, site: Site, today: datetime.date) -> Signed:
    """Write `speaker`'s name, the day and an approving status into one row; with the last row the document's status.

    Raises Refused for a role that no row has or that the person does not have, a row signed already or bearing another
    name, and a person who has signed another row (M44: one person counts once)."""
    document = read_deployment(path)
    if any(ch in speaker.name for ch in "|\\`\r\n"):
        raise Refused(BAD_NAME.format(name=speaker.name))
    row = _row(document, speaker, role, site)
    _refuse_row(document, row, speaker)
    edits = list(_row_edits(document, row, speaker.name, today))
    rest = tuple(r.role for r in unsigned(document) if r is not row)
    moved = [] if rest else list(_status_edits(document))
    _write(document, [*edits, *moved], lambda signed: _refuse_lost(signed, document, row, speaker))
    return Signed(row.role, speaker.name, moved[0].new if moved else "", rest, document.language)


def _row(document: Deployment, speaker: Speaker, role: str, site: Site) -> SignOff:
    """The row to sign: of the role named, else the only one of a role that the person has."""
    if not document.signoffs:
        raise Refused(NO_TABLE.format(path=document.source.path), NO_TABLE_HINT)
    known = ", ".join(row.role for row in document.signoffs)
    held = {name.casefold() for name in speaker.roles}
    if role:
        row = next((r for r in document.signoffs if r.role.casefold() == role.casefold()), None)
        if row is None:
            raise Refused(NO_ROLE.format(role=role), ROLES.format(roles=known))
        if site.kind != "embedded" and role.casefold() not in held:
            raise Refused(NOT_YOURS.format(name=speaker.name, role=row.role), NOT_YOURS_HINT.format(file=site.path))
        return row
    fits = [r for r in document.signoffs if r.role.casefold() in held]
    open_rows = [r for r in fits if not is_signed(r, document.front.author)]
    if len(open_rows or fits) != 1:
        raise Refused(WHICH_ROLE.format(name=speaker.name), ROLES.format(roles=known))
    return (open_rows or fits)[0]


def _refuse_row(document: Deployment, row: SignOff, speaker: Speaker) -> None:
    if is_signed(row, document.front.author):
        raise Refused(ALREADY.format(role=row.role, name=row.name.text, date=row.date.text))
    if not row.name.blank and row.name.text != speaker.name:
        raise Refused(ANOTHERS.format(role=row.role, name=row.name.text), ANOTHERS_HINT.format(name=row.name.text))
    other = next((r for r in document.signoffs if r is not row and _bears(r, speaker, document)), None)
    if other:
        raise Refused(ONCE.format(name=speaker.name, role=other.role), ONCE_HINT)
    if not (row.name.at.line and row.date.at.line and row.status.at.line):
        raise Refused(NO_COLUMN, NO_COLUMN_HINT)
    if len({row.name.at, row.date.at, row.status.at}) < 3:
        raise Refused(SHORT.format(role=row.role, line=row.at.line), SHORT_HINT)


def _bears(row: SignOff, speaker: Speaker, document: Deployment) -> bool:
    return is_signed(row, document.front.author) and row.name.text.casefold() == speaker.name.casefold()


def _row_edits(document: Deployment, row: SignOff, name: str, today: datetime.date) -> Iterator[Edit]:
    """Fill the three cells; a status that already approves stays as it is, such as 已创建 in the author's row."""
    lines = source_lines(document.source.text)
    signed = msgspec.structs.replace(row, name=Cell(name, False), date=Cell(today.isoformat(), False))
    yield filled(lines, row.name, name)
    yield filled(lines, row.date, today.isoformat())
    if not is_signed(signed, document.front.author):
        yield filled(lines, row.status, APPROVED.said(document.language))


def _status_edits(document: Deployment) -> Iterator[Edit]:
    """The document's own status, where it has one that does not approve yet."""
    front = document.front
    at = front.lines.get("status")
    if at is None or not at.line or is_approved(front.status):
        return
    rest = source_lines(document.source.text)[at.line - 1][at.column - 1 :]
    if front.status and rest.lstrip("\"'").startswith(front.status):
        quote = len(rest) - len(rest.lstrip("\"'"))
        word = APPROVED.en if front.status.isascii() else APPROVED.zh
        yield Edit(At(at.line, at.column + quote), front.status, word)


def _refuse_lost(signed: str, document: Deployment, row: SignOff, speaker: Speaker) -> None:
    """Raise Refused unless the signed text reads as signed by that person: a name such as `*` or `-` would not."""
    from rollbook.documents import read

    found = read(Source(document.source.path, signed, "")).document
    rows = found.signoffs if isinstance(found, Deployment) else ()
    there = next((r for r in rows if (r.at.line, r.role) == (row.at.line, row.role)), None)
    if there is None or there.name.text != speaker.name or not is_signed(there, document.front.author):
        raise Refused(BAD_NAME.format(name=speaker.name))


def _write(document: Deployment, edits: list[Edit], refuse: Callable[[str], None]) -> None:
    """Put the signed document in the place of the one that was read, whole or not at all. `refuse` sees its text."""
    path = Path(document.source.path).resolve()
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != document.source.sha256:
        raise Refused(CHANGED.format(path=document.source.path), CHANGED_HINT)
    text = data.decode("utf-8")
    mark = BOM if text.startswith(BOM) else ""
    signed = edited(text.removeprefix(BOM), edits)
    refuse(signed)
    beside = path.with_name(f".{path.name}.signing")
    beside.write_bytes((mark + signed).encode("utf-8"))
    shutil.copymode(path, beside)
    os.replace(beside, path)


NO_DEPLOYMENT = Words("{path} is not a deployment document", "{path} 不是部署文档")
NO_DEPLOYMENT_HINT = Words("only deployment documents have a sign-off table", "只有部署文档才有审批表")
BAD_NAME = Words("“{name}” cannot stand in a table cell", "“{name}” 不能写入表格单元格")
NO_TABLE = Words("{path} has no sign-off table", "{path} 没有审批表")
NO_TABLE_HINT = Words(
    "add a table with the columns role, name, date and status", "请加入一张表，包含角色、姓名、日期和状态列"
)
NO_ROLE = Words("no row of the sign-off table is for {role}", "审批表中没有 {role} 这一行")
ROLES = Words("say `--role`; its rows are for: {roles}", "请用 `--role` 指定；表中的角色：{roles}")
WHICH_ROLE = Words("for which role does {name} sign?", "{name} 以哪个角色签署？")
NOT_YOURS = Words("{name} does not have the role {role}", "{name} 没有角色 {role}")
NOT_YOURS_HINT = Words("roles of people stand under [people] in {file}", "人员的角色写在 {file} 的 [people] 中")
ALREADY = Words("{role} was signed by {name} on {date} already", "{role} 已由 {name} 于 {date} 签署")
ANOTHERS = Words("the row of {role} names {name}", "{role} 一行写的是 {name}")
ANOTHERS_HINT = Words("{name} signs it, or the document is changed first", "由 {name} 签署，或先修改文档")
ONCE = Words("{name} has signed for {role} already: one person counts once", "{name} 已为 {role} 签署：一人只计一次")
ONCE_HINT = Words("let another person sign", "请由另一人签署")
NO_COLUMN = Words(
    "the sign-off table lacks a column: name, date and status are needed", "审批表缺少列：需要姓名、日期和状态"
)
NO_COLUMN_HINT = Words("add the column", "请加上该列")
SHORT = Words(
    "the row of {role} (line {line}) has fewer cells than its table", "{role} 一行（第 {line} 行）的单元格比表头少"
)
SHORT_HINT = Words("add the missing cells: ` | `", "请补上缺少的单元格：` | `")
CHANGED = Words("{path} was changed while it was being signed", "{path} 在签署期间被修改")
CHANGED_HINT = Words("sign it again", "请重新签署")
