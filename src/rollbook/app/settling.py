"""Use case: what is settled before a run of a plan begins: its checklist (M24), its rehearsal, its release window.

What is proved or waived is journaled with the run's first entry; what forbids the run refuses it, nothing touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollbook.drivers.performing import Functions
from rollbook.model.events import ItemClosed
from rollbook.model.facts import Settlement
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.windows import opening
from rollbook.problems import Refused
from rollbook.values import Words


def settled(plan: Plan, site: Site, functions: Callable[[], Functions], now: float) -> tuple[ItemClosed, ...]:
    """The checklist items that are closed before the first step. Raises Refused where the release window is over, or
    where the environment is protected and its way back, rehearsed, is broken."""
    refuse_past(plan, now)
    listed = plan.deployment.checklist if plan.deployment else ()
    return tuple(closed for item in listed for closed in _closed(item, plan, site, functions))


def refuse_past(plan: Plan, now: float) -> None:
    """Raise Refused for a plan whose release window is over and will not open again."""
    for gate in plan.gates:
        if gate.kind != "window":
            continue
        try:
            past = opening(gate.windows, now).is_past
        except LookupError as unknown:
            raise Refused(NO_ZONE.format(zone=unknown.args[0]), NO_ZONE_HINT) from unknown
        if past:
            raise Refused(PAST.format(window=gate.reason), PAST_HINT)


def _closed(item: Settlement, plan: Plan, site: Site, functions: Callable[[], Functions]) -> Iterator[ItemClosed]:
    if item.how in ("evidence", "waived"):
        yield ItemClosed(item.text, item.how, item.detail, item.document, item.line)
    elif item.how == "rehearsal":
        yield _rehearsed(item, plan, site, functions)


def _rehearsed(item: Settlement, plan: Plan, site: Site, functions: Callable[[], Functions]) -> ItemClosed:
    """The way back is confirmed by a rehearsal of this very plan. A broken one forbids a protected environment; another
    goes on, and it is said."""
    from rollbook.app.rehearse import rehearsed

    found = rehearsed(plan, functions(), site)
    if found.passed:
        said = PASSED.format(plan=found.plan[:12], states=found.states)
        return ItemClosed(item.text, "rehearsal", said.said(plan.language), item.document, item.line)
    story = found.violations[0].invariant if found.violations else INCOMPLETE.format(states=found.states)
    if plan.site.protected:
        raise Refused(BROKEN.format(en=story.en, zh=story.zh), BROKEN_HINT)
    return ItemClosed(item.text, "waived", story.said(plan.language), item.document, item.line)


PAST = Words("the release window is over: {window}", "发布窗口已过：{window}")
PAST_HINT = Words("agree on another window and write it down", "请约定新的窗口并写入文档")
NO_ZONE = Words("this machine does not know the time zone {zone}", "本机不认识时区 {zone}")
NO_ZONE_HINT = Words("write an offset such as +08:00, or install tzdata", "请写成偏移量，例如 +08:00，或安装 tzdata")
PASSED = Words(
    "rehearsed: plan {plan}, {states} situations, no invariant broken",
    "已演练：计划 {plan}，{states} 种情形，未破坏不变量",
)
BROKEN = Words(
    "rollback-unrehearsed: the rehearsal of this plan broke: {en}", "rollback-unrehearsed：本计划的演练未通过：{zh}"
)
BROKEN_HINT = Words("`rollbook rehearse` tells the shortest story", "`rollbook rehearse` 会给出最短的经过")
INCOMPLETE = Words("not everything could be explored ({states} situations)", "未能演练全部情形（{states} 种）")
