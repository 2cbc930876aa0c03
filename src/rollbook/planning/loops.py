"""Loops of parallel steps: a lane per server, or the items once more for each element of another array (M8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from rollbook.model.workflow import Step, Workflow
from rollbook.planning.context import Context
from rollbook.planning.findings import Findings
from rollbook.planning.parameters import shown
from rollbook.planning.words import word_set
from rollbook.values import Json, Words

if TYPE_CHECKING:
    from rollbook.planning.items import Draft


def is_singular(one: str, many: str) -> bool:
    """`server` of `servers`, `host` of `host_list`, `entry` of `entries`; Chinese words have no plural."""
    forms = {one, one + "s", one + "es", one + "_list", one + "list", one + "列表", "目标" + one}
    forms |= {one[:-1] + "ies"} if one.endswith("y") else set()
    return bool(many) and many in forms


def is_servers_loop(loop: str, servers_name: str) -> bool:
    """Whether a loop variable is the singular of the servers parameter, or a word for a server."""
    name = loop.casefold()
    return is_singular(name, servers_name.casefold()) or any(is_singular(name, w) for w in word_set("servers"))


def each_element(drafts: Sequence[Draft], context: Context) -> Iterator[tuple[Draft, Context]]:
    """Bullets with the context they are planned in: those in a loop over an array that is not the servers come once
    for each element, as a group of its own, with the element as the value of the loop variable."""
    for (group, loop), members in groupby(drafts, key=lambda d: (d.group, d.loop)):
        if not loop:
            yield from ((d, context) for d in members)
        elif is_servers_loop(loop, context.servers_name):
            inner = _with_scope(context, loops=frozenset({loop}))
            yield from ((d, inner) for d in members)
        else:
            yield from _repeated(tuple(members), group, loop, context)


def _repeated(members: tuple[Draft, ...], group: str, loop: str, context: Context) -> Iterator[tuple[Draft, Context]]:
    for element in elements_of(loop, context):
        values = {**context.scope.parameters, loop: element}
        inner = _with_scope(context, parameters=values, declared=context.scope.declared | {loop})
        name = f"{group}{loop}={shown(element)}"
        yield from ((msgspec.structs.replace(d, group=name), inner) for d in members)


def elements_of(loop: str, context: Context) -> Sequence[Json]:
    """The elements of the array whose singular the loop variable is."""
    names = [p.name for p in context.workflow.parameters if p.type == "array"]
    name = next((n for n in names if is_singular(loop.casefold(), n.casefold())), "")
    return context.scope.parameters.get(name) or ()


def loops_known(workflow: Workflow, findings: Findings) -> None:
    """A loop over something that is no array parameter is a problem (M8)."""
    arrays = [p.name for p in workflow.parameters if p.type == "array"]
    for group in (group for step in workflow.steps for group in step.groups if group.loop):
        loop = group.loop.casefold()
        if not any(is_singular(loop, name.casefold()) for name in [*arrays, *word_set("servers")]):
            known = ", ".join(arrays)
            findings.add(
                "loop-unknown", group.at,
                Words(f"“{group.loop}” is the singular of no array parameter", f"“{group.loop}”不是任何数组参数的单数"),
                Words(f"loop over one of {known}" if known else "declare an array parameter",
                      f"请对数组参数循环：{known}" if known else "请声明一个数组参数"),
            )  # fmt: skip


def apart(step: Step, drafts: Sequence[Draft], findings: Findings) -> None:
    """Groups of a parallel step run side by side: two that change the same servers would race (drain beside stop)."""
    changing = {d.group: d for d in drafts if d.has("touches") and d.is_about_servers}
    if step.kind == "parallel" and len(changing) > 1:
        first, second = list(changing.values())[:2]
        findings.add(
            "same-servers-side-by-side", second.item.at,
            Words(f"“{first.item.text}” and “{second.item.text}” would change the same servers at the same time",
                  f"“{first.item.text}”与“{second.item.text}”会同时改动同一批服务器"),
            Words("put them under one `for each server:`, or make the step an [action]",
                  "请把它们放在同一个“对每个 server 执行:”之下，或把步骤改为 [action]"),
        )  # fmt: skip


def _with_scope(context: Context, **changes: object) -> Context:
    return msgspec.structs.replace(context, scope=msgspec.structs.replace(context.scope, **changes))
