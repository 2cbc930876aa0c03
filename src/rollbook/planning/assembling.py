"""What depends on all the steps together: waves, outage, program, and what a reader must be told."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.model.facts import DeploymentFacts
from rollbook.model.gates import Gate
from rollbook.model.plan import Blocker, Plan, PlanItem, PlanStep, Repair, SiteFacts, Wave
from rollbook.model.words import environment_identity
from rollbook.planning.context import Context
from rollbook.planning.gates import blockers_of, no_adapter, outage_gate
from rollbook.planning.guards import without_quorum
from rollbook.planning.image import image_of
from rollbook.planning.layout import Layout
from rollbook.planning.overrides import Applied
from rollbook.planning.program import compile_program
from rollbook.planning.returning import judged_on_return
from rollbook.planning.rollback import restore_items
from rollbook.planning.scope import late_names
from rollbook.planning.spine import version_of
from rollbook.planning.strategy import laid_out, protects
from rollbook.planning.waves import Strategy, most_out, usable_share
from rollbook.planning.window_gate import tell_length, window_gate
from rollbook.values import Server, Words


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
    alone = len(context.servers) == 1 and bool(rotation.leaving) and draft.strategy.kind != "all-at-once"
    beside = alone and site.can_run_beside
    gates = _with_window(_with_outage(draft, needed=alone and not beside), draft)
    laid = laid_out(draft.strategy, rotation, draft.steps, gates, context)
    waves = laid.waves
    tell_length(gates, waves, context)
    draft = msgspec.structs.replace(draft, steps=judged_on_return(draft.steps, waves, rotation, context))
    version = version_of(context.scope, context.workflow)
    return Plan(
        documents=context.sources, language=context.workflow.language, title=context.workflow.title,
        environment=context.scope.environment, version=version, parameters=dict(context.scope.parameters),
        site=site_facts(draft, gates, laid.strategy), servers=draft.servers, steps=draft.steps, waves=waves,
        strategy=laid.strategy, gates=gates, criteria=draft.criteria, rollback=draft.layout.rules,
        restore=restore_items(context, [s.items for s in draft.steps], beside) if rotation.steps else (),
        program=compile_program(draft.steps, waves, gates, draft.criteria, draft.layout.reporting, beside, laid.fleet),
        shift=laid.fleet.shift, restore_beside=laid.restore_beside, take_back=_take_back(context),
        image=image_of(context, version), configuration=_configuration(context, version),
        late=_late(draft), repairs=_repairs(draft, waves, beside), blockers=_blockers(draft, gates),
        changes=draft.applied.changes, notes=_notes(context), beside=beside, facts=dict(context.facts),
        metrics=tuple(m.name for m in context.workflow.metrics), deployment=_facts(context) if context.ground else None,
    )  # fmt: skip


def site_facts(draft: Draft, gates: Sequence[Gate], laid: str) -> SiteFacts:
    """What of the site the run obeys. `laid`: the strategy that the waves follow, maybe not the one asked for."""
    strategy = draft.strategy if laid != "canary" else Strategy("canary", stated=draft.strategy.stated)
    site, context = draft.context.site, draft.context
    limits, count = site.limits, len(context.servers)
    roles = {a.role: a.people for g in gates for a in g.approvers}
    return SiteFacts(
        site.name, environment_identity(context.scope.environment),
        protected=protects(context, gates), initiator=site.initiator,
        usable_share=round(usable_share(count, site), 6) if count else 0.0,
        max_out=most_out(count, site, strategy), max_failures=limits.max_failures,
        command_limit_s=limits.command_limit_s, ready_limit_s=limits.ready_limit_s,
        probe_samples=limits.probe_samples, traffic_samples=limits.traffic_samples, alpha=limits.alpha,
        cut_open_requests=limits.cut_open_requests, short_stage=limits.short_stage, roles=roles,
        channels=dict.fromkeys(site.channels, ""), project=site.project,
    )  # fmt: skip


def _with_outage(draft: Draft, needed: bool) -> tuple[Gate, ...]:
    if not needed:
        return draft.gates
    approvers = next((g.approvers for g in draft.gates if g.kind == "approval"), ())
    return (*draft.gates, outage_gate(draft.layout.rotation.first, approvers, draft.context))


def _with_window(gates: tuple[Gate, ...], draft: Draft) -> tuple[Gate, ...]:
    gate = window_gate(draft.context, gates)
    return gates if gate is None else (*gates, gate)


def _configuration(context: Context, version: str) -> dict[str, str]:
    """The release-specific settings that the application reports: version and environment, where there are any."""
    pairs = {"version": version, "environment": context.scope.environment}
    variables = _facts(context).variables if context.ground else {}
    return {**variables, **{name: value for name, value in pairs.items() if value}}


def _facts(context: Context) -> DeploymentFacts:
    from rollbook.planning.deployment.closing import closings_of
    from rollbook.planning.deployment.outcome import facts_for
    from rollbook.planning.deployment.settling import settlements_of, stakeholders_of

    assert context.ground is not None
    return msgspec.structs.replace(
        facts_for(context.ground), closings=closings_of(context.ground, context.library),
        checklist=settlements_of(context.ground, context.library), stakeholders=stakeholders_of(context.ground),
    )  # fmt: skip


def _take_back(context: Context) -> tuple[PlanItem, ...]:
    if context.ground is None:
        return ()
    from rollbook.planning.deployment.schema import take_back

    return take_back(context)


def _late(draft: Draft) -> tuple[str, ...]:
    texts = [
        *(n for s in draft.steps for n in s.notices),
        *(i.text for s in draft.steps for i in (*s.items, *s.checks)),
    ]
    return tuple(dict.fromkeys(name for text in texts for name in late_names(text)))


def _repairs(draft: Draft, waves: Sequence[Wave], beside: bool) -> tuple[Repair, ...]:
    """Deviations from the letter: each named, with its reason (M28, M33). Waves are none where the document itself lets
    only some servers out at once."""
    said, line = draft.context.said, _line(draft, draft.layout.rotation.first)
    repairs = []
    all_out = (draft.strategy.stated or len(draft.servers)) >= len(draft.servers)
    if len(waves) > 1 and draft.layout.rotation.steps and all_out:
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
    if draft.context.ground is not None:
        from rollbook.planning.deployment.outcome import repairs_of

        repairs += repairs_of(draft.context.ground, draft.context)
    return tuple(repairs)


def _line(draft: Draft, number: int) -> int:
    return next((s.line for s in draft.steps if s.number == number), 0)


def _blockers(draft: Draft, gates: Sequence[Gate]) -> tuple[Blocker, ...]:
    context = draft.context
    unready: tuple[Blocker, ...] = ()
    if context.ground is not None:
        from rollbook.planning.deployment.readiness import blockers

        unready = blockers(context.ground, context.workflow.language)
    return (*no_adapter(context), *unready, *blockers_of(gates, context),
            *without_quorum(draft.layout, gates, context))  # fmt: skip


def _notes(context: Context) -> tuple[str, ...]:
    if context.ground is not None:
        from rollbook.planning.deployment.outcome import tell

        tell(context.ground, context)
    return tuple(context.said(w) for w in context.notes)
