"""Late variables (M4): what a text may name that is known only while the run goes on."""

from __future__ import annotations

import time

import msgspec
from msgspec.structs import replace

from rollbook.machine.program import Program
from rollbook.model import events as ev
from rollbook.values import Json, Words

STATUS = {
    "succeeded": Words("succeeded", "成功"),
    "failed": Words("failed", "失败"),
    "rolled_back": Words("rolled back", "已回滚"),
    "aborted": Words("aborted", "已中止"),
    "": Words("running", "进行中"),
}


class Late(msgspec.Struct, frozen=True):
    """A fold of the journal: when the run began, when telling began, and the first failure. Times in seconds since the
    Unix epoch, 0 while unknown."""

    started: float = 0.0
    told: float = 0.0
    cause: str = ""
    failed_step: str = ""
    failed_server: str = ""
    output: tuple[str, ...] = ()


def keep_late(program: Program, late: Late, entry: ev.Entry) -> Late:
    """The fold after one more entry."""
    event = entry.event
    if not late.started:
        late = replace(late, started=entry.at)
    if isinstance(event, ev.StageEntered) and not late.told and _reports(program, event.stage):
        return replace(late, told=entry.at)
    if not late.cause and (isinstance(event, ev.Failed) or (isinstance(event, ev.Judged) and event.verdict == "fail")):
        cause, step, server = _cause(program, event)
        return replace(late, cause=cause, failed_step=step, failed_server=server, output=event.output)
    return late


def late_variables(program: Program, late: Late, ending: str, now: float) -> dict[str, Json]:
    """`status`, `started`, `total_duration`, `failed_step`, `failed_server`, `cause`, `operator` as texts; `outcome` is
    the end state's own name, `output` the last lines that explain a failure. `total_duration` ends when the first
    reporting step starts; `now` (seconds since the epoch) stands for it until then."""
    language = program.plan.language
    started = late.started or now
    return {
        "status": STATUS[ending if ending in STATUS else ""].said(language),
        "started": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(started)),
        "total_duration": _spelled((late.told or now) - started, language),
        "outcome": ending,
        "failed_step": late.failed_step,
        "failed_server": late.failed_server,
        "output": list(late.output),
        "cause": late.cause,
        "operator": program.plan.site.initiator,
    }


def _reports(program: Program, stage: str) -> bool:
    index = program.stage_index.get(stage)
    return index is not None and program.stages[index].zone == "reporting"


def _cause(program: Program, event: ev.Failed | ev.Judged) -> tuple[str, str, str]:
    """What failed in words, its step, and the server or servers that it was about."""
    task = program.tasks.get(event.task) or program.standing.get(event.task)
    said = event.error if isinstance(event, ev.Failed) else event.detail
    if task is None:
        return f"{event.task}: {said}", "", ""
    servers = (task.server,) if task.server else task.stage.servers if task.stage and task.stage.wave else ()
    return f"{task.item.text}: {said}", str(task.item.from_step or ""), ", ".join(servers)


def _spelled(seconds: float, language: str) -> str:
    minutes, rest = divmod(round(seconds), 60)
    unit = ("分", "秒") if language == "zh" else ("m", "s")
    return f"{minutes}{unit[0]}{rest}{unit[1]}" if minutes else f"{rest}{unit[1]}"
