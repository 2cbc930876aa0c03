"""Use cases: what people say to a promotion. It is passed on to the run that it waits for."""

from __future__ import annotations

import time
from contextlib import suppress

from rollbook.app.people import Speaker, prove
from rollbook.app.places import Place
from rollbook.app.promotions import Standing, standing
from rollbook.app.verbs import Said, Who, ask, resume
from rollbook.app.waking import wake
from rollbook.drivers.holding import is_held
from rollbook.machine.promoting import current_run
from rollbook.model.events import Verb, VerbAsked
from rollbook.problems import Conflict, Refused
from rollbook.values import Words


def ask_promotion(now: Standing, verb: Verb, who: Who, place: Place, reason: str = "") -> Said:
    """Pause or abort it, and the run under way with it. Raises Refused for verbs that only a run has, and when it has
    ended."""
    speaker = prove(who.name, place.site, who.user, who.token)
    run = current_run(now.walk)
    if verb not in ("pause", "abort"):
        raise Refused(OF_A_RUN.format(verb=verb), NAME_IT.format(verb=verb, run=run) if run else "")
    _say(now, verb, speaker, place, reason)
    # The run may be over, or on its way back already: then it needs no asking, and the promotion ends behind it.
    with suppress(Refused):
        if run:
            ask(run, verb, who, place, reason=reason)
    wake(now.row.run, place)
    return Said(now.row.run)


def resume_promotion(now: Standing, who: Who, place: Place, reason: str = "") -> Said:
    """Go on with a promotion that is paused or whose process is dead. `carried` False: carry it now. Raises Refused
    while a live process carries it and it is not paused, and when it has ended."""
    speaker = prove(who.name, place.site, who.user, who.token)
    live = is_held(place.journal.lease_of(now.row.run), time.time())
    if now.walk.end:
        raise Refused(HAS_ENDED.format(run=now.row.run), AGAIN)
    if live and not now.walk.paused:
        raise Refused(IS_CARRIED.format(run=now.row.run), FOLLOW.format(run=now.row.run))
    if now.walk.paused:
        _say(now, "resume", speaker, place, reason)
    # The run may be paused as well, or carried on by a worker that nobody has to ask.
    with suppress(Refused):
        if run := current_run(now.walk):
            resume(run, who, place, reason)
    return Said(now.row.run, carried=live)


def _say(now: Standing, verb: Verb, speaker: Speaker, place: Place, reason: str) -> None:
    """Journal the verb behind whatever is there. Raises Refused when it makes no sense any more."""
    while True:
        if now.walk.end:
            raise Refused(HAS_ENDED.format(run=now.row.run), AGAIN)
        if speaker.name != now.promotion.initiator and not speaker.roles:
            raise Refused(NOT_YOURS.format(person=speaker.name, verb=verb))
        event = VerbAsked(verb, speaker.name, speaker.roles, reason=reason)
        try:
            place.journal.append(now.row.run, now.seq, None, [event], time.time())
        except Conflict:
            now = standing(place.journal, now.row)
            continue
        return


OF_A_RUN = Words("a promotion has no `{verb}`: only its runs have", "流水线没有 `{verb}`：只有其中的运行才有")
NAME_IT = Words("rollbook {verb} {run}", "rollbook {verb} {run}")
HAS_ENDED = Words("promotion {run} has ended", "流水线 {run} 已结束")
AGAIN = Words("begin another with `rollbook promote DOC…`", "用 `rollbook promote 文档…` 开始新的流水线")
IS_CARRIED = Words("promotion {run} is being carried by a live process", "流水线 {run} 正由一个存活的进程执行")
FOLLOW = Words("follow it with `rollbook show {run} --follow`", "用 `rollbook show {run} --follow` 跟随查看")
NOT_YOURS = Words("{person} may not {verb} this promotion", "{person} 无权对本流水线执行 {verb}")
