"""Words, marks and spellings that several views share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from rollbook.values import Json, Words

if TYPE_CHECKING:
    from rollbook.views.run_view import StepView

RUN_WORDS: Mapping[str, Words] = {
    "running": Words("running", "运行中"),
    "waiting": Words("waiting for a person", "等待人工"),
    "paused": Words("paused", "已暂停"),
    "rolling_back": Words("rolling back", "正在回滚"),
    "succeeded": Words("succeeded", "成功"),
    "failed": Words("failed, nothing touched", "失败，未触碰任何目标"),
    "rolled_back": Words("rolled back", "已回滚"),
    "aborted": Words("aborted", "已中止"),
    "frozen": Words("frozen", "已冻结"),
}
STEP_WORDS: Mapping[str, Words] = {
    "pending": Words("to come", "未开始"),
    "running": Words("running", "进行中"),
    "waiting": Words("waiting", "等待中"),
    "succeeded": Words("done", "完成"),
    "failed": Words("failed", "失败"),
    "partial": Words("not finished", "未完成"),
    "skipped": Words("skipped", "已跳过"),
}
WAVE_WORDS: Mapping[str, Words] = {
    "pending": Words("to come", "未开始"),
    "running": Words("under way", "进行中"),
    "done": Words("done", "完成"),
    "stopped": Words("stopped", "已停止"),
}
WATCH_WORDS: Mapping[str, Words] = {
    "pending": Words("to come", "未开始"),
    "running": Words("judging", "判定中"),
    "standing": Words("waits, judged on", "等待中，继续判定"),
    "passed": Words("passed", "通过"),
    "tripped": Words("tripped", "触发回滚"),
    "no_data": Words("undecided", "未能判定"),
}
SERVER_WORDS: Mapping[str, Words] = {
    "untouched": Words("untouched", "未触碰"),
    "changing": Words("changing", "变更中"),
    "out": Words("out of rotation", "不在流量中"),
    "updated": Words("on the new release", "已是新版本"),
    "failed": Words("failed", "失败"),
    "restoring": Words("being restored", "恢复中"),
    "restored": Words("restored", "已恢复"),
    "unknown": Words("cannot be seen", "状态不明"),
}
GATE_WORDS: Mapping[str, Words] = {
    "pending": Words("not reached", "未到达"),
    "open": Words("waiting", "等待中"),
    "passed": Words("passed", "已通过"),
    "rejected": Words("rejected", "已拒绝"),
    "timed_out": Words("timed out", "已超时"),
    "withdrawn": Words("no answer needed", "无需答复"),
}
ANSWERS: Mapping[str, Words] = {
    "approve": Words("approved", "批准"),
    "reject": Words("rejected", "拒绝"),
    "done": Words("done", "已完成"),
    "happened": Words("it happened", "已发生"),
    "not_happened": Words("it did not happen", "未发生"),
    "choose": Words("chose", "选择"),
}
MARKS: Mapping[str, str] = {
    "pending": "·",
    "running": "▶",
    "waiting": "‖",
    "succeeded": "✓",
    "failed": "✗",
    "partial": "◐",
    "skipped": "–",
}
PROOF_MARKS: Mapping[str, str] = {"yes": "✓", "no": "✗", "unknown": "?", "running": "▶", "skipped": "–", "none": "·"}
BARS = "▁▂▃▄▅▆▇█"


def aim(version: str, environment: str) -> str:
    """What goes where, as far as the document has it: `v2.1.0 → production`, `production`, or nothing."""
    return " → ".join(part for part in (version, environment) if part)


def colon(language: str) -> str:
    """What stands between a name and what is said of it."""
    return Words(": ", "：").said(language)


def titled(*parts: str) -> str:
    """Parts of a headline, apart by dots; empty ones left out."""
    return " · ".join(part for part in parts if part)


def clock(at: float) -> str:
    """A moment as local time, such as `2026-11-22 01:10:05`."""
    from datetime import datetime

    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")


def hour(at: float) -> str:
    return clock(at)[11:]


def length(seconds: float) -> str:
    """A length of time for people: `0.4s`, `12s`, `3m05s`, `1h02m`."""
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"
    return f"{minutes}m{rest:02d}s" if minutes and rest else f"{minutes}m" if minutes else f"{rest}s"


def step_words(step: StepView, language: str) -> str:
    """A step's state, with the waves that are through and the reason for a skip."""
    waves = f" {step.waves_done}/{step.waves}" if step.state == "running" and step.waves > 1 else ""
    reason = f" ({step.reason})" if step.reason else ""
    return STEP_WORDS[step.state].said(language) + waves + reason


def percent(share: float) -> str:
    """A share of 1 for people: `33.3%`, `5%`, `100%`."""
    return f"{round(share * 100, 1):g}%"


def metric(name: str, value: Json) -> str:
    """A metric's value with its unit, which its name tells: `26.2s`, `11.1 ms`, `0.2%`."""
    if value is None:
        return "-"
    kind = metric_kinds().get(name.rpartition(".")[2].strip().casefold(), "")
    if kind == "duration":
        return length(float(value))
    if kind == "response_time":
        return f"{value:g} ms"
    return percent_exact(float(value)) if kind in ("success_rate", "error_rate") else str(value)


def capital(evidence: float) -> str:
    """A test's evidence for people: `0.57`, `32`, `2810`; beyond a million it is only very much."""
    if evidence >= 1e6:
        return "> 10⁶"
    return f"{evidence:.3g}" if evidence < 1000 else f"{evidence:.0f}"


def percent_exact(share: float) -> str:
    return f"{share * 100:.3g}%"


@cache
def metric_kinds() -> dict[str, str]:
    """Every known name of a metric or measure → the metric it means; the names of both languages are data."""
    from importlib.resources import files

    import msgspec

    data = files("rollbook.views").joinpath("metric_names.json").read_bytes()
    return {
        name: kind for kind, names in msgspec.json.decode(data, type=dict[str, list[str]]).items() for name in names
    }


def sparkline(values: list[float]) -> str:
    """Values as a line of bars; the tallest bar is the largest value."""
    top = max(values, default=0.0)
    if top <= 0:
        return BARS[0] * len(values)
    return "".join(BARS[min(len(BARS) - 1, int(value / top * (len(BARS) - 1) + 0.5))] for value in values)
