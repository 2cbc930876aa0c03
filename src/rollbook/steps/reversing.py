"""The way back of a schema (M31): what it would lose, and the way itself.

Only what this run provably applied, newest first, all of it marked reversible, and never while a server still serves
the release that needs it. Who may say so is the machine's business: it asks a person, who is shown what is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.binding.markers import idempotent, pure, step
from rollbook.model.deployment import Migration
from rollbook.ports import Balancer, Database, Project
from rollbook.ports.deployment import DeploymentFacts
from rollbook.problems import StepFailed
from rollbook.steps.losing import Loss, losses_of
from rollbook.steps.migrate import (
    NO_DATABASE,
    NO_DATABASE_HINT,
    next_command,
    refuse_while_held,
    scripts_of,
    undo_of,
    versions,
)
from rollbook.steps.saying import said
from rollbook.steps.shelling import LIMIT_S, carry_out, kept, script_for
from rollbook.values import Json, RunInfo, Words


@step("查看回滚数据库会失去什么", "see what rolling back the database would lose", effect=pure)
async def look(
    deployment: DeploymentFacts, project: Project, run: RunInfo, database: Database | None
) -> dict[str, Json]:
    """What would be lost, for the question to a person; or why the schema stays. Raises Unreachable where the database
    does not say what is applied."""
    if database is None:
        return _stays(NO_DATABASE, run)
    present = await versions(database)
    ours = ours_of(run, present)
    if reason := why_not(ours, present, deployment, project):
        return _stays(reason, run)
    lost = await losses_of(_newest_first(ours, deployment.migrations), project, database)
    told = [loss.told(run.language) for loss in lost]
    detail = TAKES_BACK.format(versions=", ".join(ours[::-1]), lost="; ".join(told)).said(run.language)
    return {"migrations.reversible": ours[::-1], "migrations.lost": told, "detail": detail}


@step(
    "回滚数据库",
    "回滚数据库迁移",
    "回滚迁移",
    "roll back the database",
    "roll back the database migrations",
    "roll back the migrations",
    effect=idempotent,
    limit_s=LIMIT_S,
)
async def down(
    deployment: DeploymentFacts,
    project: Project,
    balancer: Balancer,
    run: RunInfo,
    database: Database | None,
    agreed: bool = False,
) -> dict[str, Json]:
    """Reverse what this run provably applied, newest first, when all of it is marked reversible and no server serves
    the release any more; otherwise nothing is touched and it says why (M31). `agreed`: whoever had to say yes has."""
    if run.settings.get("protected") and not agreed:
        raise StepFailed(PROTECTED, (), PROTECTED_HINT)
    if database is None:
        raise StepFailed(NO_DATABASE, (), NO_DATABASE_HINT)
    await project.outlast(kept("migrate_down"), LIMIT_S)
    present = await versions(database)
    ours = ours_of(run, present)
    if not ours:
        return {
            "migrations.reversed": [],
            "detail": said(run, "nothing of this run is applied", "没有本次运行执行的迁移"),
        }
    await _refuse_while_served(balancer, run)
    if reason := why_not(ours, present, deployment, project):
        raise StepFailed(reason, (), STAYS)
    if script_for(deployment, "migrate_down"):
        await down_by_command(ours, deployment, project, database, run)
    else:
        await database.down(scripts_of(rows_of(deployment.migrations, ours), project), run.id)
    after = await versions(database)
    detail = said(run, f"reversed {', '.join(reversed(ours))}", f"已回滚 {'、'.join(reversed(ours))}")
    return {"migrations.after": after, "migrations.reversed": ours[::-1], "detail": detail}


def ours_of(run: RunInfo, present: Sequence[str]) -> list[str]:
    """What is applied and this run provably applied: as it noted, else what was not applied before it began. Where
    neither was noted, nothing is proved."""
    noted = run.facts.get("migrations.applied")
    if noted is not None:
        return [v for v in present if v in {str(n) for n in noted}]
    return [v for v in present if v not in run.schema] if run.schema is not None else []


def why_not(ours: Sequence[str], present: Sequence[str], deployment: DeploymentFacts, project: Project) -> Words | None:
    """Why these versions may not be reversed; None where they may."""
    if not ours:
        return NOTHING
    rows = {m.version: m for m in deployment.migrations}
    if wrong := [v for v in ours if v not in rows or rows[v].reversible is not True]:
        return IRREVERSIBLE.format(versions=", ".join(wrong))
    if stays := [v for v in present[present.index(ours[0]) :] if v not in ours]:
        return NOT_NEWEST.format(version=", ".join(stays))
    if script_for(deployment, "migrate_down"):
        return None
    without = [v for v in ours if undo_of(rows[v], project) is None]
    return NO_WAY.format(versions=", ".join(without)) if without else None


def rows_of(migrations: Sequence[Migration], wanted: Sequence[str]) -> list[Migration]:
    return [m for m in migrations if m.version in wanted]


async def down_by_command(
    ours: Sequence[str], deployment: DeploymentFacts, project: Project, database: Database, run: RunInfo
) -> None:
    """Once for each version, looking after each: a command that takes away what is not ours is not called again."""
    left = list(ours)
    while left:
        before = await versions(database)
        if not before or before[-1] not in left:
            raise StepFailed(
                NOT_NEWEST.format(version=before[-1] if before else "-"), (), next_command(deployment, run)
            )
        await refuse_while_held(database)
        await carry_out("migrate_down", deployment, project, run)
        after = await versions(database)
        gone = [v for v in before if v not in after]
        if not gone or any(v not in left for v in gone):
            words = WENT_WRONG.format(gone=", ".join(gone) or "-", left=", ".join(left))
            raise StepFailed(words, (), next_command(deployment, run))
        left = [v for v in left if v in after]


async def _refuse_while_served(balancer: Balancer, run: RunInfo) -> None:
    serving = [e.server for e in await balancer.pool() if e.generation == run.id and e.state == "in" and e.weight > 0]
    if serving:
        raise StepFailed(STILL_SERVED.format(servers=", ".join(serving)))


def _newest_first(ours: Sequence[str], migrations: Sequence[Migration]) -> list[Migration]:
    rows = {m.version: m for m in migrations}
    return [rows[v] for v in reversed(ours)]


def _stays(reason: Words, run: RunInfo) -> dict[str, Json]:
    detail = Words(f"the schema stays: {reason.en}", f"数据库结构保持不变：{reason.zh}")
    return {"migrations.reversible": [], "detail": detail.said(run.language)}


__all__ = ["Loss", "down", "down_by_command", "look", "ours_of", "rows_of", "why_not"]

PROTECTED = Words(
    "the schema of a protected environment is taken back only after a person's yes",
    "受保护环境的数据库结构只有经人同意才能回退",
)
PROTECTED_HINT = Words(
    "write it into the document's rollback, or type `rollbook migrate down DOC… -p environment=NAME --as PERSON`",
    "请写入文档的回滚流程，或执行 `rollbook migrate down 文档… -p environment=名称 --as 姓名`",
)
NOTHING = Words("nothing that is applied is provably of this run", "没有可以证明由本次运行执行的迁移")
IRREVERSIBLE = Words("not marked reversible: {versions}", "未标记为可回滚：{versions}")
NO_WAY = Words("no script reverses {versions}", "没有回滚 {versions} 的脚本")
STAYS = Words("the schema stays as it is; nothing was reversed", "数据库结构保持不变，没有回滚任何版本")
NOT_NEWEST = Words("{version} is newer and was not applied by this run", "更新的版本 {version} 不是本次运行执行的")
WENT_WRONG = Words(
    "the document's command took away {gone}, which is not one of {left}; it is not called again",
    "文档中的命令回滚了 {gone}，而应为 {left} 之一；不再继续执行",
)
STILL_SERVED = Words("{servers} still serve the release that needs this schema", "{servers} 仍在运行需要该结构的版本")
TAKES_BACK = Words("takes back {versions}. Lost: {lost}", "将回滚 {versions}。会失去：{lost}")
