"""Use case: a wish for approval, opened ahead of a run: an optional approval then waits for its answer (M14)."""

from __future__ import annotations

import time
from secrets import token_hex

from rollbook.app.people import prove
from rollbook.app.places import Place
from rollbook.app.verbs import Who
from rollbook.model.plan import Plan
from rollbook.ports import Request
from rollbook.problems import Refused
from rollbook.values import Words

NOT_YOURS = Words("{person} may not ask for this approval", "{person} 无权提出此审批请求")
MAY = Words("the initiator and the approvers may: {people}", "发起人与审批人可以：{people}")


def open_request(plan: Plan, who: Who, place: Place, text: str = "") -> Request:
    """Open a request for the plan's environment and version. Raises Refused when the request would not count."""
    speaker = prove(who.name, place.site, who.user, who.token)
    people = {plan.site.initiator, *(p for gate in plan.gates for a in gate.approvers for p in a.people)}
    if speaker.name not in people:
        raise Refused(NOT_YOURS.format(person=speaker.name), MAY.format(people=", ".join(sorted(people))))
    request = Request(token_hex(4), plan.site.environment, plan.version, speaker.name, time.time(), text)
    place.journal.open_request(request)
    return request
