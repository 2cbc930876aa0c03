"""The database's schema in a rollback (M31): looked at, asked about, taken back.

By default a rollback leaves it. Where the document's rollback says otherwise the plan has `take_back`; then, once every
server serves its old release again and if this run began a migration: what would be lost is looked up, a person is
asked where the plan says so, and only a yes takes the schema back. What cannot be read or does not come back freezes.
"""

from __future__ import annotations

from msgspec.structs import replace

from rollbook.machine.commands import Command, Perform, Record
from rollbook.machine.gates import FROZEN, ask
from rollbook.machine.program import Program, Task
from rollbook.machine.state import Lane, Schema, State
from rollbook.machine.transitions import to_reporting
from rollbook.model import events as ev

GATE = "schema"
"""Kind of the run-time gate: "schema:TASK"."""
UNREADABLE = "the database does not say what is applied"
NOT_BACK = "the schema is not taken back"
REVERSIBLE = "migrations.reversible"
"""The fact by which the look says what may be reversed; empty: nothing, and the schema stays."""


def take_back(program: Program, state: State) -> tuple[Command, ...]:
    """The next command of the schema's way back."""
    lane = state.schema.restore
    task = program.schema_task(lane.position)
    if lane.status == "running":
        return ()
    if lane.status in ("failed", "lost"):
        why = UNREADABLE if lane.status == "lost" else NOT_BACK
        return ask(state, FROZEN, "") if state.frozen else (Record(ev.Froze(why)),)
    if task.item.asks and task.id not in state.passed:
        return ask(state, f"{GATE}:{task.id}", state.schema.lost or task.item.text)
    return (Perform(task.id, "", lane.attempt + 1),)


def recorded(program: Program, state: State, event: ev.SchemaRecorded) -> State:
    return replace(state, schema=replace(state.schema, known=True))


def finished(program: Program, state: State, task: Task, event: ev.Finished) -> State:
    """The look found something to reverse, or the schema stays; the last item took it back."""
    last = state.schema.restore.position + 1 >= len(program.plan.take_back)
    if last or not event.data.get(REVERSIBLE):
        return settled(program, state)
    following = Lane(state.schema.restore.position + 1)
    return replace(state, schema=replace(state.schema, restore=following, lost=event.detail))


def settled(program: Program, state: State) -> State:
    """It is taken back, or stays by a person's word: what is left is to tell."""
    known: Schema = replace(state.schema, settled=True, restore=Lane(), lost="")
    return to_reporting(program, replace(state, schema=known))


def again(schema: Schema) -> Schema:
    """What could not be read, or did not come back, is tried again at a person's word."""
    stuck = schema.restore.status in ("failed", "lost")
    return replace(schema, restore=Lane(schema.restore.position)) if stuck else schema


def by_hand(schema: Schema) -> Schema:
    """A person answers for a schema that the engine could not take back."""
    stuck = schema.restore.status in ("failed", "lost")
    return replace(schema, restore=Lane(), settled=True, lost="") if stuck else schema
