"""The one-line summary of a run that is kept beside its journal, so that `rollbook runs` folds nothing.

It is a convenience: the journal is the truth, and every verb folds the journal before it acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from rollbook.model.events import (
    Event,
    Froze,
    GateAnswered,
    GateOpened,
    RollbackBegun,
    RunEnded,
    TimerFired,
    VerbAsked,
)
from rollbook.problems import Conflict
from rollbook.values import Words

ENDED = frozenset({"succeeded", "failed", "rolled_back", "aborted"})
"""States in which nothing more happens and no claim is held. A frozen run waits for a person and keeps its claim."""

EXISTS = Words("run {run} exists already", "运行 {run} 已存在")
NO_RUN = Words("there is no run {run}", "没有运行 {run}")
MOVED_ON = Words(
    "run {run}: the journal is at entry {newest}, not {after}", "运行 {run}：日志已到第 {newest} 条，而非第 {after} 条"
)

HELD = Words("{target} is held by run {run}", "{target} 正被运行 {run} 占用")
HELD_HINT = Words(
    "look at it with `rollbook show {run}`; finish it with `rollbook resume {run}` or `rollbook abort {run} --as NAME`",
    "用 `rollbook show {run}` 查看；用 `rollbook resume {run}` 完成它，或用 `rollbook abort {run} --as 姓名` 中止",
)
MEANING: Mapping[type, str] = MappingProxyType({Froze: "frozen", RollbackBegun: "rolling_back", GateOpened: "waiting"})
"""Events that put a run into one state whatever it was in."""


def refuse_held(held: Mapping[str, str]) -> None:
    """Raise Conflict when another run holds a target (target → run)."""
    if held:
        target, run = next(iter(held.items()))
        raise Conflict(HELD.format(target=target, run=run), HELD_HINT.format(run=run))


def state_after(state: str, events: Iterable[Event]) -> str:
    """The run's state in one word after `events`: running, waiting, paused, rolling_back, or an end state."""
    for event in events:
        state = _next(state, event)
    return state


def _next(state: str, event: Event) -> str:
    match event:
        case RunEnded():
            return event.state
        case GateAnswered() | TimerFired() if state == "waiting":
            return "running"
        case VerbAsked(verb="resume" | "retry" | "skip") if state in ("paused", "frozen"):
            return "running"
        case VerbAsked(verb="pause"):
            return "paused"
        case VerbAsked(verb="abort" | "rollback"):
            return "rolling_back"
    return MEANING.get(type(event), state)
