"""Canary stages as they are judged: both sides' error rates, the test's evidence, the time that is left.

Figures come from the journal once a verdict is there; before that, and while a stage waits for a person with its test
standing on, from `Progress`, the newest block of each test, which no journal holds and which may be missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from rollbook.model.events import STANDING, Judged, RollbackBegun, RunCreated
from rollbook.model.plan import Stage, Wave
from rollbook.views.log import Log
from rollbook.views.run_view import Side, WatchView, WatchWord

Figures: TypeAlias = Mapping[str, float]
Progress: TypeAlias = Mapping[str, Mapping[str, Figures]]
"""Task → condition's phrase → the figures of its newest block."""
VERDICTS: Mapping[str, WatchWord] = {"pass": "passed", "fail": "tripped", "no_data": "no_data"}


def watches_of(log: Log, wave: Wave, progress: Progress) -> tuple[WatchView, ...]:
    """Every condition that the wave is watched by, in the plan's order."""
    stages = (stage for stage in log.plan.program if stage.kind == "watch" and stage.wave == wave.number)
    return tuple(view for stage in stages for view in _of_stage(log, stage, progress))


def left_of(log: Log, wave: Wave) -> float | None:
    """Seconds left of the wave's soak; None when it is not under way."""
    for stage in (s for s in log.plan.program if s.kind in ("watch", "soak") and s.wave == wave.number):
        span = log.spans.get(stage.id)
        if span and span.entered is not None and span.left is None and log.state.phase != "ended":
            return round(max(0.0, stage.soak_s * scale_of(log) - (log.now - span.entered)), 1)
    return None


def share_of(watches: tuple[WatchView, ...]) -> float | None:
    """The part of all requests that the canary side answered while it was watched; None where one side had none."""
    canary, stable = max(((w.canary.requests, w.stable.requests) for w in watches), default=(0, 0), key=sum)
    return round(canary / (canary + stable), 4) if canary and stable else None


def weight_of(log: Log) -> float | None:
    """What the balancer is to give the release: of the newest stage that set it; 0 once the run goes back."""
    if not any(wave.canary for wave in log.plan.waves):
        return None
    if any(event.servers for _, event in log.of(RollbackBegun)):
        return 0.0
    passed = (log.spans.get(stage.id) for stage in log.plan.program)
    done = [s.traffic for s, span in zip(log.plan.program, passed, strict=True) if span and span.left is not None]
    return next((traffic for traffic in reversed(done) if traffic is not None), 0.0)


def scale_of(log: Log) -> float:
    """How much faster soaks pass than the document says (the embedded site's time scale)."""
    created = log.last(RunCreated)
    return created.time_scale if created else 1.0


def nearness(evidence: float | None, threshold: float | None) -> float:
    """How near the evidence is to its threshold: 0 while it speaks for the release, 1 where it trips, by magnitude."""
    if evidence is None or threshold is None or threshold <= 1.0 or evidence <= 1.0:
        return 0.0
    return round(min(1.0, math.log(evidence) / math.log(threshold)), 4)


def _of_stage(log: Log, stage: Stage, progress: Progress) -> Iterator[WatchView]:
    span = log.spans.get(stage.id)
    under_way = span is not None and span.left is None and log.state.phase != "ended"
    for lane in stage.lanes:
        for item in lane.items:
            yield from _of_item(log, f"{stage.id}/{lane.key}/{item}", progress if under_way else {}, under_way)


def _of_item(log: Log, task: str, progress: Progress, under_way: bool) -> Iterator[WatchView]:
    """A watch before its verdict, after it, and standing on behind a verdict that did not let it pass."""
    text, verdict = log.items[task.rpartition("/")[2]].text, _verdict(log, task)
    figures = progress.get(STANDING + task) or ({} if verdict else progress.get(task, {}))
    word: WatchWord = "standing" if STANDING + task in progress else "running"
    if figures and not (verdict and verdict.state == "tripped"):
        yield from (_figured(text, word, newest) for newest in figures.values())
    elif verdict:
        yield replace(verdict, text=text)
    else:
        yield WatchView(text, "running" if under_way else "pending")


def _verdict(log: Log, task: str) -> WatchView | None:
    """The newest verdict on a watch; a trip of its standing test is one."""
    for entry, judged in reversed(list(log.of(Judged))):
        if judged.task.removeprefix(STANDING) == task:
            view = _figured("", VERDICTS[judged.verdict], judged.numbers)
            return replace(view, seq=entry.seq, at=entry.at, detail=judged.detail)
    return None


def _figured(text: str, word: WatchWord, numbers: Figures) -> WatchView:
    evidence, threshold = numbers.get("evidence"), numbers.get("threshold")
    return WatchView(
        text,
        word,
        _side(numbers, "seen_n" if _since(numbers) else "n", "seen_events" if _since(numbers) else "events"),
        _side(numbers, "seen_stable_n", "seen_stable_events"),
        numbers.get("limit"),
        evidence,
        threshold,
        nearness(evidence, threshold),
        int(numbers.get("needed", 0)),
        round(numbers.get("seconds", 0.0), 1),
        numbers.get("at"),
    )


def _since(numbers: Figures) -> bool:
    """Whether anything came since the stage is watched; what tripped at the first look was counted before."""
    return bool(numbers.get("seen_n"))


def _side(numbers: Figures, n: str, events: str) -> Side:
    requests, failed = int(numbers.get(n, 0)), int(numbers.get(events, 0))
    return Side(requests, failed, round(failed / requests, 6) if requests else None)
