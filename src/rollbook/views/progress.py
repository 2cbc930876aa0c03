"""How far steps and waves have come."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.machine.state import RunState
from rollbook.model.events import Decided, RollbackBegun
from rollbook.model.plan import PlanStep, Stage, Wave
from rollbook.views.log import Log, Span
from rollbook.views.reasons import reason_words
from rollbook.views.run_view import GateView, StepView, StepWord, WaveView, WaveWord
from rollbook.views.watches import Progress, left_of, share_of, watches_of

SKIP = "skip"
GOING = ("running", "waiting", "paused")
"""States of a run in which unfinished steps are still to come."""


def steps_of(log: Log, gates: Sequence[GateView], state: RunState) -> tuple[StepView, ...]:
    return tuple(_step(log, step, gates, state) for step in log.plan.steps)


def waves_of(log: Log, state: RunState, progress: Progress) -> tuple[WaveView, ...]:
    """`progress`: the newest figures of tests that are under way."""
    return tuple(_wave(log, wave, state, progress) for wave in log.plan.waves)


def _step(log: Log, step: PlanStep, gates: Sequence[GateView], state: RunState) -> StepView:
    stages = log.stages_of(step.number)
    spans = [log.spans[stage.id] for stage in stages if stage.id in log.spans]
    reason = _skip_reason(log, step)
    entered = [span.entered for span in spans if span.entered is not None]
    word: StepWord = "skipped" if _passed_over(log, step, spans, reason) else _word(log, stages, gates, state)
    waves = {stage.wave for stage in stages if stage.wave}
    done = sum(all(_left(log, stage) for stage in stages if stage.wave == wave) for wave in waves)
    started, seconds = min(entered, default=None), _seconds(log, spans)
    return StepView(step.number, step.title, step.kind, word, started, seconds, reason, done, len(waves))


def _left(log: Log, stage: Stage) -> bool:
    span = log.spans.get(stage.id)
    return span is not None and span.left is not None


def _passed_over(log: Log, step: PlanStep, spans: Sequence[Span], reason: str) -> bool:
    entered = any(span.entered is not None for span in spans)
    unasked = any(choice.what == step.gate and choice.choice == SKIP for _, choice in log.of(Decided)) and step.gate
    return step.decision == "skip" or bool(unasked) or (bool(reason or spans) and not entered)


def _skip_reason(log: Log, step: PlanStep) -> str:
    """Why a step was left out: as planned, or as decided during the run."""
    if step.decision == "skip":
        return step.reason
    named = [event.reason for _, event in log.of(Decided) if step.number in event.steps]
    gate = [event.reason for _, event in log.of(Decided) if step.gate and event.what == step.gate]
    return reason_words(next(iter([*named, *gate]), "")).said(log.plan.language)


def _word(log: Log, stages: Sequence[Stage], gates: Sequence[GateView], state: RunState) -> StepWord:
    spans = [log.spans.get(stage.id) for stage in stages]
    if not any(spans):
        # A step of decisions only has no stage: it was over when it was planned.
        return "pending" if stages else "succeeded"
    open_stages = [s.id for s, span in zip(stages, spans, strict=True) if span and span.left is None]
    if _broke(log, stages, open_stages, gates, state):
        return "failed"
    if all(span and span.left is not None for span in spans):
        return "succeeded"
    if state not in GOING:
        return "partial" if any(stage.zone != "reporting" for stage in stages) or not open_stages else "running"
    waiting = any(gate.state == "open" and any(name in gate.id for name in open_stages) for gate in gates)
    at_gate = any(gate.state == "open" and gate.id == log.stages[name].gate for gate in gates for name in open_stages)
    return "waiting" if waiting or at_gate else "running"


def _broke(
    log: Log, stages: Sequence[Stage], open_stages: Sequence[str], gates: Sequence[GateView], state: RunState
) -> bool:
    """Whether the run stopped in this step, or a reporting step could not do its work (which stops nothing)."""
    reporting = [stage.id for stage in stages if stage.zone == "reporting"]
    looked_at = [*reporting, *([] if state in GOING else open_stages)]
    refused = any(
        gate.state in ("rejected", "timed_out") and gate.id == log.stages[name].gate
        for gate in gates
        for name in open_stages
    )
    return refused or any(proof.mark == "no" for name in looked_at for proof in log.proofs_in(name))


def _seconds(log: Log, spans: Sequence[Span]) -> float | None:
    """Time spent in the step, all waves together; up to now while it is under way."""
    lengths = [_end(log, span) - span.entered for span in spans if span.entered is not None]
    return round(sum(lengths), 3) if lengths else None


def _wave(log: Log, wave: Wave, state: RunState, progress: Progress) -> WaveView:
    spans = [log.spans.get(stage.id) for stage in log.plan.program if stage.wave == wave.number]
    begun = [span for span in spans if span and span.entered is not None]
    started = min((span.entered for span in begun if span.entered is not None), default=None)
    word: WaveWord = "pending" if not begun else "running" if state in GOING else "stopped"
    if spans and all(span and span.left is not None for span in spans):
        word = "done"
    watches = watches_of(log, wave, progress)
    left = left_of(log, wave) if word == "running" else None
    took, share = _length(log, begun, started), share_of(watches)
    return WaveView(wave.number, wave.servers, wave.traffic, word, started, took, wave.soak_s, left, watches, share)


def _length(log: Log, spans: Sequence[Span], started: float | None) -> float | None:
    if started is None:
        return None
    return round(max(_end(log, span) for span in spans) - started, 3)


def _end(log: Log, span: Span) -> float:
    """When a stage was left; one that the run turned back in ended there, any other lasts until now."""
    if span.left is not None:
        return span.left
    turned = next((entry.at for entry, event in log.of(RollbackBegun)), None)
    return turned if turned is not None and span.entered is not None and span.entered <= turned else log.now
