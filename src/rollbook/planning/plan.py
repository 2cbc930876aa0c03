"""From documents, parameters, site and facts to the plan. Pure: no network, no clock, no environment (DESIGN §2).

spine → overrides → values → bindings → rotation → course → steps, waves, gates, criteria, restore → program
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rollbook.binding.library import Library
from rollbook.model.conditions import Condition
from rollbook.model.plan import Blocker, Gate, Plan, PlanItem, PlanStep, Repair, SiteFacts, Wave
from rollbook.model.site import Site
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Document, Procedure
from rollbook.planning.codec import changed_documents, decode, encode, plan_hash, refuse_changed
from rollbook.planning.conditions import Place, plan_checks
from rollbook.planning.context import Context
from rollbook.planning.decisions import course_of
from rollbook.planning.findings import Findings
from rollbook.planning.gates import blockers_of, no_adapter, outage_gate
from rollbook.planning.guards import guarded_steps, whole_rotation_only, without_quorum
from rollbook.planning.image import image_of
from rollbook.planning.items import drafts_of
from rollbook.planning.layout import Layout, reporting_steps
from rollbook.planning.limits import stated_limits
from rollbook.planning.loops import loops_known
from rollbook.planning.overrides import Applied, apply
from rollbook.planning.program import compile_program
from rollbook.planning.requests import Request
from rollbook.planning.rollback import restore_items, rules_of
from rollbook.planning.rotation import rotation_of
from rollbook.planning.scope import late_names
from rollbook.planning.spine import (
    checked_kinds,
    is_protected,
    scope_for,
    servers_of,
    servers_parameter,
    spine_of,
    version_of,
)
from rollbook.planning.steps import plan_steps
from rollbook.planning.waves import Strategy, make_waves, most_out, read_strategy, usable_share
from rollbook.values import Json, Server, Words

__all__ = ["changed_documents", "decode", "encode", "make_plan", "plan_hash", "refuse_changed"]


def make_plan(
    documents: Sequence[Document], parameters: Mapping[str, Json], site: Site, facts: Mapping[str, Json] | None = None,
    *, request: Request | None = None, strategy: str = "", manual: bool = False, library: Library | None = None,
) -> Plan:  # fmt: skip
    """The plan of `documents`. `parameters` are values, or texts as typed; they go before those of `request`.

    Raises ProblemsFound with every problem of documents and parameters at once."""
    request = request or Request()
    spine = spine_of(documents)
    findings = Findings(spine.source.path)
    checked_kinds(spine, findings)
    applied = apply(request, spine, findings)
    given = {**request.parameters, **parameters}
    library = library or Library.built_in()
    context, servers = _context(documents, applied, given, site, library, manual, findings, facts or {})
    chosen = read_strategy(strategy or request.strategy or site.strategy, context)
    layout = _layout(context, applied)
    context = _decided(context, layout)
    steps, gates = plan_steps(layout, context)
    criteria = plan_checks(_criteria(context), Place(0, "traffic" if servers else ""), "criteria.", context)
    draft = Draft(context, layout, applied, steps, gates, criteria, servers, chosen)
    findings.refuse()
    plan = assemble(draft)
    findings.refuse()
    return plan


class Draft(msgspec.Struct, frozen=True):
    """Everything planned, before it is put together."""

    context: Context
    layout: Layout
    applied: Applied
    steps: tuple[PlanStep, ...]
    gates: tuple[Gate, ...]
    criteria: tuple[PlanItem, ...]
    servers: tuple[Server, ...]
    strategy: Strategy


def assemble(draft: Draft) -> Plan:
    """Waves, outage, program: what depends on all the steps together."""
    context, site, rotation = draft.context, draft.context.site, draft.layout.rotation
    waves = make_waves(context.servers, draft.strategy, context) if context.servers else ()
    alone = len(context.servers) == 1 and bool(rotation.leaving) and draft.strategy.kind != "all-at-once"
    beside = alone and site.can_run_beside
    gates = _with_outage(draft, needed=alone and not beside)
    version = version_of(context.scope, context.workflow)
    return Plan(
        documents=context.sources, language=context.workflow.language, title=context.workflow.title,
        environment=context.scope.environment, version=version, parameters=dict(context.scope.parameters),
        site=site_facts(draft, gates), servers=draft.servers, steps=draft.steps, waves=waves,
        strategy=str(draft.strategy), gates=gates, criteria=draft.criteria, rollback=draft.layout.rules,
        restore=restore_items(context, [s.items for s in draft.steps], beside) if rotation.steps else (),
        program=compile_program(draft.steps, waves, gates, draft.criteria, draft.layout.reporting, beside),
        image=image_of(context, version), configuration=_configuration(context, version),
        late=_late(draft), repairs=_repairs(draft, waves, beside), blockers=_blockers(draft, gates),
        changes=draft.applied.changes, notes=_notes(context), beside=beside, facts=dict(context.facts),
        metrics=tuple(m.name for m in context.workflow.metrics),
    )  # fmt: skip


def site_facts(draft: Draft, gates: Sequence[Gate]) -> SiteFacts:
    """What of the site the run obeys."""
    site, context = draft.context.site, draft.context
    limits, count = site.limits, len(context.servers)
    required = any(g.kind == "approval" and g.mode == "required" for g in gates)
    roles = {a.role: a.people for g in gates for a in g.approvers}
    return SiteFacts(
        site.name, environment_identity(context.scope.environment),
        protected=is_protected(context.scope, site, required), initiator=site.initiator,
        usable_share=round(usable_share(count, site), 6) if count else 0.0,
        max_out=most_out(count, site, draft.strategy), max_failures=limits.max_failures,
        command_limit_s=limits.command_limit_s, ready_limit_s=limits.ready_limit_s,
        probe_samples=limits.probe_samples, traffic_samples=limits.traffic_samples, alpha=limits.alpha,
        cut_open_requests=limits.cut_open_requests, roles=roles, channels=dict(site.channels), project=site.project,
    )  # fmt: skip


def _context(
    documents: Sequence[Document], applied: Applied, given: Mapping[str, Json], site: Site, library: Library,
    manual: bool, findings: Findings, facts: Mapping[str, Json],
) -> tuple[Context, tuple[Server, ...]]:  # fmt: skip
    workflow = applied.workflow
    scope = scope_for(workflow, given, site, manual, findings)
    name = servers_parameter(workflow, library)
    loops_known(workflow, findings)
    servers = servers_of(scope.parameters, name, workflow, site, findings)
    context = Context(
        workflow, tuple(d.source for d in documents), site, library, findings, scope, tuple(s.name for s in servers),
        name, manual, isinstance(documents[0], Procedure) and len(documents) == 1, applied.added, facts, notes={},
        stated=stated_limits(workflow, library),
    )  # fmt: skip
    if scope.environment and environment_identity(scope.environment) != environment_identity(scope.counterpart):
        context.note(f"{scope.environment} is read as {scope.counterpart} in the document, by the site's map",
                     f"按站点的映射，{scope.environment} 在文档中对应 {scope.counterpart}")  # fmt: skip
    return context, servers


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


def _with_outage(draft: Draft, needed: bool) -> tuple[Gate, ...]:
    if not needed:
        return draft.gates
    approvers = next((g.approvers for g in draft.gates if g.kind == "approval"), ())
    return (*draft.gates, outage_gate(draft.layout.rotation.first, approvers, draft.context))


def _configuration(context: Context, version: str) -> dict[str, str]:
    """The release-specific settings that the application reports: version and environment, where there are any."""
    pairs = {"version": version, "environment": context.scope.environment}
    return {name: value for name, value in pairs.items() if value}


def _late(draft: Draft) -> tuple[str, ...]:
    texts = [
        *(n for s in draft.steps for n in s.notices),
        *(i.text for s in draft.steps for i in (*s.items, *s.checks)),
    ]
    return tuple(dict.fromkeys(name for text in texts for name in late_names(text)))


def _repairs(draft: Draft, waves: Sequence[Wave], beside: bool) -> tuple[Repair, ...]:
    """Deviations from the letter: each named, with its reason (M28, M33)."""
    said, line = draft.context.said, _line(draft, draft.layout.rotation.first)
    repairs = []
    if len(waves) > 1 and draft.layout.rotation.steps:
        rotation = draft.layout.rotation
        repairs.append(Repair(
            said(Words(f"steps {rotation.first}–{rotation.last} run once for each of {len(waves)} waves",
                       f"步骤{rotation.first}–{rotation.last}按 {len(waves)} 波依次执行")),
            said(Words("read literally, every server would be out of traffic at the same time",
                       "按字面执行时，所有服务器会同时移出流量")), line,
        ))  # fmt: skip
    if beside:
        repairs.append(Repair(
            said(Words("the new release starts beside the old one, which leaves only when the new one serves",
                       "新版本先与旧版本并行启动，新版本开始服务后旧版本才移出")),
            said(Words("there is only one server", "只有一台服务器")), line,
        ))  # fmt: skip
    return tuple(repairs)


def _line(draft: Draft, number: int) -> int:
    return next((s.line for s in draft.steps if s.number == number), 0)


def _blockers(draft: Draft, gates: Sequence[Gate]) -> tuple[Blocker, ...]:
    context = draft.context
    return (*no_adapter(context), *blockers_of(gates, context), *without_quorum(draft.layout, gates, context))


def _notes(context: Context) -> tuple[str, ...]:
    return tuple(context.said(w) for w in context.notes)
