"""Use case: start a run from a plan, and carry it in this process."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import choice

from rollbook.app.places import Place, find_run, refuse_held, situation
from rollbook.app.plan import refuse_time_scale
from rollbook.app.reporting import RunReports, write_final
from rollbook.app.settling import refuse_past, settled
from rollbook.app.waking import wake
from rollbook.drivers.carrying import Carrier, Equipment, Outcome, Patience
from rollbook.drivers.holding import worker_name
from rollbook.model.events import Entry, RunCreated
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.planning.codec import canonical, plan_hash
from rollbook.problems import Conflict, Refused
from rollbook.values import Words
from rollbook.wiring import embedded_site, equip, library_of

LETTERS = "abcdefghjkmnpqrstuvwxyz"
SIGNS = "23456789" + LETTERS
EXIT_CODES = {"succeeded": 0, "failed": 1, "rolled_back": 1, "aborted": 1, "frozen": 4}
PARKED = 3


def start_run(plan: Plan, place: Place, time_scale: float = 1.0, run: str = "", promotion: str = "") -> str:
    """Journal a new run of `plan` and claim its targets; nothing is touched yet. Returns its id: `run`, else a new one.
    Raises Refused when the plan has blockers, the site has no adapter, or another run holds a target."""
    refuse_blocked(plan)
    refuse_held(plan, "", place)
    site = place.site
    closed = settled(plan, site, lambda: library_of(site, plan), time.time())
    embedded = embedded_site(site)
    if plan.servers:
        embedded.up([server.name for server in plan.servers])
    else:
        embedded.bring_project()
    run = run or new_id()
    key = plan_hash(plan)
    # A pipeline's tests are about an environment and release nothing there: they are none of its runs (M45).
    environment = plan.environment if plan.servers or not promotion else ""
    row = {"environment": environment, "version": plan.version, "title": plan.title, "at": repr(time.time())}
    known_as = site.path or site.name
    created = RunCreated(run, key, plan.environment, plan.version, site.initiator, known_as, time_scale, promotion)
    try:
        place.journal.create(run, key, canonical(plan), row, [created, *closed], targets=plan.targets)
    except Conflict as held:
        raise Refused(held.words, held.hint) from held
    return run


def carry(
    run: str,
    place: Place,
    on_entry: Callable[[Entry], None] = lambda _: None,
    on_stop: Callable[[], None] = lambda: None,
    wait: bool = False,
) -> Outcome:
    """Carry the run in this process until it ends, parks, or the user presses Ctrl-C, which parks it.

    `wait`: gates are waited for here (a person is looking); else a run that parks with a timer, or with a release to be
    judged on, is left to a background worker. `on_entry` sees every entry from the first on, `on_stop` the key press.
    Raises Refused while another live worker carries the run."""
    carrier = Carrier(run, worker_name(), equipment_of(run, place))
    carrier.on_entry, carrier.pause_on_stop = on_entry, True
    try:
        outcome = asyncio.run(interruptible(carrier, "people" if wait else "timers", on_stop))
    except Conflict as held:
        raise Refused(held.words, ELSEWHERE.format(run=run)) from held
    write_final(run, place, outcome)
    if outcome.kind == "parked" and (outcome.to_be_judged or outcome.until is not None):
        wake(run, place)
    if outcome.kind == "ended" and (promotion := promotion_of(run, place)):
        wake(promotion, place)
    return outcome


def promotion_of(run: str, place: Place) -> str:
    """The promotion that a run is a part of, which goes on once the run has ended; "" when it is none's."""
    first = next((e.event for e in place.journal.read(run)), None)
    return first.promotion if isinstance(first, RunCreated) else ""


async def interruptible(carrier: Carrier, patience: Patience, on_stop: Callable[[], None]) -> Outcome:
    """Carry; Ctrl-C and SIGTERM park the run."""

    def stop() -> None:
        carrier.stop.set()
        on_stop()

    with interrupts(stop):
        return await carrier.carry(patience)


def exit_code(outcome_state: str) -> int:
    """The exit code of the command-line contract for a run's state."""
    return EXIT_CODES.get(outcome_state, PARKED)


def equipment_of(run: str, place: Place) -> Equipment:
    """What this run is carried with, from its own journal: later edits of documents do not touch it."""
    now = situation(place.journal, find_run(place.journal, run))
    created = next(e.event for e in now.entries if isinstance(e.event, RunCreated))
    reports = RunReports(run, place)
    return equip(place.site, now.plan, run, place.journal, reports, created.time_scale)


def refuse_blocked(plan: Plan) -> None:
    """Raise Refused with every blocker of the plan."""
    if not plan.blockers:
        return
    listed = "".join(f"\n  ✗ {f'{b.place}: ' if b.place else ''}{b.text} [{b.rule}]" for b in plan.blockers)
    hints = dict.fromkeys(b.hint for b in plan.blockers if b.hint)
    raise Refused(BLOCKED.format(listed=listed), "\n        ".join(hints))


def refuse_impossible(plan: Plan, site: Site, time_scale: float = 1.0) -> None:
    """Raise Refused for a plan that cannot be run at `site`, before as much as a journal is made."""
    refuse_blocked(plan)
    if plan.site.name != site.name:
        raise Refused(OTHER_SITE.format(planned=plan.site.name, here=site.name), OTHER_SITE_HINT)
    refuse_time_scale(time_scale, site)
    refuse_past(plan, time.time())
    embedded_site(site)


def new_id() -> str:
    """A run's id: eight signs that cannot be misread, the first a letter."""
    return choice(LETTERS) + "".join(choice(SIGNS) for _ in range(7))


@contextmanager
def interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM call `stop` once; a second Ctrl-C ends the process as usual."""
    loop = asyncio.get_running_loop()

    def first() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, first)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


BLOCKED = Words("the plan may not run yet:{listed}", "计划还不能执行：{listed}")
OTHER_SITE = Words("the plan is for site {planned}, not for {here}", "该计划是为站点 {planned} 制定的，而不是 {here}")
OTHER_SITE_HINT = Words("name the site with --site, or make a new plan", "请用 --site 指明站点，或重新生成计划")
ELSEWHERE = Words("follow it with `rollbook show {run} --follow`", "用 `rollbook show {run} --follow` 跟随查看")
