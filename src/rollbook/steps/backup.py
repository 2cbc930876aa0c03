"""What runs now is written down, and shown to be there to return to, before anything is changed."""

from __future__ import annotations

import hashlib
import json

from rollbook.binding.markers import idempotent, step
from rollbook.ports import Host
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.values import Json, RunInfo, Server, Words


@step(
    "备份当前版本",
    "备份现有版本",
    "备份旧版本",
    "back up the current version",
    "backup the current version",
    "back up the current release",
    effect=idempotent,
)
async def back_up(servers: list[Server], host: Host, run: RunInfo) -> dict[str, Json]:
    """Keep each server's release in the journal: image, digest, generation, and the checksum of its configuration,
    whose values stay on the server. Facts: backup.servers. Raises StepFailed where nobody knows what runs."""
    kept = {server.name: await _kept(server, host) for server in servers}
    running = sum(bool(entry) for entry in kept.values())
    detail = said(run, f"{running} releases written down; no database", f"已记录 {running} 个实例的版本；不含数据库")
    return {"backup.servers": kept, "detail": detail}


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
