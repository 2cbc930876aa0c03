"""Canary stages and database migrations: the two tables whose order is the course of a release."""

from __future__ import annotations

import re

from rollbook.documents.blocks import Line
from rollbook.documents.deployment.cells import is_unbounded, seconds_of, share_of, truth_of, unit_of
from rollbook.documents.deployment.conditions import condition_of
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.model.deployment import CanaryStage, Cell, Migration
from rollbook.model.literals import normalised


def read_canary(table: Table, found: Found) -> None:
    """The stages in order. Shares must rise from stage to stage and end at 100 % at most."""
    in_percent = "%" in normalised(table.head("traffic")) or _over_one(table)
    last = found.canary[-1] if found.canary else None
    for row in table.grid.rows:
        share = table.cell(row, "traffic")
        traffic = share_of(share.text, in_percent=in_percent)
        if share.blank and not any(table.text(row, m) for m in ("duration", "rollback_when", "promote_when")):
            table.keep(row, "number", found)
            continue
        stage = _stage(table, row, traffic or 0.0, found)
        if _is_share(share, traffic, found):
            _check_rise(stage, share, last, found)
            found.canary.append(stage)
            last = stage
    keep_others(table, found)


def _stage(table: Table, row: tuple[Line, ...], traffic: float, found: Found) -> CanaryStage:
    rollback = condition_of(table.line(row, "rollback_when"), found.notes, "or")
    return CanaryStage(
        number=_number(table.text(row, "number"), len(found.canary) + 1),
        traffic=traffic,
        duration_s=_duration(table, row, found),
        rollback_when=rollback.condition,
        promote_when=condition_of(table.line(row, "promote_when"), found.notes, "and").condition,
        at=row[0].at,
        duration_at=table.line(row, "duration").at,
        traffic_at=table.line(row, "traffic").at,
        rollback_for_s=rollback.seconds,
        measured={name: text for name in MEASURED if (text := table.text(row, f"measured_{name}"))},
    )


MEASURED = ("traffic", "requests", "events", "verdict", "duration", "evidence")
"""Columns that a run fills in (`measured_…` of the vocabulary)."""


def _over_one(table: Table) -> bool:
    """Whether bare numbers of the column are percent: one of them is over 1."""
    texts = [normalised(table.text(row, "traffic")) for row in table.grid.rows]
    return any(re.fullmatch(r"\d+(?:\.\d+)?", text) and float(text) > 1 for text in texts)


def _is_share(share: Cell, traffic: float | None, found: Found) -> bool:
    if share.blank and traffic is None:
        found.notes.problem("blank-percent", share.at)
        return False
    if traffic is None or traffic < 0:
        found.notes.problem("unreadable-percent", share.at, text=share.text)
        return False
    if traffic > 1:
        found.notes.problem("percent-over-100", share.at, text=share.text)
    return traffic <= 1


def _check_rise(stage: CanaryStage, share: Cell, last: CanaryStage | None, found: Found) -> None:
    if last is not None and stage.traffic <= last.traffic:
        before = f"{last.traffic * 100:g}%"
        rule = "canary-repeats" if stage.traffic == last.traffic else "canary-falls"
        found.notes.problem(rule, share.at, text=share.text, before=before)


def _duration(table: Table, row: tuple[Line, ...], found: Found) -> float | None:
    cell = table.cell(row, "duration")
    if cell.blank or is_unbounded(cell.text):
        return None
    seconds = seconds_of(cell.text, unit_of(table.head("duration")))
    if seconds is None or re.match(r"-\s*\d", normalised(cell.text)):
        found.notes.problem("unread-duration", cell.at, text=cell.text)
        return None
    return seconds


def _number(text: str, position: int) -> int:
    """The stage's own number, else its position."""
    digits = re.search(r"\d{1,4}", normalised(text))
    return int(digits.group()) if digits and "%" not in text else position


def read_migrations(table: Table, found: Found) -> None:
    """The scripts in order, and whether each can be undone."""
    for row in table.grid.rows:
        version, script = table.text(row, "version"), table.text(row, "script")
        if not version and not script:
            continue
        down = table.text(row, "down_script")
        reversible = truth_of(table.text(row, "reversible")) if table.text(row, "reversible") else None
        if table.text(row, "reversible") and reversible is None:
            if _PATH.fullmatch(table.text(row, "reversible")):
                down, reversible = down or table.text(row, "reversible"), True
            else:
                table.keep(row, "reversible", found)
        line = table.line(row, "version" if version else "script")
        if version and (first := found.seen("migration", version, line.at)):
            found.notes.problem("duplicate-migration", line.at, name=version, line=first.line)
        reversible = True if down and reversible is None else reversible
        description, checksum = table.text(row, "description"), table.text(row, "checksum")
        name, applied = version or _stem(script), table.text(row, "applied")
        found.migrations.append(Migration(name, script, description, reversible, checksum, line.at, down, applied))
    keep_others(table, found)


_PATH = re.compile(r"\S*(?:/\S+|\.(?:sql|sh|py|js|ts|rb|php))")


def _stem(script: str) -> str:
    """`V003` of `db/V003__orders.sql`, for a table without versions."""
    return re.split(r"__|[_.-]", script.rpartition("/")[2], maxsplit=1)[0]
