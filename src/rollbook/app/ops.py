"""Use case: the operations commands of a deployment document, listed and run, outside any release."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollbook.binding.lifting import Lifted, lift, script_with
from rollbook.model.deployment import CommandFence, Deployment, Environment, ShellCommand
from rollbook.model.facts import DeploymentFacts, WorkloadTarget
from rollbook.model.operations import Build, Change, Logs, Offer, Push, Rollout, Scale
from rollbook.model.words import environment_identity
from rollbook.ports.cluster import Namespace
from rollbook.problems import ProblemsFound, Refused
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.model.site import Site

LIMIT_S = 600.0
"""For a command of the shell."""
DEPLOYMENT = "app"
"""Whose instances are meant where the command names no Deployment."""


def offers_of(document: Deployment) -> tuple[Offer, ...]:
    """The operations commands in document order, numbered from 1; what only prepares them is not one."""
    found = [(f, c) for f in document.fences for c in f.commands if c.role == "operations" and not c.prepares]
    return tuple(_offer(number, fence, command) for number, (fence, command) in enumerate(found, 1))


def chosen(offers: Sequence[Offer], text: str) -> Offer:
    """The offer of a number, or the only one whose comment or command holds `text`. Raises Refused naming what there
    is."""
    if text.isdecimal():
        found = [offer for offer in offers if offer.number == int(text)]
    else:
        wanted = text.casefold()
        exact = [o for o in offers if wanted in (o.command.comment.casefold(), o.command.text.casefold())]
        found = exact or [o for o in offers if wanted in f"{o.command.comment}\n{o.command.text}".casefold()]
    if len(found) == 1:
        return found[0]
    said = NONE_SUCH if not found else SEVERAL
    listed = " · ".join(f"{o.number} {o.command.comment or o.command.text}" for o in found or offers) or "-"
    raise Refused(said.format(text=text), LISTED.format(listed=listed))


def environment_of(document: Deployment, name: str) -> Environment | None:
    """The row of the environment table that `name` means (M1), else the only row; None for a document without rows.
    Raises Refused where the name is none of them, or is needed and missing."""
    rows = document.environments
    known = ", ".join(row.name for row in rows) or "-"
    if not name:
        if len(rows) > 1:
            raise Refused(WHICH, WHICH_HINT.format(known=known))
        return rows[0] if rows else None
    exact = [row for row in rows if row.name == name]
    found = exact or [row for row in rows if environment_identity(row.name) == environment_identity(name)]
    if len(found) != 1:
        raise Refused(NO_ENVIRONMENT.format(name=name), WHICH_HINT.format(known=known))
    return found[0]


def environment_given(parameters: Sequence[str]) -> str:
    """The environment of `-p environment=NAME`; "" where none is given. Raises Refused for any other parameter."""
    from rollbook.app.plan import given_parameters

    given = given_parameters(parameters)
    other = next((name for name in given if name != "environment"), None)
    if other is not None:
        raise Refused(Words(f"operations commands know no parameter {other}", f"运维命令没有参数 {other}"))
    return str(given.get("environment", ""))


def place_of(environment: Environment | None, document: Deployment, site: Site) -> Namespace:
    """Where the environment's workloads live (M29)."""
    from rollbook.planning.deployment.targets import targets_of

    target = targets_of(environment or Environment(""), document, site)[0]
    return Namespace(target.cluster, target.namespace)


def read_deployment(path: str) -> Deployment:
    """Raises ProblemsFound where the document has errors, Refused where it is of another kind."""
    from rollbook.documents import load, read

    reading = read(load(Path(path)))
    errors = [problem for problem in reading.problems if problem.severity == "error"]
    if errors:
        raise ProblemsFound(reading.problems)
    if not isinstance(reading.document, Deployment):
        raise Refused(NO_DEPLOYMENT.format(path=path), NO_DEPLOYMENT_HINT)
    return reading.document


def run_offer(
    offer: Offer,
    place: Namespace,
    site: Site,
    told: Callable[[str], None],
    environment: str = "",
    document: Deployment | None = None,
) -> int:
    """Run it where the environment lives; its lines go to `told` as they come. Returns its exit code. Shell finds the
    environment's variables, of `document`. Raises Refused where the site is not up, StepFailed where the cluster
    refuses."""
    return asyncio.run(_run(offer, place, site, told, environment, document))


async def _run(
    offer: Offer, place: Namespace, site: Site, told: Callable[[str], None], environment: str,
    document: Deployment | None,
) -> int:  # fmt: skip
    from rollbook.steps.operations import carry_out
    from rollbook.wiring import live_cluster, project_for

    target = WorkloadTarget(place.cluster, place.namespace, DEPLOYMENT)
    facts = _facts(document, environment, site) if document else DeploymentFacts("", Environment(environment))
    project = project_for(site, "ops", msgspec.structs.replace(facts, targets=(target,)))
    if offer.operation is None:
        refuse_escaping(offer)
        return (await project.shell(_script(offer), LIMIT_S, facts.variables, "output/ops.log", told)).code
    refuse_changing(offer)
    workload = place.workload(getattr(offer.operation, "deployment", "") or DEPLOYMENT)
    cluster = await live_cluster(site, workload, environment)
    for line in await carry_out(offer.operation, place, cluster, project, {}):
        told(line)
    return 0


def _facts(document: Deployment, environment: str, site: Site) -> DeploymentFacts:
    """What the environment is given, secrets by name, as a release of it would be (M3, M5)."""
    from rollbook.app.survey import project_root, survey
    from rollbook.planning.deployment.outcome import facts_for
    from rollbook.planning.deployment.places import ground_of

    found = survey([document], {"environment": environment}, site, project_root(site))
    return facts_for(ground_of(document, environment, site, found))


def refuse_changing(offer: Offer) -> None:
    """Raise Refused for what would change which release runs: only a run does that, which remembers and judges."""
    op = offer.operation
    if isinstance(op, Change | Build | Push) or (isinstance(op, Rollout) and op.verb not in ("status", "history")):
        command = offer.command.text.split("\n")[0]
        raise Refused(CHANGES.format(command=command), CHANGES_HINT)


def refuse_escaping(offer: Offer) -> None:
    """Raise Refused for a command that chooses its cluster by itself (M29)."""
    if option := offer.command.chooses:
        raise Refused(ESCAPES.format(option=option), ESCAPES_HINT)


def drift_of(offer: Offer, document: Deployment, environment: Environment | None, site: Site) -> Words | None:
    """What a scaling leaves behind: another number of instances than the document gives the environment (M23)."""
    from rollbook.planning.deployment.places import ground_of

    op = offer.operation
    if not isinstance(op, Scale) or environment is None:
        return None
    given = ground_of(document, environment.name, site, {}).replicas
    if given is None or given == op.replicas:
        return None
    return DRIFT.format(environment=environment.name, given=given, now=op.replicas)


def is_followed(offer: Offer) -> bool:
    """Whether the command asks to be followed, which this version answers with what there is."""
    return isinstance(offer.operation, Logs) and offer.operation.follow


def _offer(number: int, fence: CommandFence, command: ShellCommand) -> Offer:
    lifted = lift([command])
    if isinstance(lifted, Lifted):
        return Offer(number, command, fence, lifted.ops[0])
    return Offer(number, command, fence, None, lifted.reason)


def _script(offer: Offer) -> str:
    """The command with everything above it in its fence that prepares it."""
    return script_with(offer.fence, (offer.command,))


NONE_SUCH = Words("no operations command is “{text}”", "没有运维命令“{text}”")
SEVERAL = Words("several operations commands hold “{text}”", "有多条运维命令包含“{text}”")
LISTED = Words("choose by number: {listed}", "请按编号选择：{listed}")
WHICH = Words("in which environment?", "在哪个环境执行？")
WHICH_HINT = Words("say `-p environment=NAME`: {known}", "请用 `-p environment=名称` 指定：{known}")
NO_ENVIRONMENT = Words("the document has no environment {name}", "文档中没有环境 {name}")
NO_DEPLOYMENT = Words("{path} is not a deployment document", "{path} 不是部署文档")
NO_DEPLOYMENT_HINT = Words(
    "operations commands are read from a deployment document's operations section",
    "运维命令取自部署文档的运维部分",
)
CHANGES = Words(
    "`{command}` would change what runs, outside any run",
    "`{command}` 会在没有运行记录的情况下改变正在运行的内容",
)
CHANGES_HINT = Words(
    "release with `rollbook run`, go back with `rollbook rollback`: they remember what ran before and judge what runs",
    "请用 `rollbook run` 发布，用 `rollbook rollback` 回退：它们记录之前的版本并判断新版本",
)
ESCAPES = Words("the command chooses its cluster by {option}", "命令用 {option} 自行选择集群")
ESCAPES_HINT = Words(
    "leave it out: the environment says which cluster and namespace are meant",
    "请去掉它：所用的集群与命名空间由环境决定",
)
DRIFT = Words(
    "drift: the document gives {environment} {given} replicas, not {now}; its next run sets {given} again",
    "偏差：文档中 {environment} 的副本数为 {given}，而不是 {now}；下次运行会恢复为 {given}",
)
