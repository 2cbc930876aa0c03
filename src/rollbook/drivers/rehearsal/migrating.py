"""A database in a rehearsal: what the document's own commands do to it, and what must hold of it (M31)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rollbook.drivers.rehearsal.simulation import RUN
from rollbook.machine.program import SCHEMA, Program
from rollbook.machine.state import State
from rollbook.model.deployment import CommandRole
from rollbook.model.plan import Plan
from rollbook.ports import Completed
from rollbook.ports.database import Applied
from rollbook.ports.fakes import FakeSite, ServerWorld, World
from rollbook.ports.fakes.faults import Fault, Touch, When
from rollbook.ports.fakes.tooling import ToolRun
from rollbook.values import Words

EARLIER = Applied("(earlier)")
"""A version that was applied before the run: it must never go."""
WITHOUT_TABLE = ("(command)",)
"""What a command applies where the document has no table of scripts."""
AHEAD = Words("the new release serves without its migrations", "新版本在没有迁移的数据库结构上提供服务")
NOT_OURS = Words("a migration is reversed that this run did not apply", "回滚了并非本次运行执行的迁移")
TOUCHED = Words("ended as failed although the schema was changed", "结束状态为 failed，但数据库结构已改变")
KEPT = Words("a person said yes, and the schema is not back", "已同意回滚，但数据库结构没有恢复")


def rehearsable(plan: Plan) -> Plan:
    """The plan without the checksums of scripts, which a rehearsal does not have."""
    if plan.deployment is None:
        return plan
    rows = tuple(msgspec.structs.replace(m, checksum="") for m in plan.deployment.migrations)
    return msgspec.structs.replace(plan, deployment=msgspec.structs.replace(plan.deployment, migrations=rows))


def migrates(program: Program) -> bool:
    return any(item.migrates for item in program.items.values())


def is_about_schema(program: Program, task: str) -> bool:
    """Whether the task changes the schema, or looks at it on the way back."""
    found = program.tasks[task]
    return found.item.migrates or found.lane == SCHEMA


def opening(program: Program) -> tuple[Applied, ...]:
    return (EARLIER,) if migrates(program) else ()


def install(program: Program, site: FakeSite, half: bool = False) -> None:
    """Let the simulated shell do what the document's commands do; with `half`, half of it, and then they fail."""
    facts, otherwise = program.plan.deployment, site.project.tools["-c"]

    def says(role: CommandRole, text: str) -> bool:
        return any(c.text in text for c in (facts.commands.get(role, ()) if facts else ()) if not c.prepares)

    def tool(argv: Sequence[str]) -> ToolRun:
        text, schema = argv[-2], site.world.schema
        if says("migrate_down", text):
            schema = schema[:-1]
        elif says("migrate_up", text):
            known, wanted = {a.version for a in schema}, _wanted(program)
            todo = [Applied(v) for v in wanted[: len(wanted) // 2 if half else None] if v not in known]
            schema = (*schema, *todo)
        else:
            return otherwise(argv)
        site.world = msgspec.structs.replace(site.world, schema=schema)
        return ToolRun(Completed(int(half)), {})

    def faults(touch: Touch, when: When) -> Fault:
        return "half" if touch.port == "database" and touch.touches and when == "before" else ""

    site.project.tools["-c"] = tool
    site.faults = faults if half else None


def broken_schema(program: Program, start: World, state: State, world: World) -> Iterator[Words]:
    """Migrations and release agree: after every event, and at the end."""
    if not migrates(program) or state.skipped:
        return
    now = {a.version for a in world.schema}
    if not {a.version for a in start.schema} <= now:
        yield NOT_OURS
    if not set(_wanted(program)) <= now and not _answered_for(program) and any(map(_serves_new, world.servers)):
        yield AHEAD
    if state.phase != "ended" or state.end == "frozen":
        return
    back = program.plan.take_back
    yes = bool(back) and program.schema_task(len(back) - 1).id in state.passed
    if yes and world.schema != start.schema:
        yield KEPT
    if state.end == "failed" and world.schema != start.schema:
        yield TOUCHED


def _answered_for(program: Program) -> bool:
    """Whether a person says if a migration happened, who may be wrong: nothing can look."""
    return any(item.migrates and item.effect == "once" for item in program.items.values())


def _serves_new(server: ServerWorld) -> bool:
    return any(e.generation == RUN and e.state == "in" and e.weight > 0 for e in server.pool)


def _wanted(program: Program) -> tuple[str, ...]:
    facts = program.plan.deployment
    return tuple(m.version for m in facts.migrations) if facts and facts.migrations else WITHOUT_TABLE
