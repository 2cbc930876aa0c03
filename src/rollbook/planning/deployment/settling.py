"""What closes each item ahead of the release (M24): the machine wherever it can, else a person where the environment is
protected; elsewhere it is waived.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from rollbook.binding.library import Found, Library
from rollbook.binding.matching import match
from rollbook.model.deployment import ChecklistItem
from rollbook.model.facts import Settlement
from rollbook.model.phrases import phrase_of
from rollbook.model.workflow import Item
from rollbook.planning.context import Context
from rollbook.planning.deployment.evidence import proof
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.readiness import unready
from rollbook.planning.window_gate import is_about_window, windows_of
from rollbook.planning.words import words
from rollbook.values import At, Words

NOTIFY = "rollbook.steps.reporting:notify@"
ANNOUNCE = "rollbook.steps.announcing:announce@"


class Settled(msgspec.Struct, frozen=True):
    """One item and what closes it. `item` is what the run does or asks, where it has to. `lack`: why the survey does
    not prove it."""

    item: Item
    how: Literal["evidence", "rehearsal", "window", "act", "person", "waived"]
    evidence: Words | None = None
    lack: Words | None = None


def settled_items(ground: Ground, library: Library) -> tuple[Settled, ...]:
    """Every item ahead of the release, in document order. A ticked box is a claim and closes nothing."""
    return tuple(_settled(c, ground, library) for c in ground.deployment.checklist if c.phase == "before")


def settlements_of(ground: Ground, library: Library) -> tuple[Settlement, ...]:
    """The same as the plan carries it, in the document's language, behind what else is open and waived."""
    return (*_waived(ground), *(_settlement(found, ground) for found in settled_items(ground, library)))


def _settlement(found: Settled, ground: Ground) -> Settlement:
    said = (found.evidence or found.lack or Words("", "")).said(ground.deployment.language)
    return Settlement(found.item.text, found.how, said, ground.deployment.source.path, found.item.at.line)


def _waived(ground: Ground) -> Iterator[Settlement]:
    """Status, signatures, dependencies and values that would stop a protected environment (M24)."""
    said, path = ground.deployment.language, ground.deployment.source.path
    for at, text in waived_findings(ground):
        yield Settlement(text.said(said), "waived", "", path, at.line)


def tell_settled(ground: Ground, context: Context) -> None:
    """Notes: what is waived, and how each item ahead of the release is closed."""
    for at, text in waived_findings(ground):
        context.notes[_noted(WAIVED, at, text)] = None
    for found in settled_items(ground, context.library):
        what = Words(found.item.text, found.item.text)
        if found.how in HOW:
            context.notes[_noted(HOW[found.how], found.item.at, what, found.evidence or found.lack)] = None


def waived_findings(ground: Ground) -> Iterator[tuple[At, Words]]:
    """What is not ready and does not stop this environment: recorded as waived, with a warning (M24)."""
    if not ground.protected:
        yield from ((at, text) for _, at, text in unready(ground))


def _noted(frame: Words, at: At, text: Words, why: Words | None = None) -> Words:
    return Words(
        frame.en.format(line=at.line, text=text.en) + (f": {why.en}" if why else ""),
        frame.zh.format(line=at.line, text=text.zh) + (f"：{why.zh}" if why else ""),
    )


def stakeholders_of(ground: Ground) -> dict[str, tuple[str, ...]]:
    """Who is told ahead of the release: the sign-off roles, and whoever the site knows as a stakeholder."""
    site = ground.site
    declared = {r for p in site.people for r in p.roles if r.casefold() in words("stakeholders")}
    roles = dict.fromkeys((*(row.role for row in ground.deployment.signoffs), *sorted(declared)))
    return {role: people for role in roles if (people := site.people_of(role))}


def _settled(entry: ChecklistItem, ground: Ground, library: Library) -> Settled:
    item = entry.item
    if any(w in item.phrase for w in words("rollback_ready")):
        return Settled(item, "rehearsal")
    if is_about_window(item.phrase) and windows_of(ground):
        return Settled(item, "window")
    if (act := _act(item, library)) is not None:
        return Settled(act, "act")
    found = proof(entry, ground)
    if found.evidence is not None:
        return Settled(item, "evidence", found.evidence)
    return Settled(item, "person" if ground.protected else "waived", lack=found.lack)


def _act(item: Item, library: Library) -> Item | None:
    """The item as something the run does by itself; telling people ahead of a release is not telling how it ended."""
    found = match(library, item.phrase, item.literals, ("step", "check"))
    if found is None or found.mark.touches or found.mark.leaves_rotation:
        return None
    if found.binding.startswith(NOTIFY):
        return _announcing(item, library)
    return None if found.mark.reports else item


def _announcing(item: Item, library: Library) -> Item:
    """The author's words, done by the function that tells people ahead."""
    found: Found = next(f for f in library.all() if f.binding.startswith(ANNOUNCE))
    return msgspec.structs.replace(item, phrase=phrase_of(found.pattern)[0], literals=())


WAIVED = Words("waived, because the environment is not protected: “{text}” (line {line})",
               "非受保护环境，已豁免：“{text}”（第 {line} 行）")  # fmt: skip
HOW = {
    "evidence": Words("closed by evidence: “{text}”", "由证据关闭：“{text}”"),
    "rehearsal": Words("closed by a rehearsal of this plan when the run is made: “{text}”",
                       "启动运行时由本计划的演练关闭：“{text}”"),
    "window": Words("closed by the release window's gate: “{text}”", "由发布窗口关口关闭：“{text}”"),
    "person": Words("a person closes “{text}”", "由人工关闭：“{text}”"),
    "waived": WAIVED,
}  # fmt: skip
