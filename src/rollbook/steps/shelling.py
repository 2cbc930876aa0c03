"""A deployment document's own commands, by role, run in the project's shell (M27)."""

from __future__ import annotations

from rollbook.model.deployment import CommandRole
from rollbook.ports import Project
from rollbook.ports.deployment import DeploymentFacts
from rollbook.problems import StepFailed
from rollbook.values import RunInfo, Words

LIMIT_S = 1800.0


def script_for(facts: DeploymentFacts, role: CommandRole) -> str:
    """The document's commands of this role, each once; conditional ones only where there are no others; "" without."""
    commands = facts.commands.get(role, ())
    chosen = [c.text for c in commands if not c.guarded] or [c.text for c in commands]
    return "\n".join(dict.fromkeys(chosen))


def environment_of(facts: DeploymentFacts, run: RunInfo) -> dict[str, str]:
    """What the commands find in their environment; secrets still by name, for the project to reveal (M5)."""
    given = {
        name.upper(): ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in run.parameters.items()
    }
    return {
        **facts.variables, **given, "VERSION": run.version, "ENVIRONMENT": run.environment, "ROLLBOOK_RUN": run.id,
    }  # fmt: skip


async def carry_out(role: CommandRole, facts: DeploymentFacts, project: Project, run: RunInfo) -> tuple[str, ...]:
    """Run them to the end and return their last lines. Raises StepFailed with these for any exit code but 0."""
    script = script_for(facts, role)
    ended = await project.shell(script, LIMIT_S, environment_of(facts, run), f"output/{role}.log")
    if ended.code:
        first = script.splitlines()[0]
        words = Words(f"`{first}` ended with exit code {ended.code}", f"`{first}` 以退出码 {ended.code} 结束")
        raise StepFailed(words, ended.lines)
    return ended.lines
