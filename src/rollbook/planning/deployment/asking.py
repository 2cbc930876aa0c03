"""What the run does, and what people are asked, ahead of a release (M24, M31)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.binding.library import Library
from rollbook.model.phrases import phrase_of
from rollbook.model.workflow import Item
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.settling import settled_items
from rollbook.planning.window_gate import is_about_window, stated_window
from rollbook.values import At, Words


def before_items(ground: Ground, library: Library) -> tuple[Item, ...]:
    """What the run does ahead of the release, and, where the environment is protected, what a person closes: items that
    nothing proves, a release window that cannot be read, and whether both releases work on the migrated schema."""
    settled = settled_items(ground, library)
    items = [s.item for s in settled if s.how in ("act", "person")]
    if not ground.protected:
        return tuple(items)
    return (*_with_window(items, ground), *_schema(ground))


def _with_window(items: Sequence[Item], ground: Ground) -> tuple[Item, ...]:
    """A window that nobody here can read is said by the item about it, or is an item of its own."""
    window = ground.deployment.release_window
    if window.blank or stated_window(ground):
        return tuple(items)
    about = [is_about_window(i.phrase) for i in items]
    said = tuple(
        msgspec.structs.replace(i, text=f"{i.text} ({window.text})") if mine else i
        for i, mine in zip(items, about, strict=True)
    )
    return said if any(about) else (*said, _item(WINDOW.format(window=window.text), window.at, ground))


def _schema(ground: Ground) -> tuple[Item, ...]:
    """While waves run, old and new releases work on one schema (M31)."""
    commands = ground.deployment.commands("migrate_up")
    places = [*(c.at for c in commands), *(m.at for m in ground.deployment.migrations)]
    return (_item(SCHEMA, places[0], ground),) if places else ()


def _item(text: Words, at: At, ground: Ground) -> Item:
    said = text.said(ground.deployment.language)
    return Item(said, phrase_of(said)[0], at=at)


WINDOW = Words("the release window is open ({window})", "处于发布窗口内（{window}）")
SCHEMA = Words("the old and the new release both work on the migrated schema", "新旧版本都能在迁移后的数据库结构上运行")
