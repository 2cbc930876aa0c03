"""A deployment document's own commands, by role, run in the project's shell (M27)."""

from __future__ import annotations

from rollbook.model.deployment import CommandRole
from rollbook.ports import Project
from rollbook.ports.deployment import DeploymentFacts
from rollbook.problems import StepFailed
from rollbook.values import RunInfo, Words

LIMIT_S = 1800.0


def script_for(facts: DeploymentFacts, role: CommandRole) -> str:
    """The document's commands of this role, each once; "" where none acts. Those under a condition (如需 …) are left
    out, but for the way down: who asks for it has met the condition (M27)."""
    commands = facts.commands.get(role, ())
    chosen = [c for c in commands if not c.guarded]
    if role == "migrate_down" and all(c.prepares for c in chosen):
        chosen = list(commands)
    return "\n".join(dict.fromkeys(c.text for c in chosen)) if any(not c.prepares for c in chosen) else ""


def environment_of(facts: DeploymentFacts, run: RunInfo) -> dict[str, str]:
    """What the commands find in their environment; secrets still by name, for the project to reveal (M5)."""
    given = {
        name.upper(): ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in run.parameters.items()
    }
    return {
        **facts.variables, **given, "VERSION": run.version, "ENVIRONMENT": run.environment, "ROLLBOOK_RUN": run.id,
    }  # fmt: skip


def kept(role: CommandRole) -> str:
    """Where their output is kept."""
    return f"output/{role}.log"


async def carry_out(role: CommandRole, facts: DeploymentFacts, project: Project, run: RunInfo) -> tuple[str, ...]:
    """Run them to the end and return their last lines. Raises StepFailed with these for any exit code but 0."""
    script = script_for(facts, role)
    ended = await project.shell(script, LIMIT_S, environment_of(facts, run), kept(role))
    if ended.code:
        first = script.splitlines()[0]
        words = Words(f"`{first}` ended with exit code {ended.code}", f"`{first}` 以退出码 {ended.code} 结束")
        raise StepFailed(words, ended.lines)
    return ended.lines
