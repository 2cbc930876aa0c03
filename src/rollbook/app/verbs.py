"""Use cases: what people say to a run. Each is a look at the journal, a refusal with its reason or one appended event,
and a worker that hears it."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple, TypeAlias

from rollbook.app.people import Speaker, prove
from rollbook.app.places import Place, Situation, find_run, refuse_held, situation
from rollbook.app.waking import wake
from rollbook.drivers.approving import approval_hash, digest_of
from rollbook.machine.gates import FROZEN, enough, may_answer, rule_for
from rollbook.machine.state import OpenGate, open_gate, run_state
from rollbook.machine.verbs import VERBS, needs_quorum, refusal
from rollbook.model.events import Event, GateAnswered, Verb, VerbAsked
from rollbook.model.gates import kind_of
from rollbook.problems import Conflict, Refused
from rollbook.values import Words

Answer: TypeAlias = Literal["approve", "reject", "done"]


class Who(NamedTuple):
    """Who speaks: `--as`, the operating system's user, and a token from the environment."""

    name: str
    user: str
    token: str = ""


class Said(NamedTuple):
    """What became of a verb. `settled`: the gate is closed; False: another person must answer too. `carried`: a worker
    lives or was started; False: the caller is to carry the run."""

    run: str
    gate: str = ""
    settled: bool = True
    carried: bool = True


def answer(run: str, gate: str, said: Answer, who: Who, place: Place, comment: str = "", choice: str = "") -> Said:
    """Approve, reject or tick off at a gate ("" when the run waits at one only). Raises Refused."""
    speaker = prove(who.name, place.site, who.user, who.token)
    while True:
        now = situation(place.journal, find_run(place.journal, run))
        chosen = the_gate(now, gate)
        refuse_answer(now, chosen, said, speaker, choice)
        refuse_unreasoned(now, chosen, said, comment)
        meant = meaning(now, chosen, said, choice)
        binds = approval_binds(now, place)
        event = GateAnswered(chosen.id, meant, speaker.name, speaker.roles, comment, choice, binds)
        if appended(now, place, event):
            wake(now.row.run, place)
            yes = OpenGate(chosen.id, chosen.answers | {(speaker.name, speaker.roles)})
            return Said(now.row.run, chosen.id, said == "reject" or enough(now.program, yes))


def ask(run: str, verb: Verb, who: Who, place: Place, step: str = "", reason: str = "") -> Said:
    """Pause, abort, retry, skip or roll back (M40). Raises Refused with the reason and what is possible."""
    speaker = prove(who.name, place.site, who.user, who.token)
    while True:
        now = situation(place.journal, find_run(place.journal, run))
        refuse_verb(now, verb, step, speaker)
        if now.state.phase == "ended":
            refuse_held(now.plan, now.row.run, place)
        if appended(now, place, VerbAsked(verb, speaker.name, speaker.roles, step, reason)):
            wake(now.row.run, place)
            return Said(now.row.run)


def resume(run: str, who: Who, place: Place, reason: str = "") -> Said:
    """Go on with a paused run, or take over one whose process is dead. `carried` False: carry it now. Raises Refused
    while a live worker carries it and it is not paused, and when it has ended."""
    from rollbook.drivers.holding import is_held

    speaker = prove(who.name, place.site, who.user, who.token)
    while True:
        now = situation(place.journal, find_run(place.journal, run))
        live = is_held(place.journal.lease_of(now.row.run), time.time())
        refuse_resume(now, live)
        paused = refusal(now.program, now.state, "resume") is None
        if not paused or appended(now, place, VerbAsked("resume", speaker.name, speaker.roles, reason=reason)):
            return Said(now.row.run, carried=live)


def the_gate(now: Situation, name: str) -> OpenGate:
    """The open gate of that name, or the only one. Raises Refused listing the open ones."""
    gates = [gate for gate in now.state.gates if gate.id != FROZEN]
    chosen = [gate for gate in gates if gate.id == name] or [gate for gate in gates if is_named(gate.id, name)]
    found = chosen if name else gates
    if len(found) == 1:
        return found[0]
    listed = ", ".join(gate.id for gate in gates)
    if not gates:
        raise Refused(NO_GATE.format(run=now.row.run, state=run_state(now.state)), frozen_hint(now))
    raise Refused(WHICH_GATE.format(run=now.row.run, gates=listed))


def is_named(gate: str, name: str) -> bool:
    """Whether whole parts of a gate's id are that name, as `2.5` or `web-1/2.5` in "doubt:s2/web-1/2.5" and `4` in
    "approval.4": `1.1` never answers for 1.10."""
    parts = gate.replace(":", "/") if ":" in gate else gate.replace(".", "/")
    return bool(name) and f"/{name}/" in f"/{parts}/"


def refuse_answer(now: Situation, gate: OpenGate, said: Answer, speaker: Speaker, choice: str) -> None:
    """Raise Refused when this person's answer cannot count (M44)."""
    rule = rule_for(now.program, gate.id)
    if not may_answer(now.program, gate.id, speaker.name, speaker.roles):
        approvers = rule.approvers if rule else ()
        allowed = ", ".join(f"{a.role} ({', '.join(a.people)})" for a in approvers)
        raise Refused(NOT_YOURS.format(person=speaker.name, gate=gate.id), MAY.format(allowed=allowed))
    alone = (
        rule is not None and rule.kind in ("approval", "window") and bool(rule.approvers) and rule.need in ("any", 1)
    )
    if said != "reject" and alone and speaker.name == now.plan.site.initiator:
        raise Refused(ALONE.format(person=speaker.name), ALONE_HINT)
    if said != "reject" and any(person == speaker.name for person, _ in gate.answers):
        raise Refused(TWICE.format(person=speaker.name, gate=gate.id), TWICE_HINT)
    if choice and (rule is None or not rule.choices):
        raise Refused(NO_CHOICE.format(gate=gate.id, choice=choice), NO_CHOICE_HINT)
    if rule is not None and rule.kind == "choice" and said != "reject" and choice not in {c.name for c in rule.choices}:
        options = ", ".join(f"{c.name} ({c.text})" for c in rule.choices)
        raise Refused(WHICH_CHOICE.format(gate=gate.id, options=options))


def refuse_unreasoned(now: Situation, gate: OpenGate, said: Answer, comment: str) -> None:
    """Raise Refused when somebody overrides a release window without saying why."""
    planned = now.program.gates.get(gate.id)
    if planned is not None and planned.kind == "window" and said != "reject" and not comment.strip():
        raise Refused(NO_REASON.format(gate=gate.id), NO_REASON_HINT)


def meaning(
    now: Situation, gate: OpenGate, said: Answer, choice: str
) -> Literal["approve", "reject", "done", "happened", "not_happened", "choose"]:
    """What the answer says at this kind of gate: after a crash "yes" and "no" answer "did it happen?" (M19)."""
    if kind_of(gate.id) == "doubt":
        return "not_happened" if said == "reject" else "happened"
    if said != "reject" and choice and gate.id in now.program.gates:
        return "choose"
    return said


def refuse_verb(now: Situation, verb: Verb, step: str, speaker: Speaker) -> None:
    """Raise Refused when the verb makes no sense now, or is not this person's to say (M15, M40)."""
    reason = refusal(now.program, now.state, verb, step)
    if reason is not None:
        possible = [name for name in VERBS if refusal(now.program, now.state, name, step) is None]
        word = run_state(now.state)
        hint = POSSIBLE.format(state=word, verbs=", ".join(possible) or "-")
        raise Refused(CANNOT.format(verb=verb, en=reason.en, zh=reason.zh), hint)
    if not may_steer(now, speaker):
        raise Refused(NOT_STEERING.format(person=speaker.name, verb=verb))
    guarded = verb == "skip" and step.isdigit() and needs_quorum(now.program, int(step))
    if verb == "skip" and not guarded and speaker.name != now.plan.site.initiator and not speaker.roles:
        raise Refused(NOT_STEERING.format(person=speaker.name, verb=verb))


def may_steer(now: Situation, speaker: Speaker) -> bool:
    """The initiator, and whoever has a role that the plan names."""
    roles = now.plan.site.roles
    named = speaker.name == now.plan.site.initiator or any(speaker.name in people for people in roles.values())
    return named or any(role in roles for role in speaker.roles) or not roles


def refuse_resume(now: Situation, live: bool) -> None:
    if now.state.phase == "ended":
        raise Refused(HAS_ENDED.format(run=now.row.run, state=run_state(now.state)))
    if live and refusal(now.program, now.state, "resume") is not None:
        raise Refused(IS_CARRIED.format(run=now.row.run), FOLLOW.format(run=now.row.run))


def approval_binds(now: Situation, place: Place) -> str:
    from rollbook.wiring import code_hashes

    return approval_hash(now.row.plan, now.plan, digest_of(now.entries), code_hashes(place.site, now.plan))


def appended(now: Situation, place: Place, event: Event) -> bool:
    """Whether the event was journaled; False when the run moved on meanwhile and must be looked at again."""
    try:
        place.journal.append(now.row.run, now.seq, None, [event], time.time())
    except Conflict:
        return False
    return True


def frozen_hint(now: Situation) -> Words:
    if open_gate(now.state, FROZEN) is None:
        return Words("", "")
    return FROZEN_HINT.format(run=now.row.run)


NO_GATE = Words("run {run} ({state}) waits for nobody's answer", "运行 {run}（{state}）没有在等待答复")
FROZEN_HINT = Words(
    "the run is frozen: `rollbook retry {run}`, `rollbook skip {run}` or `rollbook rollback {run}`",
    "运行已冻结：`rollbook retry {run}`、`rollbook skip {run}` 或 `rollbook rollback {run}`",
)
WHICH_GATE = Words("run {run} waits at: {gates}; name one", "运行 {run} 正在等待：{gates}；请指明一个")
WHICH_CHOICE = Words("{gate} needs --choice: {options}", "{gate} 需要 --choice：{options}")
NO_CHOICE = Words("{gate} has nothing to choose: --choice {choice}", "{gate} 没有可选项：--choice {choice}")
NO_CHOICE_HINT = Words("say it without --choice", "请去掉 --choice")
NOT_YOURS = Words("{person} may not answer at {gate}", "{person} 无权答复 {gate}")
MAY = Words("these may: {allowed}", "有权答复的是：{allowed}")
NO_REASON = Words(
    "{gate}: the release window is closed; overriding it needs a reason", "{gate}：发布窗口未开启，越过它须说明理由"
)
NO_REASON_HINT = Words("say it with --comment", "请用 --comment 说明")
ALONE = Words("{person} started this run and cannot approve it alone", "{person} 启动了本次运行，不能独自批准")
ALONE_HINT = Words("another approver must", "须由其他审批人批准")
TWICE = Words("{person} has answered at {gate} already", "{person} 已经在 {gate} 答复过")
TWICE_HINT = Words(
    "one person counts once, whatever roles they have; another person must answer too",
    "一个人无论有几个角色只算一次；还需其他人答复",
)
CANNOT = Words("{verb}: {en}", "{verb}：{zh}")
POSSIBLE = Words("the run is {state}; possible now: {verbs}", "运行状态为 {state}；目前可以：{verbs}")
NOT_STEERING = Words("{person} may not {verb} this run", "{person} 无权对本次运行执行 {verb}")
HAS_ENDED = Words("run {run} has ended: {state}", "运行 {run} 已结束：{state}")
IS_CARRIED = Words("run {run} is being carried by a live process", "运行 {run} 正由一个存活的进程执行")
FOLLOW = Words("follow it with `rollbook show {run} --follow`", "用 `rollbook show {run} --follow` 跟随查看")
