"""What a run that went back left of its migrations, and what to type to take them back too (M31)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model.events import Finished, SchemaRecorded
from rollbook.model.migrations import SchemaLeft
from rollbook.values import Words
from rollbook.views.log import Log

ENDED_BACK = ("rolled_back", "aborted", "failed")


def schema_left(log: Log) -> SchemaLeft | None:
    """None while the run goes on or after it went through, and where nothing was migrated or all of it is back."""
    state, deployment = log.state, log.plan.deployment
    if deployment is None or not state.schema.touched or state.ending not in ENDED_BACK:
        return None
    facts = {name: value for _, done in log.of(Finished) for name, value in done.data.items()}
    reversed_ = facts.get("migrations.reversed") or []
    applied = facts.get("migrations.applied")
    left = tuple(str(v) for v in applied or () if v not in reversed_)
    if applied is not None and not left:
        return None
    recorded = log.last(SchemaRecorded)
    before = recorded.versions if recorded else None
    return SchemaLeft(left, deployment.document, log.plan.environment, before[-1] if before else "0")


def schema_lines(left: SchemaLeft | None, language: str) -> Iterator[str]:
    """For people: what stays, and the next command."""
    if left is None:
        return
    where = {"document": left.document, "environment": left.environment, "to": left.to}
    if left.versions:
        yield STAYS.format(versions=", ".join(left.versions)).said(language)
        yield f"  {BACK.format(**where).said(language)}"
    else:
        yield UNKNOWN.said(language)
        yield f"  {LOOK.format(**where).said(language)}"


STAYS = Words("the schema stays migrated: {versions}", "数据库结构保持迁移后的状态：{versions}")
BACK = Words(
    "to take it back: rollbook migrate down {document} -p environment={environment} --to {to}",
    "如需回退：rollbook migrate down {document} -p environment={environment} --to {to}",
)
UNKNOWN = Words("a migration was begun; what it applied stays", "迁移已经开始，已执行的部分保持不变")
LOOK = Words(
    "see it: rollbook migrate status {document} -p environment={environment}",
    "查看：rollbook migrate status {document} -p environment={environment}",
)
