"""The run's story, one line an event that a person would tell; per-task chatter is left to the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model import events as ev
from rollbook.model.plan import Stage
from rollbook.values import Words
from rollbook.views.gates import gate_kind
from rollbook.views.log import RESTORE, Log, place_of
from rollbook.views.reasons import reason_words
from rollbook.views.run_view import Mark, Moment
from rollbook.views.wording import ANSWERS, aim, length

Line = tuple[Words, Mark]
REVERSIBLE = "migrations.reversible"
"""The fact by which the look at the schema says that there is something to ask about."""
CHOICES = {"skip": Words("skipped", "跳过"), "open": Words("open", "已开启")}
CLOSED = {
    "evidence": Words("closed by evidence", "由证据关闭"),
    "rehearsal": Words("closed by rehearsal", "由演练关闭"),
    "waived": Words("waived", "已豁免"),
}
ENDS = {
    "succeeded": Words("succeeded", "成功"),
    "failed": Words("failed, nothing was touched", "失败，未触碰任何目标"),
    "rolled_back": Words("rolled back", "已回滚"),
    "aborted": Words("aborted and rolled back", "已中止并回滚"),
    "frozen": Words("frozen: a person is needed", "已冻结：需要人工处理"),
}


def timeline_of(log: Log) -> tuple[Moment, ...]:
    return tuple(moment for entry in log.entries for moment in moments_of(log, entry))


def moments_of(log: Log, entry: ev.Entry) -> Iterator[Moment]:
    """What one entry adds to the story; it needs the plan only, so entries may be told as they come."""
    for words, mark in _lines(log, entry.event):
        yield Moment(entry.at, entry.seq, words, mark)


def _lines(log: Log, event: ev.Event) -> Iterator[Line]:
    """What this event adds to the story; nothing for most."""
    match event:
        case ev.RunCreated(initiator=who, version=version, environment=where):
            what = aim(version, where)
            yield Words(f"{who} started {what}".rstrip(), f"{who} 发起 {what}".rstrip()), "none"
        case ev.EngineStarted(epoch=epoch) if epoch > 1:
            yield (
                Words(f"taken over by another worker (epoch {epoch})", f"由另一个工作进程接管（第 {epoch} 任）"),
                "none",
            )
        case ev.StageEntered(stage=name) if name in log.stages and name not in log.continued:
            yield _entered(log, log.stages[name]), "running"
        case ev.Decided(what=what, choice=choice, reason=reason):
            yield _decided(log, what, choice, reason), "none"
        case ev.ItemClosed() as closed:
            yield _closed(closed), "unknown" if closed.how == "waived" else "yes"
        case _:
            yield from _people(log, event)
            yield from _troubles(log, event)
            yield from _turns(event)


def _people(log: Log, event: ev.Event) -> Iterator[Line]:
    """Gates, answers, verbs, and what the clock says at them."""
    match event:
        case ev.GateOpened(gate=gate, why=why):
            waits = reason_words(why or gate)
            yield Words(f"waits: {waits.en}", f"等待：{waits.zh}"), "unknown"
        case ev.GateAnswered() as answered:
            yield _answered(answered), "no" if answered.answer == "reject" else "yes"
        case ev.VerbAsked(verb=verb, person=person, step=step, reason=reason):
            said = " ".join(part for part in (verb, step, f"({reason})" if reason else "") if part)
            yield Words(f"{person} asked: {said}", f"{person} 要求：{said}"), "none"
        case ev.WindowLooked(open=False, said=said):
            when = Words(f": opens {said}", f"：{said} 开启") if said else Words("", "")
            yield Words(f"release window closed{when.en}", f"发布窗口未开启{when.zh}"), "unknown"
        case ev.TimerFired(timer=timer) if log.plan.gate(timer) and gate_kind(log, timer) != "window":
            yield Words(f"time is over: {timer}", f"超时：{timer}"), "no"


def _troubles(log: Log, event: ev.Event) -> Iterator[Line]:
    """What failed, or nobody knows."""
    match event:
        case ev.Failed(task=task, error=error):
            yield _failed(log, task, error), "no"
        case ev.Judged(
            task=task,
            verdict="fail" | "no_data",
            detail=detail,
        ):
            yield _failed(log, task, detail), "no" if event.verdict == "fail" else "unknown"
        case ev.Unknown(task=task, error=error):
            yield _failed(log, task, error), "unknown"
        case ev.Froze(why=why):
            froze = reason_words(why)
            yield Words(f"frozen: {froze.en}", f"冻结：{froze.zh}"), "no"


def _turns(event: ev.Event) -> Iterator[Line]:
    """The way back, and the end."""
    match event:
        case ev.RollbackBegun(servers=servers):
            named = ", ".join(servers)
            stops = Words("stops: no server was touched", "终止：没有改动任何服务器")
            yield Words(f"rolls back: {named}", f"开始回滚：{named}") if servers else stops, "no"
        case ev.Finished(task=task, detail=detail, data=data) if _is_schema(task) and not data.get(REVERSIBLE):
            yield Words(detail, detail), "yes"
        case ev.ServerRestored(server=server):
            yield Words(f"{server} restored", f"{server} 已恢复"), "yes"
        case ev.RunEnded(state=state, cause=cause):
            end = ENDS[state]
            words = Words(f"{end.en}: {cause}", f"{end.zh}：{cause}") if cause else end
            yield words, "yes" if state == "succeeded" else "no"


def _is_schema(task: str) -> bool:
    """Whether the task is about the schema on its way back; what it found is the story (M31)."""
    place = place_of(task)
    return (place.stage, place.lane) == (RESTORE, "run")


def _entered(log: Log, stage: Stage) -> Words:
    title = next((step.title for step in log.plan.steps if step.number == stage.step), "")
    wave = Words(f"wave {stage.wave} · ", f"第 {stage.wave} 批 · ") if stage.wave else Words("", "")
    if stage.id.startswith("all."):
        wave = Words("all servers · ", "全部服务器 · ")
    kinds = {
        "judge": Words("judging", "判定"),
        "soak": Words(f"watching {stage.soak_s:g} s", f"观察 {stage.soak_s:g} 秒"),
        "watch": Words(f"watched for {length(stage.soak_s)}", f"观察 {length(stage.soak_s)}"),
        "gate": Words("gate", "关口"),
    }
    kind = kinds.get(stage.kind, Words("", ""))
    gate = log.plan.gate(stage.gate) if stage.gate and not stage.step else None
    alone = Words(gate.title, gate.title) if gate else Words("", "")
    step = Words(f"step {stage.step} {title}", f"步骤 {stage.step} {title}") if stage.step else alone
    if stage.zone == "criteria":
        step, kind = Words("success criteria", "成功判定"), Words("", "")
    return Words(
        wave.en + " · ".join(part for part in (step.en, kind.en) if part),
        wave.zh + " · ".join(part for part in (step.zh, kind.zh) if part),
    )


def _closed(event: ev.ItemClosed) -> Words:
    how = CLOSED[event.how]
    detail = Words(f": {event.detail}", f"：{event.detail}") if event.detail else Words("", "")
    return Words(f"{how.en}: {event.text}{detail.en}", f"{how.zh}：{event.text}{detail.zh}")


def _decided(log: Log, what: str, choice: str, reason: str) -> Words:
    gate = log.plan.gate(what)
    subject = gate.title if gate else what
    chosen = CHOICES.get(choice, Words(choice, choice))
    why = reason_words(reason)
    return Words(f"{subject}: {chosen.en} ({why.en})", f"{subject}：{chosen.zh}（{why.zh}）")


def _answered(event: ev.GateAnswered) -> Words:
    answer = ANSWERS[event.answer]
    roles = f" ({', '.join(event.roles)})" if event.roles else ""
    tail = f" {event.choice}" if event.choice else ""
    comment = f": {event.comment}" if event.comment else ""
    return Words(
        f"{event.person}{roles} {answer.en}{tail}{comment}", f"{event.person}{roles} {answer.zh}{tail}{comment}"
    )


def _failed(log: Log, task: str, error: str) -> Words:
    place = place_of(task)
    item = log.items.get(place.item)
    server = log.server_of(task)
    subject = " · ".join(part for part in (server, item.text if item else task) if part)
    return Words(f"{subject}: {error}", f"{subject}：{error}")
