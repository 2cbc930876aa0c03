"""What every part of planning reads: the documents, the site, the library, and the list of problems found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from rollbook.binding.library import Found, Library
from rollbook.binding.markers import Kind
from rollbook.binding.matching import match
from rollbook.model.conditions import TypedLiteral
from rollbook.model.plan import Bound, Limit
from rollbook.model.site import Site
from rollbook.model.workflow import Item, Source, Step, Workflow
from rollbook.planning.findings import Findings
from rollbook.planning.scope import Scope
from rollbook.values import Json, Words

if TYPE_CHECKING:
    from rollbook.planning.deployment.places import Ground


class Context(msgspec.Struct, frozen=True):
    """One planning. `workflow` is the spine, overrides applied; `added` are items that an override put in,
    by step and text, and the file that asks for them."""

    workflow: Workflow
    sources: tuple[Source, ...]
    site: Site
    library: Library
    findings: Findings
    scope: Scope
    servers: tuple[str, ...] = ()
    servers_name: str = ""
    manual: bool = False
    procedure: bool = False
    added: Mapping[tuple[int, str], str] = {}
    facts: Mapping[str, Json] = {}
    notes: dict[Words, None] = {}
    """Grows while planning, in order: what a reader should know."""
    stated: dict[str, tuple[Limit, ...]] = {}
    """Limits that the documents state, by measure (M6)."""
    ground: Ground | None = None
    """Where a deployment document puts the run; None without one."""
    by_hand: frozenset[int] = frozenset()
    """Steps whose unbound items are a person's to close."""
    inserted: frozenset[int] = frozenset()
    """Steps that stand in the deployment document, not in the template."""
    document: str = ""
    """The document of the step that is planned, where it is not the spine's."""

    def find(self, phrase: str, literals: Sequence[TypedLiteral], kinds: Sequence[Kind]) -> Found | None:
        """What the library has for a phrase. By hand, what needs servers is a person's where there are none."""
        found = match(self.library, phrase, literals, kinds)
        return None if found and self.manual and self.lacks_servers(found) else found

    def lacks_servers(self, found: Found) -> bool:
        """Whether a function takes servers and the run has none."""
        return not self.servers and about_servers(found)

    @property
    def file(self) -> str:
        return self.document or self.workflow.source.path

    def for_step(self, number: int) -> Context:
        """The same planning, about a step of the document that it stands in."""
        if number not in self.inserted or self.ground is None:
            return self
        return msgspec.structs.replace(self, document=self.ground.deployment.source.path)

    def note(self, en: str, zh: str) -> None:
        self.notes[Words(en, zh)] = None

    def said(self, words: Words) -> str:
        """A text of the plan, in the document's language."""
        return words.said(self.workflow.language)


MANUAL = Bound("", "manual", "manual")


def about_servers(found: Found) -> bool:
    """Whether a function takes a server or all of them."""
    return bool({"Server", "list[Server]"} & set(found.annotations.values()))


def items_of(step: Step) -> tuple[tuple[str, str, Item], ...]:
    """(group name, loop variable, item) for every bullet, parents before their children."""
    return tuple(
        (group.name or (str(index) if len(step.groups) > 1 else ""), group.loop, item)
        for index, group in enumerate(step.groups)
        for top in group.items
        for item in _family(top)
    )


def _family(item: Item) -> tuple[Item, ...]:
    return (item, *(below for child in item.children for below in _family(child)))
