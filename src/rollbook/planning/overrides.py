"""Overrides change the document before it is planned; every change is shown and recorded (DESIGN §2.7, M15)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.model.phrases import phrase_of
from rollbook.model.plan import Change
from rollbook.model.workflow import Group, Item, Step, Workflow
from rollbook.planning.findings import Findings
from rollbook.planning.requests import Override, Request
from rollbook.values import At, Language, Words


class Applied(msgspec.Struct, frozen=True):
    """The changed document. `skips` step → the request's reason; `added` (step, text) of every new item → the file
    that asks for it."""

    workflow: Workflow
    skips: dict[int, str] = {}
    added: dict[tuple[int, str], str] = {}
    changes: tuple[Change, ...] = ()
    places: dict[int, tuple[str, At]] = {}
    """Where each skip was asked for."""


def apply(request: Request, workflow: Workflow, findings: Findings) -> Applied:
    """Apply the request's overrides. One that names a step which is not there is a problem at its line."""
    known = [o for o in request.overrides if _names_a_step(o, workflow, request, findings)]
    skips = {o.step: o.reason for o in known if o.kind == "skip"}
    adds = [o for o in known if o.kind == "add"]
    steps = tuple(_with_added(s, [o for o in adds if o.step == s.number]) for s in workflow.steps)
    changes = tuple(_change(o, workflow) for o in known)
    added = {(o.step, o.text): request.file for o in adds}
    places = {o.step: (request.file, o.at) for o in known if o.kind == "skip"}
    return Applied(msgspec.structs.replace(workflow, steps=steps), skips, added, changes, places)


def _names_a_step(override: Override, workflow: Workflow, request: Request, findings: Findings) -> bool:
    numbers = [s.number for s in workflow.steps]
    if override.step in numbers:
        return True
    findings.add(
        "override-step", override.at,
        Words(f"the request names step {override.step}, which the document does not have",
              f"请求提到步骤{override.step}，但文档中没有这一步"),
        Words(f"its steps are {', '.join(map(str, numbers))}", f"文档的步骤有：{', '.join(map(str, numbers))}"),
        file=request.file,
    )  # fmt: skip
    return False


def _with_added(step: Step, adds: Sequence[Override]) -> Step:
    """The step with the new items at the end of its last group: an added item takes its step's scope (M9)."""
    if not adds:
        return step
    new = tuple(_item(o) for o in adds)
    *others, last = step.groups or (Group(),)
    return msgspec.structs.replace(step, groups=(*others, msgspec.structs.replace(last, items=(*last.items, *new))))


def _item(override: Override) -> Item:
    phrase, literals = phrase_of(override.text)
    code = override.text.strip("`") if override.text[:1] == "`" and override.text.count("`") == 2 else ""
    return Item(override.text, phrase, literals, code=code, at=override.at)


def _change(override: Override, workflow: Workflow) -> Change:
    step = workflow.step(override.step)
    title = f"{override.step}. {step.title}" if step else str(override.step)
    language: Language = workflow.language
    if override.kind == "skip":
        text = Words(f"step {override.step} is skipped", f"跳过步骤{override.step}").said(language)
        return Change(f"{text}{f' ({override.reason})' if override.reason else ''}", title, "")
    text = Words(f"step {override.step} gets another item", f"步骤{override.step}增加一项").said(language)
    return Change(text, "", override.text)
