"""A plan as JSON by the command line's contract (DESIGN §11), as a Mermaid flowchart, or as text (`plan_text`)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from rollbook.model.gates import Gate
from rollbook.model.plan import Plan, PlanItem, PlanStep
from rollbook.values import Json, Words
from rollbook.views.plan_text import text_of
from rollbook.views.plan_variables import variables_of
from rollbook.views.pretty import pretty
from rollbook.views.wording import aim


def render(plan: Plan, digest: str, form: str, language: str) -> str:
    """`form` is "text", "json" or "mermaid"; `digest` the plan's hash."""
    if form == "json":
        return pretty(as_json(plan, digest))
    return "\n".join(mermaid(plan, language) if form == "mermaid" else text_of(plan, digest, language))


def as_json(plan: Plan, digest: str) -> dict[str, Json]:
    """The contract's keys first; what is behind them is addition."""
    return {
        "version": plan.version,
        "hash": digest,
        "documents": [{"path": source.path, "sha256": source.sha256} for source in plan.documents],
        "parameters": plan.parameters,
        "steps": [_step(step) for step in plan.steps],
        "waves": [msgspec.to_builtins(wave) for wave in plan.waves],
        "gates": [msgspec.to_builtins(gate) for gate in plan.gates],
        "repairs": [msgspec.to_builtins(repair) for repair in plan.repairs],
        "blockers": [msgspec.to_builtins(blocker) for blocker in plan.blockers],
        "title": plan.title,
        "environment": plan.environment,
        "strategy": plan.strategy,
        "site": msgspec.to_builtins(plan.site),
        "servers": [msgspec.to_builtins(server) for server in plan.servers],
        "criteria": [_item(item) for item in plan.criteria],
        "rollback": [msgspec.to_builtins(rule) for rule in plan.rollback],
        "take_back": [{**_item(item), "asks": item.asks} for item in plan.take_back],
        "image": msgspec.to_builtins(plan.image),
        "changes": [msgspec.to_builtins(change) for change in plan.changes],
        **{name: list(getattr(plan, name)) for name in ("notes", "late", "metrics")},
        "variables": [variable._asdict() for variable in variables_of(plan)],
    }


def _step(step: PlanStep) -> dict[str, Json]:
    return {
        "number": step.number,
        "title": step.title,
        "kind": step.kind,
        "decision": step.decision,
        "reason": step.reason,
        "items": [_item(item) for item in step.items],
        "rollback": step.rollback,
        "rollback_text": step.rollback_text,
        "checks": [_item(check) for check in step.checks],
        "gate": step.gate,
        "line": step.line,
    }


def _item(item: PlanItem) -> dict[str, Json]:
    return {
        "text": item.text,
        "phrase": item.phrase,
        "binding": item.binding,
        "line": item.line,
        "id": item.id,
        "kind": item.kind,
        "scope": item.scope,
        "document": item.document,
        "added": item.added,
        "judged": [
            {
                "phrase": bound.phrase,
                "limit": msgspec.to_builtins(bound.limit),
                "where": bound.judges,
                "samples": bound.samples,
                "expected_s": bound.expected_s,
            }
            for bound in item.bound
            if bound.judges or bound.limit
        ],
    }


def mermaid(plan: Plan, language: str) -> Iterator[str]:
    """The way through the steps: skipped ones dashed, gates as hexagons, the rotation with its waves."""
    yield "flowchart TD"
    yield f'  begin(["{_quoted(aim(plan.version, plan.environment) or plan.title)}"])'
    for step in plan.steps:
        yield _node(plan, step, language)
    if plan.criteria:
        title = Words("success criteria", "成功判定").said(language)
        yield f'  criteria{{"{title}"}}'
    yield from _arrows(plan)
    yield from _waves(plan, language)
    yield "  classDef skip stroke-dasharray: 4 4,color:#888"
    yield "  classDef pending stroke:#b58900"
    for step in plan.steps:
        if step.decision != "run":
            yield f"  class s{step.number} {step.decision}"


def _node(plan: Plan, step: PlanStep, language: str) -> str:
    gate = plan.gate(step.gate) if step.gate else None
    label = f"{step.number}. {_quoted(step.title)}" + (f"<br/>{_quoted(_people(gate, language))}" if gate else "")
    if gate or step.kind == "approval":
        return f'  s{step.number}{{{{"{label}"}}}}'
    return f'  s{step.number}{{"{label}"}}' if step.kind == "condition" else f'  s{step.number}["{label}"]'


def _people(gate: Gate, language: str) -> str:
    roles = ", ".join(approver.role for approver in gate.approvers)
    return roles or Words("a person", "人工").said(language)


def _arrows(plan: Plan) -> Iterator[str]:
    """In the order in which the run walks: criteria are judged ahead of the steps that only report."""
    reporting = {stage.step for stage in plan.program if stage.zone == "reporting"}
    acting = [f"s{step.number}" for step in plan.steps if step.number not in reporting]
    telling = [f"s{step.number}" for step in plan.steps if step.number in reporting]
    way = ["begin", *acting, *(["criteria"] if plan.criteria else []), *telling]
    yield from (f"  {here} --> {there}" for here, there in pairwise(way))


def _waves(plan: Plan, language: str) -> Iterator[str]:
    """The way back to the rotation's first step, labelled with the waves."""
    inside = [stage.step for stage in plan.program if stage.zone == "rotation" and stage.step]
    if inside and len(plan.waves) > 1:
        first, last = min(inside), max(inside)
        label = Words(f"{len(plan.waves)} waves", f"{len(plan.waves)} 批").said(language)
        yield f'  s{last} -. "{label}" .-> s{first}'


def _quoted(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
