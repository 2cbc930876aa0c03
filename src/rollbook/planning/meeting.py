"""How the documents meet (DESIGN §3): a template is the spine, a deployment document says where and with what; alone,
its release checklist is the spine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from rollbook.binding.library import Library
from rollbook.model.deployment import Deployment
from rollbook.model.site import Site
from rollbook.model.workflow import Document, Workflow
from rollbook.planning.findings import Findings
from rollbook.planning.spine import parameter_named, spine_of
from rollbook.problems import Refused
from rollbook.values import At, Json, Words

if TYPE_CHECKING:
    from rollbook.planning.deployment.places import Ground


class Meeting(msgspec.Struct, frozen=True):
    """The steps that are run, and the ground they are run on. `by_hand`: steps whose unbound items are a person's."""

    spine: Workflow
    given: dict[str, Json]
    ground: Ground | None = None
    by_hand: frozenset[int] = frozenset()
    alone: bool = False
    inserted: frozenset[int] = frozenset()
    """Steps that stand in the deployment document, not in the template."""


def meet(
    documents: Sequence[Document], given: Mapping[str, Json], site: Site, library: Library, facts: Mapping[str, Json]
) -> Meeting:
    """Raises Refused where there is no one document to run."""
    deployments = [d for d in documents if isinstance(d, Deployment)]
    others = [d for d in documents if not isinstance(d, Deployment)]
    if not deployments:
        return Meeting(spine_of(others), dict(given))
    if len(deployments) > 1:
        raise Refused(TWO.format(names=", ".join(d.source.path for d in deployments)), TWO_HINT)
    return _on_ground(deployments[0], others, dict(given), site, library, facts)


def _on_ground(
    deployment: Deployment, others: Sequence[Document], given: dict[str, Json], site: Site, library: Library,
    facts: Mapping[str, Json],
) -> Meeting:  # fmt: skip
    from rollbook.planning.deployment.checklist import alone
    from rollbook.planning.deployment.inserting import joined
    from rollbook.planning.deployment.places import ground_of

    template = spine_of(others) if others else None
    name = parameter_named("environment", template, "string") if template else "environment"
    ground = ground_of(deployment, given.get(name, _default(template, name)), site, facts)
    if template is None:
        spine = alone(ground, library)
    else:
        spine = joined(template, ground, library)
        version = parameter_named("version", template, "string")
        if version and not deployment.release_version.blank:
            given.setdefault(version, deployment.release_version.text)
    own = {s.number for s in template.steps} if template else set()
    inserted = frozenset(s.number for s in spine.steps if s.number not in own) if template else frozenset[int]()
    return Meeting(spine, given, ground, _by_hand(spine, ground, library), template is None, inserted)


def with_servers(meeting: Meeting, name: str) -> dict[str, Json]:
    """What was given. The template's list of servers, where nobody gave one, is the site's, or has a name for each
    replica of the deployment document's resource table (M23)."""
    given, ground = dict(meeting.given), meeting.ground
    declared = next((p for p in meeting.spine.parameters if p.name == name), None)
    if declared is None or declared.has_default or ground is None or not ground.servers:
        return given
    return {name: list(ground.servers), **given}


def checked(meeting: Meeting, findings: Findings) -> None:
    """Problems of the meeting itself: an environment that the document does not have, a version that contradicts it."""
    ground = meeting.ground
    if ground is None:
        return
    path = ground.deployment.source.path
    if not meeting.alone and ground.asked and ground.row is None and ground.deployment.environments:
        rows = ", ".join(e.name for e in ground.deployment.environments)
        findings.add(
            "environment-unmapped", ground.deployment.environments[0].at,
            UNMAPPED.format(name=ground.asked), UNMAPPED_HINT.format(rows=rows), file=path,
        )  # fmt: skip
    _checked_version(meeting, ground, findings)
    _checked_scripts(ground, findings)
    _checked_servers(meeting, ground, findings)


def _checked_servers(meeting: Meeting, ground: Ground, findings: Findings) -> None:
    """Alone, the document says how many servers there are, unless the site does (M23)."""
    if not meeting.alone or ground.servers:
        return
    if ground.row is None:
        if not ground.deployment.environments:
            findings.add("no-servers", At(1, 1), NOWHERE, NOWHERE_HINT, file=ground.deployment.source.path)
        return
    said = ground.said_of_replicas
    listed = next((r.at for r in ground.deployment.resources if r.kind == "replicas"), ground.row.at)
    name = ground.environment
    words = UNCLEAR.format(name=name, text=said.text) if said else NO_SERVERS.format(name=name)
    path = ground.deployment.source.path
    findings.add("no-servers", said.at if said else listed, words, NO_SERVERS_HINT, file=path)


def _checked_version(meeting: Meeting, ground: Ground, findings: Findings) -> None:
    """A filled 部署版本 is the version; another one on the command line contradicts it (M3)."""
    filled = ground.deployment.release_version
    name = parameter_named("version", meeting.spine, "string")
    given = meeting.given.get(name)
    if not filled.blank and given is not None and str(given).strip() != filled.text:
        findings.add(
            "version-conflict", filled.at, CONFLICT.format(given=given, filled=filled.text), CONFLICT_HINT,
            file=ground.deployment.source.path,
        )  # fmt: skip


def _checked_scripts(ground: Ground, findings: Findings) -> None:
    """A migration that is not the one that was applied, or that the document states, cannot be run (M31)."""
    from rollbook.planning.deployment.schema import edited

    for migration, summary, hint in edited(ground):
        findings.add("migration-edited", migration.at, summary, hint, file=ground.deployment.source.path)


def _default(template: Workflow | None, name: str) -> Json:
    """The template's own default environment."""
    return next((p.default for p in template.parameters if p.name == name), None) if template else None


def _by_hand(spine: Workflow, ground: Ground, library: Library) -> frozenset[int]:
    """The step of the items ahead of the release: first of the document's own, where a person closes what is open."""
    from rollbook.planning.deployment.asking import before_items

    if not before_items(ground, library) or not spine.steps:
        return frozenset()
    return frozenset({spine.steps[0].number})


TWO = Words("more than one deployment document: {names}", "部署文档不止一个：{names}")
TWO_HINT = Words("name one", "请只给出一个")
UNMAPPED = Words("the deployment document has no environment “{name}”", "部署文档中没有环境“{name}”")
UNMAPPED_HINT = Words(
    "it has {rows}; or map the name under [environments] in the site file",
    "文档中的环境有：{rows}；也可在站点文件的 [environments] 中映射",
)
NO_SERVERS = Words("nothing says which servers {name} has", "没有说明 {name} 有哪些服务器")
NOWHERE = Words(
    "the document lists no environments: nothing says where the release goes", "文档没有环境列表：没有说明发布到哪里"
)
NOWHERE_HINT = Words(
    "add a table of environments (name, domain, cluster) and one of replicas, or list servers in the site file",
    "请增加环境列表（环境、域名、集群）与副本数表，或在站点文件中列出服务器",
)
UNCLEAR = Words("“{text}” is no number of servers for {name}", "“{text}”不是 {name} 的服务器数量")
NO_SERVERS_HINT = Words(
    "give the replicas in the resource table, or the servers in the site file",
    "请在资源配置表中写明副本数，或在站点文件中列出服务器",
)
CONFLICT = Words(
    "version {given} was asked for, and the document says {filled}", "指定的版本为 {given}，而文档写的是 {filled}"
)
CONFLICT_HINT = Words("leave one of them out", "请去掉其中一个")
