"""The table verb × state (M40): what a person may ask of a run in each of its states, and why not otherwise.

`refusal` is the only judge of it: the command line asks it before journaling, `evolve` asks it again when folding.
"""

from __future__ import annotations

from typing import TypeAlias

from rollbook.machine.program import Program
from rollbook.machine.state import State, current, run_state
from rollbook.values import Words

Answer: TypeAlias = Words | None
"""None: allowed. Words: the reason why not."""

ENDED = Words("the run has ended", "运行已经结束")
GOING_BACK = Words("the run is rolling back; it cannot be stopped half-way", "运行正在回滚，不能中途停下")
TELLING = Words("the release is decided; only reporting is left", "发布结果已定，只剩报告步骤")
FROZEN_FIRST = Words("the run is frozen: retry, skip or rollback", "运行已冻结：请使用 retry、skip 或 rollback")
NOT_PAUSED = Words("the run is not paused", "运行没有暂停")
IS_PAUSED = Words("the run is paused already", "运行已经暂停")
NOTHING_HELD = Words("nothing waits to be tried again", "没有等待重试的步骤")
BACK_ALREADY = Words("the run is rolled back already", "运行已经回滚")
NEVER_TOUCHED = Words("the run touched nothing", "该运行没有改动任何目标")

VERBS: dict[str, dict[str, Answer]] = {
    "pause": {"running": None, "waiting": None, "paused": IS_PAUSED, "rolling_back": GOING_BACK,
              "frozen": FROZEN_FIRST},
    "resume": {"running": NOT_PAUSED, "waiting": NOT_PAUSED, "paused": None, "rolling_back": NOT_PAUSED,
               "frozen": FROZEN_FIRST},
    "abort": {"running": None, "waiting": None, "paused": None, "rolling_back": GOING_BACK, "frozen": FROZEN_FIRST},
    "rollback": {"running": None, "waiting": None, "paused": None, "rolling_back": GOING_BACK, "frozen": None,
                 "succeeded": None, "rolled_back": BACK_ALREADY, "aborted": BACK_ALREADY, "failed": NEVER_TOUCHED},
    "retry": {"running": None, "waiting": None, "paused": None, "rolling_back": None, "frozen": None},
    "skip": {"running": None, "waiting": None, "paused": None, "rolling_back": GOING_BACK, "frozen": None},
}  # fmt: skip


def refusal(program: Program, state: State, verb: str, step: str = "") -> Answer:
    """Why `verb` is not possible now, or None when it is."""
    word = run_state(state)
    answer = VERBS[verb].get(word, ENDED)
    if answer is not None:
        return answer
    if state.phase == "reporting" and verb != "retry":
        return TELLING
    if verb == "retry":
        return None if retriable(state) else NOTHING_HELD
    if verb == "rollback" and state.frozen and state.phase == "undoing":
        return GOING_BACK
    if verb == "skip" and not state.frozen:
        return skip_refusal(program, state, step)
    return None


def retriable(state: State) -> bool:
    """Whether anything is held, lost or stuck."""
    return state.frozen or any(lane.status in ("held", "lost") for lane in state.lanes)


def skip_refusal(program: Program, state: State, step: str) -> Answer:
    """A step can be skipped while none of its commands runs, and before it is behind the run."""
    if not step.isdigit() or int(step) not in program.step_rollback:
        return Words(
            f"name the step to skip by its number, not {step or 'nothing'}",
            f"请写出要跳过的步骤编号（现为 {step or '空'}）",
        )
    stage = current(program, state)
    if stage is not None and stage.step == int(step) and any(x.status in ("running", "doubt") for x in state.lanes):
        return Words(f"step {step} is running; abort stops it", f"步骤 {step} 正在执行；用 abort 停止")
    if all(s.step != int(step) for s in program.stages[state.stage :]):
        return Words(f"step {step} is over already", f"步骤 {step} 已经过去")
    if program_crosses(program, state, int(step)):
        return Words(
            f"step {step} takes servers out of traffic or stops them: skipped inside a wave, it would leave them "
            "between releases",
            f"步骤 {step} 会使服务器离开流量或停止服务：在批次中途跳过它会让服务器停在两个版本之间",
        )
    return None


def program_crosses(program: Program, state: State, step: int) -> bool:
    """Skips never cross the border of the rotation (M15): once it has begun, its acting steps stay."""
    stage = current(program, state)
    inside = stage is not None and stage.zone == "rotation"
    acts = any(
        program.items[i].touches for s in program.stages if s.step == step and s.zone == "rotation"
        for lane in s.lanes for i in lane.items
    )  # fmt: skip
    returns = any(
        program.items[i].returns for s in program.stages if s.step == step for lane in s.lanes for i in lane.items
    )
    return inside and acts and not returns


def needs_quorum(program: Program, step: int) -> bool:
    """Skipping an approval, a rejoin or a judge needs the quorum that the approval would (M15)."""
    if program.approval is None:
        return False
    for stage in program.stages:
        if stage.step != step:
            continue
        guarded = stage.kind in ("gate", "soak", "watch") or (
            stage.kind == "judge" and stage.zone in ("rotation", "after")
        )
        if guarded or any(program.items[i].returns for lane in stage.lanes for i in lane.items):
            return True
    return False
