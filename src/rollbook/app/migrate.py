"""Use case: the schema of one environment outside any run: what is applied, up, down (M31)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from rollbook.app import schemas
from rollbook.app.noting import noted_by_runs
from rollbook.app.schemas import Desk, desk_of
from rollbook.model.deployment import Migration
from rollbook.model.migrations import Direction, SchemaChange, SchemaStatus
from rollbook.ports.database import Applied
from rollbook.problems import Refused, StepFailed
from rollbook.values import RunInfo, Words

CODE_LENGTH = 8


def status(paths: Sequence[str], parameters: Sequence[str], site: str) -> SchemaStatus:
    """What is applied and what is not. Touches nothing. Raises Refused for an environment that the document does not
    have or whose database nothing names, Unreachable where the database does not say."""
    desk = desk_of(paths, parameters, site)
    return asyncio.run(schemas.status_of(desk, desk.database_named()))


def intended(direction: Direction, desk: Desk, to: str) -> SchemaChange:
    """What `up` or `down` would do now, and what it would lose. Raises Refused where the document or the database do
    not allow it."""
    return asyncio.run(_up(desk, to) if direction == "up" else _down(desk, to))


def carry_out(change: SchemaChange, desk: Desk, person: str) -> None:
    """Do it. Raises StepFailed where a script fails, told exactly; Unreachable where nobody can say what it did."""
    run = RunInfo(f"migrate-{person}", change.environment, "", person, desk.language, {}, {}, {})
    asyncio.run(_act(change, desk, run))


def refuse_unless_agreed(change: SchemaChange, desk: Desk, person: str, agreed: str) -> bool:
    """Whether a person still has to say yes: in a protected environment, to this very list (M31). Raises Refused where
    nobody says who they are, or the yes was to another list."""
    if not desk.ground.protected:
        return False
    if not person:
        raise Refused(WHO, WHO_HINT)
    if agreed and agreed != code_of(change):
        raise Refused(OTHER_LIST.format(code=agreed), OTHER_LIST_HINT)
    return not agreed


def code_of(change: SchemaChange) -> str:
    """What a yes names: it changes with everything that is done or lost."""
    return sha256(msgspec.json.encode(change)).hexdigest()[:CODE_LENGTH]


async def _up(desk: Desk, to: str) -> SchemaChange:
    now = await schemas.status_of(desk, desk.database_named())
    _refuse_drift(now)
    todo = _until(now.pending, [m.version for m in desk.facts.migrations], to, desk)
    if now.command and tuple(todo) != now.pending:
        raise Refused(NO_STOP.format(command=now.command, version=to), NO_STOP_HINT)
    return SchemaChange("up", now.environment, tuple(todo), (), now.command)


async def _down(desk: Desk, to: str) -> SchemaChange:
    from rollbook.steps.losing import losses_of
    from rollbook.steps.reversing import why_not

    database = desk.database_named()
    applied = {row.version: row for row in await database.status()}
    present = list(applied)
    ours = _above(present, to) if to else present[-1:]
    if ours and (reason := why_not(ours, present, desk.facts, desk.project)):
        raise Refused(reason)
    await _refuse_while_served(ours, applied, desk)
    rows = {m.version: m for m in desk.facts.migrations}
    newest = [rows[v] for v in reversed(ours)]
    lost = await losses_of(newest, desk.project, database) if newest else ()
    told = tuple(loss.told(desk.language) for loss in lost)
    return SchemaChange(
        "down", desk.ground.environment, tuple(m.version for m in newest), told, desk.way("migrate_down")
    )


async def _refuse_while_served(versions: Sequence[str], applied: Mapping[str, Applied], desk: Desk) -> None:
    """Raise Refused while a server serves the release whose run applied one of these: it needs them (M31)."""
    from rollbook.wiring import serving

    noted = noted_by_runs(desk.site, desk.facts)
    runs = {applied[v].run or (noted[v].run if v in noted else "") for v in versions} - {""}
    if found := [e for e in await serving(desk.site) if e.generation in runs]:
        servers = ", ".join(dict.fromkeys(e.server for e in found))
        raise Refused(SERVED.format(servers=servers), SERVED_HINT.format(run=found[0].generation))


async def _act(change: SchemaChange, desk: Desk, run: RunInfo) -> None:
    from rollbook.steps.migrate import scripts_of, up
    from rollbook.steps.reversing import down_by_command, rows_of

    database = desk.database_named()
    if change.direction == "up":
        rows = desk.facts.migrations
        if not change.command:
            known = {row.version for row in await database.status()}
            rows = tuple(m for m in rows if m.version in known or m.version in change.versions)
        await up(msgspec.structs.replace(desk.facts, migrations=rows), desk.project, run, database)
    elif change.command:
        await down_by_command(change.versions[::-1], desk.facts, desk.project, database, run)
    else:
        applied = {row.version: row for row in await database.status()}
        for version in change.versions:
            rows_ = rows_of(desk.facts.migrations, [version])
            await database.down(scripts_of(rows_, desk.project), applied[version].run)


def _until(pending: Sequence[str], known: Sequence[str], to: str, desk: Desk) -> list[str]:
    if not to:
        return list(pending)
    if to not in known:
        raise _unknown(to, desk.facts.migrations)
    upto = list(known[: known.index(to) + 1])
    return [v for v in pending if v in upto]


def _above(present: Sequence[str], to: str) -> list[str]:
    """Everything that was applied after `to`, which stays; "0" means everything."""
    if to == "0":
        return list(present)
    if to not in present:
        raise Refused(NOT_APPLIED.format(version=to), NOT_APPLIED_HINT.format(known=", ".join(present) or "-"))
    return list(present[present.index(to) + 1 :])


def _refuse_drift(now: SchemaStatus) -> None:
    wrong = [row for row in now.rows if row.drift in ("edited", "missing", "stated")]
    if wrong:
        listed = ", ".join(f"{row.version} ({row.script})" for row in wrong)
        raise Refused(DRIFT.format(listed=listed), DRIFT_HINT.format(document=now.document, where=now.environment))


def _unknown(version: str, rows: Sequence[Migration]) -> Refused:
    known = ", ".join(m.version for m in rows) or "-"
    return Refused(UNKNOWN.format(version=version), UNKNOWN_HINT.format(known=known))


__all__ = ["StepFailed", "carry_out", "code_of", "desk_of", "intended", "refuse_unless_agreed", "status"]

SERVED = Words(
    "{servers} still serve the release that came with these migrations", "{servers} 仍在运行与这些迁移一同发布的版本"
)
SERVED_HINT = Words("go back first: `rollbook rollback {run}`", "请先回退：`rollbook rollback {run}`")
WHO = Words("the environment is protected: who says so?", "该环境受保护：由谁决定？")
WHO_HINT = Words("say `--as PERSON`", "请用 `--as 姓名` 说明")
OTHER_LIST = Words("{code} is a yes to another list than this one", "{code} 同意的不是现在的清单")
OTHER_LIST_HINT = Words("leave `--yes` out to see it", "去掉 `--yes` 可查看清单")
NO_STOP = Words(
    "`{command}` applies everything; it cannot be told to stop at {version}",
    "`{command}` 会执行全部迁移，不能在 {version} 停下",
)
NO_STOP_HINT = Words("leave `--to` out", "请去掉 `--to`")
NOT_APPLIED = Words("{version} is not applied, so nothing lies above it", "{version} 并未执行，其上没有可回滚的版本")
NOT_APPLIED_HINT = Words("applied: {known}; 0 means all of them", "已执行：{known}；0 表示全部")
UNKNOWN = Words("the document has no migration {version}", "文档中没有迁移 {version}")
UNKNOWN_HINT = Words("it has {known}", "文档中有 {known}")
DRIFT = Words("not the scripts that were applied or that the document states: {listed}",
              "与已执行或文档所述的脚本不一致：{listed}")  # fmt: skip
DRIFT_HINT = Words(
    "see `rollbook migrate status {document} -p environment={where}`",
    "请查看 `rollbook migrate status {document} -p environment={where}`",
)
