"""The way back is kept before anything changes: what runs, how it is configured, what the database holds."""

from __future__ import annotations

import hashlib
import json

from rollbook.binding.markers import idempotent, step
from rollbook.ports import Database, Host, Project
from rollbook.ports.deployment import DeploymentFacts
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.steps.shelling import carry_out, script_for
from rollbook.values import Json, RunInfo, Server, Words

DUMP = "backup/database.dump"


@step(
    "备份当前版本",
    "备份现有版本",
    "备份旧版本",
    "备份线上版本",
    "备份当前版本和数据库",
    "备份数据库",
    "back up the current version",
    "backup the current version",
    "back up the current release",
    "back up the running version",
    "back up the current version and the database",
    "back up the database",
    "take a backup",
    "take a backup of the current version",
    "take a backup of the database",
    "create a backup",
    "create a backup of the current version",
    "create a backup of the database",
    effect=idempotent,
)
async def back_up(
    servers: list[Server],
    host: Host,
    project: Project,
    deployment: DeploymentFacts,
    run: RunInfo,
    database: Database | None = None,
) -> dict[str, Json]:
    """Keep each server's release in the journal: image, digest, generation, and the checksum of its configuration,
    whose values stay on the server. Run the document's own backup commands. Dump the database, where one is known, and
    restore the dump once as its proof. Facts: backup.servers, backup.database (path), backup.tables (table → rows).
    Raises StepFailed where nobody knows what runs, or the dump does not restore."""
    kept = {server.name: await _kept(server, host) for server in servers}
    if script_for(deployment, "backup"):
        await carry_out("backup", deployment, project, run)
    running = sum(bool(entry) for entry in kept.values())
    if database is None:
        detail = said(
            run, f"{running} releases written down; no database", f"已记录 {running} 个实例的版本；不含数据库"
        )
        return {"backup.servers": kept, "detail": detail}
    path = project.scratch(DUMP)
    await database.dump(path)
    proof = await database.restore_proof(path)
    tables, rows = len(proof.tables), sum(proof.tables.values())
    detail = said(
        run,
        f"{running} releases written down; {tables} tables with {rows} rows, restored once as proof",
        f"已记录 {running} 个实例的版本；数据库 {tables} 张表共 {rows} 行，已试恢复一次",
    )
    return {"backup.servers": kept, "backup.database": str(path), "backup.tables": proof.tables, "detail": detail}


async def _kept(server: Server, host: Host) -> dict[str, Json]:
    """What the server runs; empty where it runs nothing."""
    state = await host.inspect(server)
    instance = state.instance(state.current)
    if instance is None:
        return {}
    if not instance.image.tag:
        raise StepFailed(Words(f"{server.name}: nobody knows what runs", f"{server.name}：无法得知运行的版本"))
    settings = json.dumps(dict(instance.configuration), ensure_ascii=False, sort_keys=True)
    return {
        "generation": instance.generation,
        "image": instance.image.tag,
        "digest": instance.image.digest,
        "configuration_sha256": hashlib.sha256(settings.encode()).hexdigest(),
    }
