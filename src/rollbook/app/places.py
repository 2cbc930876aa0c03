"""Where a command works: the site and its journal, found from the current directory or `--site`."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rollbook.drivers import rows
from rollbook.drivers.journal import SqlJournal
from rollbook.machine.evolve import fold
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.model.events import Entry
from rollbook.model.plan import Plan
from rollbook.model.promotion import is_promotion
from rollbook.model.site import Site
from rollbook.ports import RunRow
from rollbook.problems import Conflict, Refused
from rollbook.values import Words
from rollbook.wiring import has_journal, open_journal

LAST = "last"


class Place(NamedTuple):
    site: Site
    journal: SqlJournal


class Situation(NamedTuple):
    """A run as its journal tells it now."""

    row: RunRow
    plan: Plan
    program: Program
    entries: tuple[Entry, ...]
    state: State

    @property
    def seq(self) -> int:
        return self.entries[-1].seq


def place_of(site: str = "") -> Place:
    """The place of `--site SITE`, or of the site file in the current directory, or the embedded site here."""
    found = site_named(site)
    return Place(found, open_journal(found))


def existing_place(site: str = "") -> Place:
    """The same for verbs that look or steer: where no run was ever started, they refuse and make nothing."""
    found = site_named(site)
    if not has_journal(found):
        raise Refused(NO_RUNS, NO_RUNS_HINT)
    return Place(found, open_journal(found))


def site_named(site: str) -> Site:
    from rollbook.planning.sites import load_site

    return load_site(site)


def find_run(journal: SqlJournal, name: str) -> RunRow:
    """The run of an id, a unique prefix, or `last`. Raises Refused naming what there is."""
    rows = journal.runs()
    if not rows:
        raise Refused(NO_RUNS, NO_RUNS_HINT)
    if name == LAST:
        return rows[-1]
    exact = [row for row in rows if row.run == name]
    found = exact or [row for row in rows if name and row.run.startswith(name)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(UNKNOWN.format(name=name), UNKNOWN_HINT.format(last=rows[-1].run))
    names = ", ".join(row.run for row in found)
    raise Refused(AMBIGUOUS.format(name=name, count=len(found), names=names))


def situation(journal: SqlJournal, row: RunRow) -> Situation:
    """Fold the run's journal. Raises Refused for a promotion, and when what is stored cannot be read: it was changed by
    hand, or written by another version."""
    if is_promotion(row.run):
        raise Refused(NO_PLAIN_RUN.format(run=row.run), NO_PLAIN_RUN_HINT.format(run=row.run))
    try:
        plan = msgspec.json.decode(journal.plan(row.run), type=Plan)
        program, entries = Program(plan), journal.read(row.run)
    except msgspec.MsgspecError as error:
        raise Refused(UNREADABLE.format(run=row.run, why=str(error)), UNREADABLE_HINT.format(run=row.run)) from error
    return Situation(row, plan, program, entries, fold(program, (entry.event for entry in entries)))


def refuse_held(plan: Plan, run: str, place: Place) -> None:
    """Raise Refused when another run than `run` holds a target, with its name and what to type (M41)."""
    held = place.journal.claims()
    foreign = {target: held[target] for target in plan.targets if held.get(target, run) != run}
    try:
        rows.refuse_held(foreign)
    except Conflict as taken:
        raise Refused(taken.words, taken.hint) from taken


NO_PLAIN_RUN = Words("{run} is a promotion; this is for one of its runs", "{run} 是流水线；请指定其中的一个运行")
NO_PLAIN_RUN_HINT = Words("`rollbook show {run}` lists them", "`rollbook show {run}` 列出它们")
UNREADABLE = Words("the journal of run {run} cannot be read: {why}", "运行 {run} 的日志无法读取：{why}")
UNREADABLE_HINT = Words(
    "`rollbook audit {run}` says whether it was changed; else another version wrote it",
    "`rollbook audit {run}` 可查明是否被改动；否则是其他版本写入的",
)
NO_RUNS = Words("no run was started here", "这里还没有启动过任何运行")
NO_RUNS_HINT = Words(
    "go to the directory in which you started it, or start one with `rollbook run DOC…`",
    "请到启动运行时所在的目录，或用 `rollbook run 文档…` 启动一个",
)
UNKNOWN = Words("there is no run {name}", "没有运行 {name}")
UNKNOWN_HINT = Words(
    "`rollbook runs` lists them; the newest is {last}", "`rollbook runs` 列出所有运行；最新的是 {last}"
)
AMBIGUOUS = Words("{name} could be any of {count} runs: {names}", "{name} 可以指 {count} 个运行：{names}")
