"""From documents, parameters, site and facts to the plan. Pure: no network, no clock, no environment (DESIGN §2).

spine → overrides → values → bindings → rotation → course → steps, waves, gates, criteria, restore → program
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rollbook.binding.library import Library
from rollbook.hiding import Hiding
from rollbook.model.conditions import Condition
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Document, Procedure, Source
from rollbook.planning.assembling import Draft, assemble
from rollbook.planning.codec import changed_documents, decode, encode, plan_hash, refuse_changed
from rollbook.planning.conditions import Place, plan_checks
from rollbook.planning.context import Context
from rollbook.planning.decisions import course_of
from rollbook.planning.findings import Findings
from rollbook.planning.guards import guarded_steps, whole_rotation_only
from rollbook.planning.items import drafts_of
from rollbook.planning.layout import Layout, reporting_steps
from rollbook.planning.limits import stated_limits
from rollbook.planning.loops import loops_known
from rollbook.planning.meeting import Meeting, checked, meet, with_servers
from rollbook.planning.overrides import Applied, apply
from rollbook.planning.requests import Request
from rollbook.planning.rollback import rules_of
from rollbook.planning.rotation import rotation_of
from rollbook.planning.spine import checked_kinds, scope_for, servers_named, servers_of, servers_parameter, text_of
from rollbook.planning.steps import plan_steps
from rollbook.planning.strategy import tell_waves
from rollbook.planning.waves import read_strategy, stated_in
from rollbook.values import Json, Server

__all__ = ["changed_documents", "decode", "encode", "make_plan", "plan_hash", "refuse_changed"]


def make_plan(
    documents: Sequence[Document], parameters: Mapping[str, Json], site: Site, facts: Mapping[str, Json] | None = None,
    *, request: Request | None = None, strategy: str = "", manual: bool = False, library: Library | None = None,
) -> Plan:  # fmt: skip
    """The plan of `documents`. `parameters` are values, or texts as typed; they go before those of `request`.

    Raises ProblemsFound with every problem of documents and parameters at once."""
    request = request or Request()
    library = library or Library.built_in()
    meeting = meet(documents, {**request.parameters, **parameters}, site, library, facts or {})
    findings = Findings(meeting.spine.source.path)
    checked_kinds(meeting.spine, findings)
    checked(meeting, findings)
    applied = apply(request, meeting.spine, findings)
    context, servers = _context(documents, applied, meeting, site, library, manual, findings, facts or {})
    chosen = read_strategy(strategy or request.strategy or site.strategy, context)
    layout = _layout(context, applied)
    context = _decided(context, layout)
    steps, gates = plan_steps(layout, context)
    criteria = plan_checks(_criteria(context), Place(0, "traffic" if servers else ""), "criteria.", context)
    chosen = msgspec.structs.replace(
        chosen, stated=stated_in(text_of(layout.rotation.leaving, context.workflow, context.inserted))
    )
    draft = Draft(context, layout, applied, steps, gates, criteria, servers, chosen)
    if findings.problems:
        tell_waves(chosen, layout.rotation, steps, gates, context)
    findings.refuse()
    plan = assemble(draft)
    findings.refuse()
    return plan


def _context(
    documents: Sequence[Document], applied: Applied, meeting: Meeting, site: Site, library: Library,
    manual: bool, findings: Findings, facts: Mapping[str, Json],
) -> tuple[Context, tuple[Server, ...]]:  # fmt: skip
    workflow, ground = applied.workflow, meeting.ground
    name = servers_parameter(workflow, library)
    scope = scope_for(workflow, with_servers(meeting, name), site, manual, findings)
    loops_known(workflow, findings)
    servers = servers_of(scope.parameters, name, workflow, site, findings)
    if ground is not None and not name:
        servers = servers_named(ground.servers, site)
    context = Context(
        workflow, _kept(documents, meeting), site, library, findings, scope, tuple(s.name for s in servers),
        name, manual, isinstance(documents[0], Procedure) and len(documents) == 1, applied.added, facts, notes={},
        stated=stated_limits(workflow, library, ground.deployment if ground else None), ground=ground,
        by_hand=meeting.by_hand, inserted=meeting.inserted,
    )  # fmt: skip
    _noted(context, meeting)
    _tell_slips(documents, context)
    return context, servers


def _noted(context: Context, meeting: Meeting) -> None:
    """What the names of the two documents and of the site mean in each other's words."""
    scope, name = context.scope, context.servers_name
    if scope.environment and environment_identity(scope.environment) != environment_identity(scope.counterpart):
        context.note(f"{scope.environment} is read as {scope.counterpart} in the document, by the site's map",
                     f"按站点的映射，{scope.environment} 在文档中对应 {scope.counterpart}")  # fmt: skip
    if name in scope.parameters and name not in meeting.given:
        named = ", ".join(context.servers)
        context.note(f"{name} = {named}: as many as the deployment document's resource table or the site has",
                     f"{name} = {named}：取自部署文档的资源配置表或站点")  # fmt: skip


def _kept(documents: Sequence[Document], meeting: Meeting) -> tuple[Source, ...]:
    """The documents' texts as the plan keeps them, without secrets (M5)."""
    sources = tuple(d.source for d in documents)
    if meeting.ground is not None:
        from rollbook.planning.deployment.hiding import discreet

        return discreet(documents, sources)
    plain = Hiding()
    return tuple(msgspec.structs.replace(s, text=plain.text(s.text)) for s in sources)


def _tell_slips(documents: Sequence[Document], context: Context) -> None:
    """Defaults of the site that the documents spell otherwise."""
    if not context.site.parameters:
        return
    from rollbook.planning.site_slips import hint, said, slips

    for name, near in slips(context.site, documents):
        what, instead, file = said(name), hint(near), context.site.path
        context.note(f"{file}: {what.en}: {instead.en}", f"{file}：{what.zh}：{instead.zh}")


def _layout(context: Context, applied: Applied) -> Layout:
    """Bindings, rotation and course, before any step is planned."""
    workflow = context.workflow
    drafts = {s.number: drafts_of(s, context) for s in workflow.steps}
    whole = rotation_of([s.number for s in workflow.steps], drafts)
    guarded = guarded_steps(applied.skips, whole, workflow, drafts)
    approvals = {s.number for s in workflow.steps if s.kind == "approval"}
    asked = {n: why for n, why in applied.skips.items() if n not in approvals}
    course = course_of(context, whole, asked)
    whole_rotation_only(course, whole, drafts, applied, context)
    live = [s.number for s in workflow.steps if s.number not in course.skipped]
    reporting = reporting_steps(workflow.steps, drafts)
    rotation = rotation_of([n for n in live if n not in reporting], drafts)
    order = {s.number: i for i, s in enumerate(workflow.steps)}
    return Layout(drafts, rotation, course, reporting, rules_of(context), guarded, order)


def _decided(context: Context, layout: Layout) -> Context:
    """With the variables that decisions set."""
    scope = context.scope.with_variables(layout.course.variables, layout.course.undecided)
    return msgspec.structs.replace(context, scope=scope)


def _criteria(context: Context) -> tuple[Condition, ...]:
    return tuple(Condition(c.text, c.expr, c.at) for c in context.workflow.criteria)
