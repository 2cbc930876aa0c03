"""The gate of a release window (M24): what the document and the site say about when a run may begin to change things.

It stands behind the last person's gate ahead of the rotation and before whatever touches anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.model.gates import Gate
from rollbook.model.plan import Stage, Wave
from rollbook.model.site import Site
from rollbook.model.windows import Window
from rollbook.model.words import environment_identity
from rollbook.planning.context import Context
from rollbook.planning.deployment.places import Ground
from rollbook.planning.windows import read_window
from rollbook.planning.words import words
from rollbook.values import Words

WINDOW = "window"


def windows_of(ground: Ground) -> tuple[Window, ...]:
    """The document's window, where the environment is protected and the window can be read, and the site's: all of
    them must be open."""
    found = [stated_window(ground), *site_windows(ground.site, ground.asked, ground.environment)]
    return tuple(w for w in found if w is not None)


def stated_window(ground: Ground) -> Window | None:
    cell, path = ground.deployment.release_window, ground.deployment.source.path
    if cell.blank or not ground.protected:
        return None
    return read_window(cell.text, ground.site.time_zone, f"{path}:{cell.at.line}")


def site_windows(site: Site, *environments: str) -> tuple[Window, ...]:
    """What the site file says for an environment, by identity (M1)."""
    wanted = {environment_identity(e) for e in environments if e}
    texts = [text for name, text in site.windows.items() if environment_identity(name) in wanted]
    read = (read_window(text, site.time_zone, site.path or site.name) for text in texts)
    return tuple(w for w in read if w is not None)


def window_gate(context: Context, gates: Sequence[Gate]) -> Gate | None:
    """The gate of the windows that are known; None where none is. Who overrides it is who approves the release."""
    ground, site = context.ground, context.site
    windows = windows_of(ground) if ground else site_windows(site, context.scope.environment, context.scope.counterpart)
    if not windows:
        return None
    said = "; ".join(_said(w, context) for w in windows)
    approval = next((g for g in gates if g.kind == "approval" and g.mode == "required"), None)
    if any(not w.zone for w in windows):
        context.note(f"release window: {said}; the site file names no time_zone",
                     f"发布窗口：{said}；站点文件没有写明 time_zone")  # fmt: skip
    document, line = _place(ground)
    return Gate(
        WINDOW, "window", context.said(TITLE), 0, approvers=approval.approvers if approval else (),
        need=approval.need if approval else "any", reason=said, windows=windows, document=document, line=line,
    )  # fmt: skip


def tell_length(gates: Sequence[Gate], waves: Sequence[Wave], context: Context) -> None:
    """Say it where the waves alone take longer than the window lasts: its end stops nothing that has begun."""
    spans = [s.minutes for g in gates for w in g.windows for s in w.spans]
    needed = sum(wave.soak_s for wave in waves) / 60
    if spans and needed > min(spans):
        context.note(f"the stages take {needed:g} min, and the window lasts {min(spans)} min: its end stops nothing",
                     f"各阶段共需 {needed:g} 分钟，而窗口为 {min(spans)} 分钟：窗口结束不会中断发布")  # fmt: skip


def _said(window: Window, context: Context) -> str:
    return f"{window.text} ({window.zone or context.said(LOCAL)})"


def _place(ground: Ground | None) -> tuple[str, int]:
    """The line of the item that asks for the window, else of the window itself."""
    if ground is None:
        return "", 0
    items = (c.item for c in ground.deployment.checklist if c.phase == "before")
    item = next((i for i in items if is_about_window(i.phrase)), None)
    line = item.at.line if item else ground.deployment.release_window.at.line
    return ground.deployment.source.path, line


def is_about_window(phrase: str) -> bool:
    """Whether a checklist item asks about the release window."""
    return any(w in phrase for w in words("window_item"))


def with_window(stages: Sequence[Stage], gates: Sequence[Gate], at_once: bool) -> tuple[Stage, ...]:
    """The stages ahead of the rotation with the window's gate behind the last gate of theirs: people may take hours.
    `at_once`: first of all, where no rotation tells what acts from what prepares."""
    gate = next((g for g in gates if g.kind == "window"), None)
    if gate is None:
        return tuple(stages)
    asked = [] if at_once else [i for i, s in enumerate(stages) if s.kind == "gate"]
    place = asked[-1] + 1 if asked else 0
    return (*stages[:place], Stage(f"{gate.id}.gate", "gate", "before", 0, gate=gate.id), *stages[place:])


TITLE = Words("release window", "发布窗口")
LOCAL = Words("local time", "本机时间")
