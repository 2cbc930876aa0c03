"""From a plan and its journal to what a reader sees. Pure: the same entries give the same view."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from rollbook.machine.state import State, run_state
from rollbook.model.events import Entry, Finished, ItemClosed, RollbackBegun, RunCreated, RunEnded
from rollbook.model.plan import Plan
from rollbook.views.causes import cause_of
from rollbook.views.gates import gates_of
from rollbook.views.log import Log, place_of
from rollbook.views.measured import metrics_of, samples_of, told_at
from rollbook.views.progress import steps_of, waves_of
from rollbook.views.run_view import Client, Closed, Proof, RunView
from rollbook.views.schema import schema_left
from rollbook.views.targets import servers_of
from rollbook.views.timeline import timeline_of
from rollbook.views.watches import Progress, weight_of


class Onlooker(msgspec.Struct, frozen=True):
    """What a reader knows beside the journal. `client`: the load generator's count; `earlier`: end states of the
    environment's other runs (M45); `now`: how late it is (0: as late as the newest entry); `progress`: the newest
    figures of tests under way."""

    client: Client | None = None
    earlier: Sequence[str] = ()
    now: float = 0.0
    progress: Progress = {}


def fold(plan: Plan, state: State, entries: Sequence[Entry], onlooker: Onlooker = Onlooker()) -> RunView:
    """The view of one run, whose `state` the machine folded from the same entries. Raises ValueError for an empty
    journal."""
    over = state.phase == "ended"
    ended = next((entry.at for entry in reversed(entries) if over and isinstance(entry.event, RunEnded)), None)
    log = Log(plan, state, entries, 0.0 if ended else onlooker.now)
    created = log.last(RunCreated)
    if created is None:
        raise ValueError("a run's journal begins with run_created")
    return _measured(_story(_head(log, created, ended), log), log, onlooker)


def _head(log: Log, created: RunCreated, ended: float | None) -> RunView:
    """Who, what, when."""
    newest, state = log.entries[-1], log.state
    return RunView(
        id=created.run,
        state=run_state(state),
        title=log.plan.title,
        environment=created.environment,
        version=created.version,
        initiator=created.initiator,
        language=log.plan.language,
        created=log.entries[0].at,
        ended=ended,
        told=told_at(log),
        turned=next((entry.at for entry, event in log.of(RollbackBegun) if event.servers), None),
        looked=log.now,
        ending=state.end or state.ending,
        plan=created.plan,
        head=newest.hash,
        seq=newest.seq,
        warnings=tuple(log.plan.notes),
    )


def _story(view: RunView, log: Log) -> RunView:
    """Steps, gates, servers, evidence."""
    gates = gates_of(log)
    return replace(
        view,
        steps=steps_of(log, gates, view.state),
        servers=servers_of(log),
        gates=gates,
        proofs=proofs_of(log),
        facts={name: value for _, done in log.of(Finished) for name, value in done.data.items()},
        timeline=timeline_of(log),
        cause=cause_of(log, view.state),
        checklist=checklist_of(log),
        schema=schema_left(log),
    )


def _measured(view: RunView, log: Log, onlooker: Onlooker) -> RunView:
    """Waves and their tests, metrics, traffic."""
    return replace(
        view,
        waves=waves_of(log, view.state, onlooker.progress),
        weight=weight_of(log),
        metrics=metrics_of(log, view.ending, onlooker.earlier),
        client=onlooker.client,
        samples=samples_of(log, onlooker.client),
    )


def checklist_of(log: Log) -> tuple[Closed, ...]:
    """What was settled when the run was made."""
    found = log.of(ItemClosed)
    return tuple(Closed(e.text, e.how, e.detail, e.document, e.line, entry.seq) for entry, e in found)


def proofs_of(log: Log) -> dict[str, tuple[Proof, ...]]:
    """Evidence by item, oldest first."""
    found: dict[str, list[Proof]] = {}
    for task, proof in log.outcomes.items():
        found.setdefault(place_of(task).item, []).append(proof)
    return {item: tuple(sorted(proofs, key=lambda p: p.seq)) for item, proofs in found.items()}
