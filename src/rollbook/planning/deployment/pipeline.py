"""The pipeline of a deployment document, planned node by node (DESIGN §3).

deploy nodes     the documents' own plan for that environment; the first run that has an image builds it, later ones
                 take it (M21)
other nodes      a plan of one step: the project's own function for the node's text, else what its kind means
manual marks     a deploy node's mark is its environment's gate (M2); any other node's an approval in front of it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rollbook.binding.library import Library
from rollbook.model.deployment import Deployment, PipelineNode
from rollbook.model.plan import Plan
from rollbook.model.promotion import Node
from rollbook.model.site import Site
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Document, Workflow
from rollbook.planning.deployment.hiding import discreet
from rollbook.planning.deployment.nodes import Wanted, workflow_of
from rollbook.planning.deployment.outcome import facts_for
from rollbook.planning.deployment.places import ground_of
from rollbook.planning.deployment.promoted import builds, takes_image
from rollbook.planning.findings import Findings
from rollbook.planning.plan import make_plan
from rollbook.planning.spine import parameter_named
from rollbook.problems import ProblemsFound
from rollbook.values import Json, Words


class Wish(msgspec.Struct, frozen=True):
    """What is to be promoted. `facts`: environment → what the survey found for it; `own`: environment → parameters that
    are for it alone. `integration`: whether the project has integration tests."""

    documents: tuple[Document, ...]
    deployment: Deployment
    given: Mapping[str, Json]
    site: Site
    library: Library
    facts: Mapping[str, Mapping[str, Json]] = {}
    own: Mapping[str, Mapping[str, Json]] = {}
    manual: bool = False
    strategy: str = ""
    integration: bool = False
    commit: str = ""


def plan_nodes(wish: Wish, until: int) -> tuple[Node, ...]:
    """The first `until` nodes of the drawing, each with its plan. Raises ProblemsFound with the problems of all."""
    drawn, nodes = wish.deployment.pipeline[:until], list[Node]()
    findings = Findings(wish.deployment.source.path)
    for number, node in enumerate(drawn, 1):
        try:
            nodes.append(_node(number, node, drawn, nodes, wish, findings))
        except ProblemsFound as found:
            findings.extend(found.problems)
    findings.refuse()
    return tuple(_named_alike(nodes))


def environments_of(deployment: Deployment, until: int, site: Site) -> tuple[str, ...]:
    """Environments that the nodes deploy to, in order, as the environment list spells them."""
    rows = (_row(n, deployment, site) for n in deployment.pipeline[:until] if n.kind == "deploy")
    return tuple(dict.fromkeys(name for name in rows if name))


def _node(
    number: int, node: PipelineNode, drawn: Sequence[PipelineNode], before: Sequence[Node], wish: Wish,
    findings: Findings,
) -> Node:  # fmt: skip
    made = Node(number, node.text, node.kind, node.environment, node.mark, node.mark_text, node.at.line)
    if node.kind == "deploy":
        return _deployed(made, node, before, wish, findings)
    if _is_gate(node) and _gated_by_next(number, drawn, wish):
        return msgspec.structs.replace(made, note=_said(GATED.format(next=drawn[number].text), wish))
    how = (
        (BY_MERGE.format(commit=wish.commit[:12]) if wish.commit else BY_HAND) if node.mark == "pull_request" else None
    )
    note = _said(how, wish) if how else ""
    return msgspec.structs.replace(made, plan=_plan_step(made, node, before, wish), note=note)


def _deployed(made: Node, node: PipelineNode, before: Sequence[Node], wish: Wish, findings: Findings) -> Node:
    name = _row(node, wish.deployment, wish.site)
    if not name:
        listed = ", ".join(e.name for e in wish.deployment.environments)
        said = (
            NO_ROW.format(text=node.text, name=node.environment) if node.environment else NOWHERE.format(text=node.text)
        )
        findings.add("environment-unmapped", node.at, said, NO_ROW_HINT.format(rows=listed or "—"))
        return made
    made = msgspec.structs.replace(made, environment=name)
    previous = next((n for n in reversed(before) if n.kind == "deploy"), None)
    if previous is not None and environment_identity(previous.environment) == environment_identity(name):
        return msgspec.structs.replace(made, note=_said(SAME.format(text=previous.text), wish))
    plan = _plan_deployment(name, wish)
    return msgspec.structs.replace(made, plan=takes_image(plan, wish.library) if _has_image(before) else plan)


def _row(node: PipelineNode, deployment: Deployment, site: Site) -> str:
    """The environment's name in the list; where the document has no such list, the node's own."""
    if not deployment.environments:
        return node.environment
    row = ground_of(deployment, node.environment, site, {}).row
    return row.name if row else ""


def _plan_deployment(environment: str, wish: Wish) -> Plan:
    """The documents' plan for this environment, as `run` would make it."""
    template = next((d for d in wish.documents if isinstance(d, Workflow)), None)
    name = parameter_named("environment", template, "string") if template else "environment"
    given = {**wish.given, **wish.own.get(environment, {}), name or "environment": environment}
    return make_plan(
        wish.documents, given, wish.site, wish.facts.get(environment), strategy=wish.strategy, manual=wish.manual,
        library=wish.library,
    )  # fmt: skip


def _plan_step(made: Node, node: PipelineNode, before: Sequence[Node], wish: Wish) -> Plan:
    """A plan of one step, in the environment that was deployed to before it, or that it names."""
    environment = _row(node, wish.deployment, wish.site) if node.environment else _last_environment(before)
    wanted = Wanted(made, node, wish.deployment, wish.library, wish.site, environment, wish.integration)
    given = {"environment": environment, "version": _version(wish), "commit": wish.commit}
    plan = make_plan(
        [workflow_of(wanted)], {k: v for k, v in given.items() if v}, wish.site, {}, manual=wish.manual,
        library=wish.library,
    )  # fmt: skip
    ground = ground_of(wish.deployment, environment, wish.site, wish.facts.get(environment, {}))
    # Variables, probes and domain are for the tests; the checklist is closed by deployments alone.
    facts = msgspec.structs.replace(facts_for(ground), checklist=()) if ground.row is not None else None
    kept = discreet((wish.deployment,), plan.documents)
    return msgspec.structs.replace(plan, deployment=facts, documents=kept)


def _version(wish: Wish) -> Json:
    template = next((d for d in wish.documents if isinstance(d, Workflow)), None)
    name = parameter_named("version", template, "string") if template else "version"
    return wish.given.get(name or "version", wish.deployment.release_version.text)


def _last_environment(before: Sequence[Node]) -> str:
    return next((n.environment for n in reversed(before) if n.kind == "deploy"), "")


def _has_image(before: Sequence[Node]) -> bool:
    """Whether a node ahead leaves an image."""
    return any(n.plan is not None and (n.kind == "deploy" or any(map(builds, n.plan.items().values()))) for n in before)


def _is_gate(node: PipelineNode) -> bool:
    """A node that is nothing but a person's yes."""
    return node.kind == "other" and node.mark == "manual"


def _gated_by_next(number: int, drawn: Sequence[PipelineNode], wish: Wish) -> bool:
    """Whether the deploy node behind it opens that gate by itself (M2: one gate, not two)."""
    following = drawn[number] if number < len(drawn) else None
    if following is None or following.kind != "deploy":
        return False
    return ground_of(wish.deployment, following.environment, wish.site, {}).protected


def _named_alike(nodes: Sequence[Node]) -> Iterator[Node]:
    """The image node builds under the name that the first deployment starts."""
    first = next((n.plan.image for n in nodes if n.kind == "deploy" and n.plan), None)
    for node in nodes:
        if node.kind == "deploy" or node.plan is None or first is None:
            yield node
        else:
            yield msgspec.structs.replace(node, plan=msgspec.structs.replace(node.plan, image=first))


def _said(text: Words, wish: Wish) -> str:
    return text.said(wish.deployment.language)


NO_ROW = Words("“{text}”: the environment list has no “{name}”", "“{text}”：环境列表中没有“{name}”")
NOWHERE = Words("“{text}” names no environment", "“{text}”没有写明环境")
NO_ROW_HINT = Words(
    "name one of: {rows}; or add a row to the environment list", "请写其中之一：{rows}；或在环境列表中加一行"
)
GATED = Words("its gate is the one that “{next}” opens", "其关口即“{next}”打开的关口")
BY_HAND = Words("started by hand", "手动启动")
BY_MERGE = Words("started for the merge {commit}", "为合并 {commit} 启动")
SAME = Words("“{text}” goes through all stages of this environment already", "“{text}”已走完该环境的所有阶段")
