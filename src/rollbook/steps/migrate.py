"""Database migrations (M31): by the document's own command, else from its table of scripts."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.binding.markers import idempotent, step
from rollbook.model.deployment import Migration
from rollbook.ports import Balancer, Database, Project
from rollbook.ports.database import Applied, Script
from rollbook.ports.deployment import DeploymentFacts
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.steps.shelling import carry_out, script_for
from rollbook.values import Json, RunInfo, Words


@step(
    "执行数据库迁移",
    "运行数据库迁移",
    "执行数据库变更",
    "执行迁移脚本",
    "run the database migrations",
    "run the migrations",
    "apply the database migrations",
    "apply the migrations",
    "migrate the database",
    effect=idempotent,
)
async def up(deployment: DeploymentFacts, project: Project, run: RunInfo, database: Database | None) -> dict[str, Json]:
    """Bring the schema up, and note which versions were applied before and after. Raises Unreachable where the database
    does not say: then nothing is done, or nothing further."""
    before = await _versions(database)
    if script_for(deployment, "migrate_up"):
        await carry_out("migrate_up", deployment, project, run)
        after = await _versions(database)
        return _facts(before, after, [v for v in after if v not in before], run)
    if not deployment.migrations:
        return {"detail": said(run, "no migrations", "没有数据库迁移")}
    if database is None:
        raise StepFailed(NO_DATABASE, (), NO_DATABASE_HINT)
    await database.up(scripts_of(deployment.migrations, project), run.id)
    rows = await database.status()
    return _facts(before, [a.version for a in rows], [a.version for a in rows if a.run == run.id], run)


@step(
    "回滚数据库",
    "回滚数据库迁移",
    "回滚迁移",
    "roll back the database",
    "roll back the database migrations",
    "roll back the migrations",
    effect=idempotent,
)
async def down(
    deployment: DeploymentFacts, project: Project, balancer: Balancer, run: RunInfo, database: Database | None
) -> dict[str, Json]:
    """Reverse what this run provably applied, newest first, when all of it is marked reversible and no server serves
    the release any more; otherwise nothing is touched and it says why (M31).

    In a protected environment only a person may say so, to a list of what is lost; nothing can ask for that yet, so it
    is refused there."""
    if run.settings.get("protected"):
        raise StepFailed(PROTECTED, (), PROTECTED_HINT)
    if database is None:
        raise StepFailed(NO_DATABASE, (), NO_DATABASE_HINT)
    applied = [str(v) for v in run.facts.get("migrations.applied") or ()]
    present = await _versions(database)
    ours = [v for v in applied if v in present]
    if not ours:
        return {"detail": said(run, "this run applied nothing", "本次运行没有执行迁移")}
    await _refuse_while_served(balancer, run)
    rows = refuse_irreversible(deployment.migrations, ours)
    if script_for(deployment, "migrate_down"):
        await _down_by_command(ours, deployment, project, database, run)
    else:
        await database.down(scripts_of(rows, project), run.id)
    after = await _versions(database)
    detail = said(run, f"reversed {', '.join(reversed(ours))}", f"已回滚 {'、'.join(reversed(ours))}")
    return {"migrations.after": after, "migrations.reversed": ours[::-1], "detail": detail}


def scripts_of(migrations: Sequence[Migration], project: Project) -> tuple[Script, ...]:
    """The table's scripts with their texts. Raises StepFailed for one that is not there, or is not the one whose
    checksum the document states."""
    scripts = [Script(m.version, m.script, _text(m.script, project), _undo(m, project)) for m in migrations]
    for migration, script in zip(migrations, scripts, strict=True):
        stated = migration.checksum.lower().removeprefix("sha256:")
        if stated and not script.checksum.startswith(stated):
            raise StepFailed(OTHER_CHECKSUM.format(path=script.path, stated=stated[:12], found=script.checksum[:12]))
    return tuple(scripts)


def refuse_irreversible(migrations: Sequence[Migration], versions: Sequence[str]) -> list[Migration]:
    """The rows of `versions`. Raises StepFailed unless each is in the table and marked reversible."""
    rows = {m.version: m for m in migrations}
    wrong = [v for v in versions if v not in rows or rows[v].reversible is not True]
    if wrong:
        raise StepFailed(IRREVERSIBLE.format(versions=", ".join(wrong)), (), IRREVERSIBLE_HINT)
    return [rows[v] for v in versions]


def down_places(migration: Migration) -> tuple[str, ...]:
    """Where the script that reverses another may lie, by the customs of the field."""
    if migration.down_script:
        return (migration.down_script,)
    stem = migration.script.removesuffix(".sql").removesuffix(".up")
    folder, _, name = stem.rpartition("/")
    undo = f"{folder}/U{name[1:]}.sql".lstrip("/")
    return (f"{stem}.down.sql", f"{stem}_down.sql", *((undo,) if name.startswith("V") else ()))


async def _down_by_command(
    ours: Sequence[str], deployment: DeploymentFacts, project: Project, database: Database, run: RunInfo
) -> None:
    """Once for each version, looking after each: a command that takes away what is not ours is not called again."""
    left = list(ours)
    while left:
        before = await _versions(database)
        if before[-1] not in left:
            raise StepFailed(NOT_NEWEST.format(version=before[-1]))
        await carry_out("migrate_down", deployment, project, run)
        after = await _versions(database)
        gone = [v for v in before if v not in after]
        foreign = [v for v in gone if v not in left]
        if foreign or not gone:
            raise StepFailed(WENT_WRONG.format(gone=", ".join(gone) or "-", left=", ".join(left)))
        left = [v for v in left if v in after]


async def _refuse_while_served(balancer: Balancer, run: RunInfo) -> None:
    serving = [e.server for e in await balancer.pool() if e.generation == run.id and e.state == "in" and e.weight > 0]
    if serving:
        raise StepFailed(STILL_SERVED.format(servers=", ".join(serving)))


async def _versions(database: Database | None) -> list[str]:
    rows: tuple[Applied, ...] = () if database is None else await database.status()
    return [row.version for row in rows]


def _facts(before: Sequence[str], after: Sequence[str], applied: Sequence[str], run: RunInfo) -> dict[str, Json]:
    new = ", ".join(v for v in after if v not in before) or "-"
    detail = said(run, f"newly applied: {new}; {len(after)} in all", f"新执行：{new}；共 {len(after)} 个版本")
    return {
        "migrations.before": list(before), "migrations.after": list(after), "migrations.applied": list(applied),
        "detail": detail,
    }  # fmt: skip


def _text(path: str, project: Project) -> str:
    text = project.read(path)
    if text is None:
        raise StepFailed(Words(f"there is no script {path}", f"没有脚本 {path}"))
    return text


def _undo(migration: Migration, project: Project) -> str | None:
    return next((text for path in down_places(migration) if (text := project.read(path)) is not None), None)


PROTECTED = Words(
    "the schema of a protected environment is not taken back by a run", "运行不会自动回退受保护环境的数据库结构"
)
PROTECTED_HINT = Words(
    "look at what would be lost, then reverse the migrations by hand", "请先确认会丢失什么，再手工回退迁移"
)
NO_DATABASE = Words("nothing says which database this environment has", "未说明该环境使用哪个数据库")
NO_DATABASE_HINT = Words(
    'fill DATABASE_URL for it, or write [databases] NAME = "…" into the site file',
    '请填写该环境的 DATABASE_URL，或在站点文件 [databases] 中写明 名称 = "…"',
)
OTHER_CHECKSUM = Words(
    "{path} is not the script that the document states: SHA-256 {stated}… there, {found}… here",
    "{path} 与文档所述不一致：文档为 SHA-256 {stated}…，实际为 {found}…",
)
IRREVERSIBLE = Words("not marked reversible: {versions}", "未标记为可回滚：{versions}")
IRREVERSIBLE_HINT = Words("the schema stays as it is; nothing was reversed", "数据库结构保持不变，没有回滚任何版本")
NOT_NEWEST = Words("{version} is newer and was not applied by this run", "更新的版本 {version} 不是本次运行执行的")
WENT_WRONG = Words(
    "the document's command took away {gone}, which is not one of {left}; it is not called again",
    "文档中的命令回滚了 {gone}，而应为 {left} 之一；不再继续执行",
)
STILL_SERVED = Words("{servers} still serve the release that needs this schema", "{servers} 仍在运行需要该结构的版本")
