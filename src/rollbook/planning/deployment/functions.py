"""Items that a plan adds by function rather than by phrase, in the document's own language."""

from __future__ import annotations

import msgspec

from rollbook.binding.library import Library
from rollbook.binding.lifting import script_of
from rollbook.model.deployment import CommandRole
from rollbook.model.phrases import phrase_of
from rollbook.model.workflow import Item
from rollbook.planning.deployment.places import Ground
from rollbook.values import At, Language

LEAVING = ("traffic:leave", "traffic:wait_for_requests", "traffic:stop")
DEPLOYING = ("release:pull", "release:configure", "release:start", "release:await_ready", "health:api")
RETURNING = ("routing:rejoin", "routing:route")


def leaving(language: Language, library: Library, at: At) -> tuple[Item, ...]:
    return tuple(item_for(f"rollbook.steps.{name}", language, library, at) for name in LEAVING)


def deploying(language: Language, library: Library, at: At) -> tuple[Item, ...]:
    return tuple(item_for(f"rollbook.steps.{name}", language, library, at) for name in DEPLOYING)


def returning(language: Language, library: Library, at: At) -> tuple[Item, ...]:
    return tuple(item_for(f"rollbook.steps.{name}", language, library, at) for name in RETURNING)


def item_for(target: str, language: Language, library: Library, at: At) -> Item:
    """An item whose phrase is bound to `target`, without braces. The project may have bound it to its own function."""
    patterns = [f.pattern for f in library.all() if f.binding.startswith(f"{target}@") and "{" not in f.pattern]
    chosen = next((p for p in patterns if is_chinese(p) == (language == "zh")), "")
    if not chosen:
        raise LookupError(f"the built-in library has no phrase for {target}")
    return Item(chosen, phrase_of(chosen)[0], at=at)


def shell_item(item: Item, ground: Ground, role: CommandRole) -> Item:
    """The item done by the document's own commands of this role; unchanged where it has none."""
    for fence in ground.deployment.fences:
        if code := script_of(fence, role):
            return msgspec.structs.replace(item, code=code, code_language="bash")
    return item


def is_chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)
