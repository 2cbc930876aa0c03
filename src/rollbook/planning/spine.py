"""The document whose steps are run, and the values it is run with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rollbook.binding.library import Library
from rollbook.binding.matching import match
from rollbook.model.site import Site
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Document, Parameter, Procedure, Workflow
from rollbook.planning.context import about_servers, items_of
from rollbook.planning.findings import Findings
from rollbook.planning.loops import is_singular
from rollbook.planning.names import compared_with
from rollbook.planning.parameters import counterpart, resolve
from rollbook.planning.scope import Scope, bare
from rollbook.planning.words import words
from rollbook.problems import Refused
from rollbook.values import At, Json, Server, Words


def spine_of(documents: Sequence[Document]) -> Workflow:
    """The template among the documents; a procedure alone is one without rotation or criteria (DESIGN §3)."""
    workflows = [d for d in documents if isinstance(d, Workflow)]
    procedures = [d for d in documents if isinstance(d, Procedure)]
    if len(workflows) > 1 or (not workflows and len(procedures) > 1):
        names = ", ".join(d.source.path for d in (workflows or procedures))
        raise Refused(
            Words(f"more than one document to run: {names}", f"要运行的文档不止一个：{names}"),
            Words("name one template or procedure", "请只给出一个模板或流程文档"),
        )
    if workflows:
        return workflows[0]
    if not procedures:
        raise Refused(Words("no document to plan", "没有可以计划的文档"))
    return as_workflow(procedures[0])


OPTIONAL = ("environment", "version")
"""A procedure's parameters, both optional (DESIGN §3)."""


def as_workflow(procedure: Procedure) -> Workflow:
    parameters = tuple(Parameter(name, "string") for name in OPTIONAL)
    return Workflow(
        procedure.source, procedure.language, procedure.title, procedure.metadata, parameters=parameters,
        steps=procedure.steps, unread=procedure.unread,
    )  # fmt: skip


def parameter_named(topic: str, workflow: Workflow, kind: str) -> str:
    """The declared parameter which means `topic`, by the order of the vocabulary's words; "" when there is none."""
    declared = {p.name.casefold(): p.name for p in workflow.parameters if p.type == kind}
    return next((declared[w] for w in words(topic) if w in declared), "")


def servers_parameter(workflow: Workflow, library: Library) -> str:
    """The array that names the servers: by its name, by the end of its name (`app_servers`), else the one whose loop
    runs something that takes a server. "" when there is none."""
    arrays = [p.name for p in workflow.parameters if p.type == "array"]
    named = parameter_named("servers", workflow, "array")
    ending = next((a for a in arrays if a.casefold().endswith(words("servers"))), "")
    return named or ending or next((a for a in arrays if _loop_takes_servers(a, workflow, library)), "")


def _loop_takes_servers(name: str, workflow: Workflow, library: Library) -> bool:
    looped = (
        item
        for step in workflow.steps
        for _, loop, item in items_of(step)
        if loop and is_singular(loop.casefold(), name.casefold())
    )
    found = (match(library, item.phrase, item.literals, ("step", "check")) for item in looped)
    return any(f is not None and about_servers(f) for f in found)


def scope_for(workflow: Workflow, given: Mapping[str, Json], site: Site, manual: bool, findings: Findings) -> Scope:
    """Every value by name, and what the run's environment is called in this document."""
    values = resolve(workflow.parameters, given, site.parameters, site.environments, findings)
    name = parameter_named("environment", workflow, "string")
    environment = str(values.get(name, ""))
    other = _counterpart(workflow, name, environment, site)
    assigned = frozenset(
        bare(e.name)
        for s in workflow.steps
        if s.decision
        for b in s.decision.branches
        for e in b.effects
        if e.kind == "set"
    )
    declared = frozenset(p.name for p in workflow.parameters)
    return Scope(values, {}, declared, assigned, name, environment, other, manual)


def _counterpart(workflow: Workflow, name: str, environment: str, site: Site) -> str:
    parameter = next((p for p in workflow.parameters if p.name == name), None)
    known = [str(e) for e in parameter.enum] if parameter else []
    return counterpart(environment, known or list(_mentioned(workflow, name)), site.environments) or environment


def _mentioned(workflow: Workflow, name: str) -> Iterator[str]:
    """Environments that decisions compare with and approvers are named for, where no enum lists them."""
    for step in workflow.steps:
        yield from (a.environment for a in (step.approval.approvers if step.approval else ()) if a.environment)
        for branch in step.decision.branches if step.decision else ():
            if branch.condition is not None:
                yield from compared_with(branch.condition.expr, name)


def servers_of(
    values: Mapping[str, Json], name: str, workflow: Workflow, site: Site, findings: Findings
) -> tuple[Server, ...]:
    """The servers of the run, with the addresses the site knows. A name twice, or none at all, is a problem."""
    if not name or name not in values:
        return ()
    names = [str(v).strip() for v in values[name]]
    at = next(p.at for p in workflow.parameters if p.name == name)
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice or not all(names):
        findings.add(
            "parameter-type", at,
            Words(f"“{name}” names a server twice or leaves one blank: {', '.join(twice)}",
                  f"“{name}”中有重复或空白的服务器名：{', '.join(twice)}"),
        )  # fmt: skip
    return servers_named(names, site)


def servers_named(names: Sequence[str], site: Site) -> tuple[Server, ...]:
    """Servers with the addresses that the site knows."""
    known = {s.name: s for s in site.servers}
    return tuple(known.get(n, Server(n)) for n in dict.fromkeys(names))


def is_protected(scope: Scope, site: Site, approval_required: bool) -> bool:
    """Production by alias, where the template requires approval, or as the site says (M2)."""
    identity = environment_identity(scope.environment)
    named = {environment_identity(e) for e in site.protected}
    return identity in {"production", *named} or approval_required


def checked_kinds(workflow: Workflow, findings: Findings) -> None:
    """Loops and subprocesses are recognised and refused; a document without any step cannot run."""
    if not workflow.steps:
        findings.add("no-steps", At(1, 1), NO_STEPS, NO_STEPS_HINT)
    for step in workflow.steps:
        if step.kind in ("loop", "subprocess"):
            findings.add(
                "unsupported-step-kind", step.at,
                Words(f"step {step.number} is of kind [{step.kind}], which is not supported yet",
                      f"步骤{step.number}的类型 [{step.kind}] 尚不支持"),
                Words("write it as [action] or [parallel]", "请改写为 [action] 或 [parallel]"),
            )  # fmt: skip


NO_STEPS = Words("the document has no steps to run", "文档没有可执行的步骤")
NO_STEPS_HINT = Words(
    "write steps as headings (`### 1. Build the image [action]`), or in a deployment document a release checklist that "
    "says what is done during the release",
    "步骤写成标题（`### 1. 构建镜像 [action]`）；部署文档则请写出发布检查清单，其中列明发布中要做的事项",
)


def version_of(scope: Scope, workflow: Workflow) -> str:
    name = parameter_named("version", workflow, "string")
    return str(scope.parameters.get(name, ""))


def text_of(numbers: Sequence[int], workflow: Workflow, inserted: frozenset[int] = frozenset()) -> str:
    """The document's own lines of some steps: of each up to the next step, or the rollback strategy. `inserted` steps
    stand in another document."""
    own = [s for s in workflow.steps if s.number not in inserted]
    starts = sorted(at.line for at in (*(s.at for s in own), *(r.at for r in workflow.rollback)))
    lines, wanted = workflow.source.text.splitlines(), set(numbers)
    ends = dict(zip(starts, [*starts[1:], len(lines) + 1], strict=False))
    spans = ((s.at.line, ends[s.at.line]) for s in own if s.number in wanted and s.at.line)
    return "\n".join("\n".join(lines[first - 1 : end - 1]) for first, end in spans)
