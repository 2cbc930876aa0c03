"""Use case: from a deployment document's pipeline to a promotion: every node planned, everything wrong said at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from rollbook.app.plan import PlanRequest, given_parameters, read_documents, refuse_options
from rollbook.model.deployment import Deployment, PipelineNode
from rollbook.model.events import RunCreated
from rollbook.model.literals import normalised
from rollbook.model.promotion import PREFIX, Node, Promotion
from rollbook.model.words import environment_identity
from rollbook.problems import Conflict, Refused
from rollbook.values import Json, Words

if TYPE_CHECKING:
    from rollbook.app.places import Place
    from rollbook.model.site import Site
    from rollbook.planning.deployment.pipeline import Wish


class PromoteRequest(msgspec.Struct, frozen=True):
    """What was typed. `until`: the last node that is walked, by number, text or environment; `start`: the first one,
    the nodes ahead of it having been passed by an earlier promotion of this version."""

    options: PlanRequest
    until: str = ""
    start: str = ""
    commit: str = ""
    command: str = ""
    """The command line without `--from`."""


class Prepared(msgspec.Struct, frozen=True):
    """A promotion as planned, and the site it is for. `start`: index of the first node to be walked."""

    promotion: Promotion
    site: Site
    start: int = 0


def prepare(request: PromoteRequest) -> Prepared:
    """Plan every node. Raises ProblemsFound with every problem, Refused where there is no pipeline to walk."""
    from rollbook.planning.deployment.pipeline import plan_nodes
    from rollbook.planning.sites import load_site

    site = load_site(request.options.site)
    refuse_options(request.options, site)
    documents = read_documents(request.options.documents)
    deployment = the_pipeline(documents)
    until = 1 + index_of(request.until, deployment.pipeline) if request.until else len(deployment.pipeline)
    if request.commit and all(node.kind != "commit" for node in deployment.pipeline[:until]):
        raise Refused(NO_COMMIT_NODE.format(commit=request.commit[:12]), NO_COMMIT_HINT)
    start = index_of(request.start, deployment.pipeline[:until]) if request.start else 0
    wish = _wish(request, documents, deployment, until, site)
    nodes = plan_nodes(wish, until)
    return Prepared(_promotion(nodes, wish, request), site, start)


def the_pipeline(documents: Sequence[object]) -> Deployment:
    """The document that has one. Raises Refused."""
    deployment = next((d for d in documents if isinstance(d, Deployment)), None)
    if deployment is None:
        raise Refused(NO_DEPLOYMENT, NO_DEPLOYMENT_HINT)
    if not deployment.pipeline:
        raise Refused(NO_PIPELINE.format(path=deployment.source.path), NO_PIPELINE_HINT)
    if not any(node.kind == "deploy" for node in deployment.pipeline):
        raise Refused(NO_DEPLOY.format(path=deployment.source.path), NO_PIPELINE_HINT)
    return deployment


def index_of(name: str, nodes: Sequence[PipelineNode]) -> int:
    """The node of that number, text, environment, or unique part of its text. Raises Refused naming those there are."""
    wanted = normalised(name).casefold()
    texts = [normalised(node.text).casefold() for node in nodes]
    identity = environment_identity(name)
    ways = (
        [i for i in range(len(nodes)) if wanted == str(i + 1)],
        [i for i, text in enumerate(texts) if text == wanted],
        [i for i, n in enumerate(nodes) if n.kind == "deploy" and environment_identity(n.environment) == identity],
        [i for i, text in enumerate(texts) if wanted and wanted in text],
    )
    found = next((way for way in ways if way), [])
    if len(found) != 1:
        listed = ", ".join(f"{i} {node.text}" for i, node in enumerate(nodes, 1))
        raise Refused((UNKNOWN_NODE if not found else WHICH_NODE).format(name=name), NODES.format(nodes=listed))
    return found[0]


def refuse_blocked(promotion: Promotion) -> None:
    """Raise Refused with everything that stands in the way of any node, and how far the promotion could go."""
    blocked = [n for n in promotion.nodes if n.runs and n.plan is not None and n.plan.blockers]
    if not blocked:
        return
    listed = "; ".join(f"{n.text}: {b.rule}: {b.text}" for n in blocked for b in (n.plan.blockers if n.plan else ()))
    hint = next((b.hint for n in blocked if n.plan for b in n.plan.blockers if b.hint), "")
    ahead = next((n for n in reversed(promotion.nodes) if n.number < blocked[0].number and n.runs), None)
    both = HINT_UNTIL.format(hint=hint, node=ahead.text) if ahead else Words(hint, hint)
    raise Refused(BLOCKED.format(listed=listed), both)


def start_promotion(promotion: Promotion, place: Place, time_scale: float = 1.0) -> str:
    """Journal a new promotion; nothing is started yet. Returns its id. Raises Refused where nodes have blockers, and
    while another promotion of this document and version has not ended."""
    from rollbook.app.run import new_id
    from rollbook.wiring import embedded_site

    refuse_blocked(promotion)
    embedded_site(place.site)
    run, body = PREFIX + new_id(), canonical(promotion)
    key, site = sha256(body).hexdigest(), place.site
    title = TITLE.format(title=promotion.title).said(promotion.language)
    named = {"environment": promotion.environment, "version": promotion.version, "title": title}
    created = RunCreated(
        run, key, promotion.environment, promotion.version, site.initiator, site.path or site.name, time_scale
    )
    try:
        place.journal.create(
            run, key, body, {**named, "at": repr(time.time())}, [created], targets=(claim_of(promotion),)
        )
    except Conflict as held:
        raise Refused(held.words, held.hint) from held
    return run


def canonical(promotion: Promotion) -> bytes:
    """One spelling for one promotion."""
    return msgspec.json.encode(promotion, order="sorted")


def claim_of(promotion: Promotion) -> str:
    """What a promotion holds against another one of the same version, until it ends."""
    return f"{promotion.site}/pipeline/{promotion.document}@{promotion.version}"


def _wish(
    request: PromoteRequest, documents: tuple[object, ...], deployment: Deployment, until: int, site: Site
) -> Wish:
    from rollbook.app.plan import facts_of
    from rollbook.app.survey import project_root
    from rollbook.binding.library import library_for
    from rollbook.planning.deployment.pipeline import Wish, environments_of
    from rollbook.steps.tests import has_integration_tests

    options, environments = request.options, environments_of(deployment, until, site)
    given, own = apart(given_parameters(options.parameters), environments)
    surveyed = {e: facts_of(documents, {"environment": e}, site) for e in environments}  # type: ignore[arg-type]
    root = project_root(site)
    return Wish(
        documents, deployment, given, site, library_for(options.documents, site.steps, site.directory, site.path),  # type: ignore[arg-type]
        surveyed, own, options.manual, options.strategy, has_integration_tests(root), request.commit,
    )  # fmt: skip


def apart(given: Mapping[str, str], environments: Sequence[str]) -> tuple[dict[str, Json], dict[str, dict[str, Json]]]:
    """Parameters of every node, and those written `ENVIRONMENT.NAME=VALUE`, which are for one environment alone. The
    environment itself is the pipeline's to say: Refused."""
    plain: dict[str, Json] = {}
    own: dict[str, dict[str, Json]] = {}
    identities = {environment_identity(e): e for e in environments}
    for name, value in given.items():
        head, dot, rest = name.partition(".")
        if dot and (environment := identities.get(environment_identity(head))):
            own.setdefault(environment, {})[rest] = value
        elif name.casefold() == "environment":
            raise Refused(NO_ENVIRONMENT, NO_ENVIRONMENT_HINT)
        else:
            plain[name] = value
    return plain, own


def _promotion(nodes: tuple[Node, ...], wish: Wish, request: PromoteRequest) -> Promotion:
    plans = [n.plan for n in nodes if n.plan]
    deployed = [n for n in nodes if n.kind == "deploy"]
    source, version = wish.deployment.source, next((n.plan.version for n in deployed if n.plan), "")
    return Promotion(
        wish.deployment.title, wish.deployment.language, source.path, source.sha256,
        version or next((p.version for p in plans), ""), deployed[-1].environment if deployed else "", wish.site.name,
        wish.site.initiator, nodes, request.commit, command=request.command,
    )  # fmt: skip


TITLE = Words("{title} · pipeline", "{title} · 流水线")
NO_DEPLOYMENT = Words("no deployment document was named", "没有给出部署文档")
NO_DEPLOYMENT_HINT = Words(
    "a template alone has no pipeline; use `rollbook run`", "单独的模板没有流水线；请用 `rollbook run`"
)
NO_PIPELINE = Words("{path} draws no pipeline", "{path} 没有流水线图")
NO_PIPELINE_HINT = Words(
    "draw it under a heading such as “CI/CD pipeline”: build → deploy DEV → deploy PROD; or use `rollbook run`",
    "请在“CI/CD流水线”之类的标题下画出：构建 → 部署DEV → 部署PROD；或使用 `rollbook run`",
)
NO_DEPLOY = Words("the pipeline of {path} deploys to no environment", "{path} 的流水线没有部署到任何环境")
UNKNOWN_NODE = Words("the pipeline has no node “{name}”", "流水线中没有节点“{name}”")
WHICH_NODE = Words("“{name}” is more than one node of the pipeline", "“{name}”对应流水线中的多个节点")
NODES = Words("nodes: {nodes}", "节点：{nodes}")
BLOCKED = Words("the promotion may not start yet: {listed}", "流水线还不能开始：{listed}")
HINT_UNTIL = Words("{hint}; or go as far as --to “{node}”", "{hint}；也可先执行到 --to “{node}”")
NO_COMMIT_NODE = Words(
    "no node of the pipeline looks which commit is checked out: nothing would say that it is {commit}",
    "流水线中没有节点确认检出的提交：无法证明它就是 {commit}",
)
NO_COMMIT_HINT = Words(
    "begin the drawing with a node such as “commit”, or leave --event out",
    "请在流水线图开头画出“代码提交”之类的节点，或去掉 --event",
)
NO_ENVIRONMENT = Words("the pipeline says which environments come", "环境由流水线决定")
NO_ENVIRONMENT_HINT = Words("stop earlier with --to NODE", "要提前停下，请用 --to 节点")
