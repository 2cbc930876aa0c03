"""Database migrations (M31): by the document's own command, else from its table of scripts.

What was applied before this run touched the database is in the journal (`RunInfo.schema`); what this run applied is
what is applied now and was not then. So a crash between the command and its record loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.binding.markers import idempotent, step
from rollbook.model.deployment import Migration
from rollbook.ports import Database, Project
from rollbook.ports.database import Script, checksum
from rollbook.ports.deployment import DeploymentFacts
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.steps.shelling import LIMIT_S, carry_out, kept, script_for
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
    migrates=True,
    limit_s=LIMIT_S,
)
async def up(deployment: DeploymentFacts, project: Project, run: RunInfo, database: Database | None) -> dict[str, Json]:
    """Bring the schema up, and note which versions were applied before and after. Raises Unreachable where the database
    does not say: then nothing is done, or nothing further."""
    before = await versions(database)
    before = before if run.schema is None else list(run.schema)
    if script_for(deployment, "migrate_up"):
        return await _by_command(before, deployment, project, run, database)
    if not deployment.migrations:
        return {"detail": said(run, "no migrations", "没有数据库迁移")}
    if database is None:
        raise StepFailed(NO_DATABASE, (), NO_DATABASE_HINT)
    try:
        await database.up(scripts_of(deployment.migrations, project), run.id)
    except StepFailed as error:
        raise StepFailed(error.words, error.output, _with_next(error.hint, deployment, run)) from error
    rows = await database.status()
    applied = [a.version for a in rows if a.run == run.id]
    return _facts(before, [a.version for a in rows], applied, run, origin(applied, deployment, project))


def scripts_of(migrations: Sequence[Migration], project: Project) -> tuple[Script, ...]:
    """The table's scripts with their texts. Raises StepFailed for one that is not there, or is not the one whose
    checksum the document states."""
    scripts = [Script(m.version, m.script, _text(m.script, project), undo_of(m, project)) for m in migrations]
    for migration, script in zip(migrations, scripts, strict=True):
        stated = migration.checksum.lower().removeprefix("sha256:")
        if stated and not script.checksum.startswith(stated):
            raise StepFailed(OTHER_CHECKSUM.format(path=script.path, stated=stated[:12], found=script.checksum[:12]))
    return tuple(scripts)


def down_places(migration: Migration) -> tuple[str, ...]:
    """Where the script that reverses another may lie, by the customs of the field."""
    if migration.down_script:
        return (migration.down_script,)
    stem = migration.script.removesuffix(".sql").removesuffix(".up")
    folder, _, name = stem.rpartition("/")
    undo = f"{folder}/U{name[1:]}.sql".lstrip("/")
    return (f"{stem}.down.sql", f"{stem}_down.sql", *((undo,) if name.startswith("V") else ()))


def undo_of(migration: Migration, project: Project) -> str | None:
    """The text of the script that reverses a migration, None where there is none."""
    return next((text for path in down_places(migration) if (text := project.read(path)) is not None), None)


async def versions(database: Database | None) -> list[str]:
    """Applied versions, oldest first; none where nothing says which database it is. Raises Unreachable."""
    return [] if database is None else [row.version for row in await database.status()]


async def refuse_while_held(database: Database | None) -> None:
    """Raise StepFailed where a lock that is a row keeps a tool from migrating: it would wait, or fail, for ever, and
    only a person can know that whoever took it is dead (F9). Other locks end with their holder: the tool waits."""
    held = await database.holder() if database is not None else None
    if held is not None and held.row:
        raise StepFailed(HELD.format(row=held.row, who=held.who), (), HELD_HINT.format(release=held.release))


async def _by_command(
    before: Sequence[str], deployment: DeploymentFacts, project: Project, run: RunInfo, database: Database | None
) -> dict[str, Json]:
    """Look, act, verify: what an engine that died left running is waited for first, and what it brought to its end is
    not begun again."""
    await project.outlast(kept("migrate_up"), LIMIT_S)
    now, wanted = await versions(database), [m.version for m in deployment.migrations]
    if list(now) == list(before) or not set(wanted) <= set(now):
        await refuse_while_held(database)
        try:
            await carry_out("migrate_up", deployment, project, run)
        except StepFailed as error:
            raise _told(error, before, await versions(database), wanted, deployment, run) from error
        now = await versions(database)
    missing = [v for v in wanted if v not in now]
    if missing and set(wanted) & set(now):
        raise StepFailed(NOT_ALL.format(missing=", ".join(missing)), (), next_command(deployment, run))
    applied = [v for v in now if v not in before]
    facts = _facts(before, now, applied, run, origin(applied, deployment, project))
    return facts if database else {**facts, "detail": UNSEEN.said(run.language)}


def _told(
    error: StepFailed, before: Sequence[str], after: Sequence[str], wanted: Sequence[str],
    deployment: DeploymentFacts, run: RunInfo,
) -> StepFailed:  # fmt: skip
    """The command's failure with how far it came, as the database tells it."""
    new, missing = [v for v in after if v not in before], [v for v in wanted if v not in after]
    how = HOW_FAR.format(new=", ".join(new) or "-", missing=", ".join(missing) or "-")
    words = Words(f"{error.words.en}; {how.en}", f"{error.words.zh}；{how.zh}")
    return StepFailed(words, error.output, _with_next(error.hint, deployment, run))


def _with_next(hint: Words, deployment: DeploymentFacts, run: RunInfo) -> Words:
    following = next_command(deployment, run)
    return Words(f"{hint.en}; {following.en}", f"{hint.zh}；{following.zh}") if hint.en else following


def next_command(deployment: DeploymentFacts, run: RunInfo) -> Words:
    """What to type after a migration that did not come through."""
    return NEXT.format(document=deployment.document, environment=run.environment)


def origin(applied: Sequence[str], deployment: DeploymentFacts, project: Project) -> dict[str, Json]:
    """Which database was changed, and by which scripts: their checksums, for tools that keep none."""
    texts = {m.version: project.read(m.script) for m in deployment.migrations if m.version in applied}
    sums = {version: checksum(text) for version, text in texts.items() if text is not None}
    return {"migrations.database": deployment.database, "migrations.checksums": sums}


def _facts(
    before: Sequence[str], after: Sequence[str], applied: Sequence[str], run: RunInfo, more: dict[str, Json]
) -> dict[str, Json]:
    new = ", ".join(v for v in after if v not in before) or "-"
    detail = said(run, f"newly applied: {new}; {len(after)} in all", f"新执行：{new}；共 {len(after)} 个版本")
    return {
        "migrations.before": list(before), "migrations.after": list(after), "migrations.applied": list(applied),
        "detail": detail, **more,
    }  # fmt: skip


def _text(path: str, project: Project) -> str:
    text = project.read(path)
    if text is None:
        raise StepFailed(Words(f"there is no script {path}", f"没有脚本 {path}"))
    return text


NO_DATABASE = Words("nothing says which database this environment has", "未说明该环境使用哪个数据库")
NO_DATABASE_HINT = Words(
    'fill DATABASE_URL for it, or write [databases] NAME = "…" into the site file',
    '请填写该环境的 DATABASE_URL，或在站点文件 [databases] 中写明 名称 = "…"',
)
OTHER_CHECKSUM = Words(
    "{path} is not the script that the document states: SHA-256 {stated}… there, {found}… here",
    "{path} 与文档所述不一致：文档为 SHA-256 {stated}…，实际为 {found}…",
)
UNSEEN = Words(
    "the command ended well; nothing says which database it changed, so what it applied is not known",
    "命令已正常结束；未说明所针对的数据库，无法得知执行了哪些迁移",
)
HOW_FAR = Words("newly applied: {new}; not applied: {missing}", "新执行：{new}；尚未执行：{missing}")
NOT_ALL = Words(
    "the document's command ended well, but {missing} is not applied", "文档中的命令正常结束，但 {missing} 并未执行"
)
NEXT = Words(
    "see what is applied: `rollbook migrate status {document} -p environment={environment}`",
    "查看已执行的版本：`rollbook migrate status {document} -p environment={environment}`",
)
HELD = Words("{row} says that somebody is migrating: {who}", "{row} 表示有人正在迁移：{who}")
HELD_HINT = Words(
    "make sure that it is dead, then take its lock away with `{release}`: a killed process leaves such a lock behind",
    "请确认该进程已结束，再用 `{release}` 解除其锁：被杀死的进程会留下这种锁",
)
