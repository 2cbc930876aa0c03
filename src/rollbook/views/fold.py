"""From a plan and its journal to what a reader sees. Pure: the same entries give the same view."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.machine.state import State, run_state
from rollbook.model.events import Entry, RollbackBegun, RunCreated, RunEnded
from rollbook.model.plan import Plan
from rollbook.views.causes import cause_of
from rollbook.views.gates import gates_of
from rollbook.views.log import Log, place_of
from rollbook.views.measured import metrics_of, samples_of, told_at
from rollbook.views.progress import steps_of, waves_of
from rollbook.views.run_view import Client, Proof, RunView
from rollbook.views.targets import servers_of
from rollbook.views.timeline import timeline_of


def fold(
    plan: Plan,
    state: State,
    entries: Sequence[Entry],
    client: Client | None = None,
    earlier: Sequence[str] = (),
    now: float = 0.0,
) -> RunView:
    """The view of one run, whose `state` the machine folded from the same entries. `client` is the load generator's
    count; `earlier` the end states of the environment's other runs (M45); `now` how late it is for an onlooker (0: as
    late as the newest entry). Raises ValueError for an empty journal."""
    over = state.phase == "ended"
    ended = next((entry.at for entry in reversed(entries) if over and isinstance(entry.event, RunEnded)), None)
    log = Log(plan, state, entries, 0.0 if ended else now)
    created = log.last(RunCreated)
    if created is None:
        raise ValueError("a run's journal begins with run_created")
    first, newest = log.entries[0], log.entries[-1]
    gates = gates_of(log)
    word = run_state(state)
    return RunView(
        id=created.run,
        state=word,
        title=plan.title,
        environment=created.environment,
        version=created.version,
        initiator=created.initiator,
        language=plan.language,
        created=first.at,
        ended=ended,
        told=told_at(log),
        turned=next((entry.at for entry, event in log.of(RollbackBegun) if event.servers), None),
        looked=log.now,
        ending=state.end or state.ending,
        plan=created.plan,
        head=newest.hash,
        seq=newest.seq,
        steps=steps_of(log, gates, word),
        waves=waves_of(log, word),
        servers=servers_of(log),
        gates=gates,
        proofs=proofs_of(log),
        timeline=timeline_of(log),
        metrics=metrics_of(log, state.end or state.ending, earlier),
        client=client,
        cause=cause_of(log, word),
        warnings=tuple(plan.notes),
        samples=samples_of(log, client),
    )


def proofs_of(log: Log) -> dict[str, tuple[Proof, ...]]:
    """Evidence by item, oldest first."""
    found: dict[str, list[Proof]] = {}
    for task, proof in log.outcomes.items():
        found.setdefault(place_of(task).item, []).append(proof)
    return {item: tuple(sorted(proofs, key=lambda p: p.seq)) for item, proofs in found.items()}
