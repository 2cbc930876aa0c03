"""What a check looks at: one document, the others beside it, and what its phrases mean."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import msgspec

from rollbook.binding.library import Library
from rollbook.linting.meanings import Meanings
from rollbook.model.conditions import Compare, Condition, Expr, Quantity, Says, children
from rollbook.model.deployment import Deployment
from rollbook.model.workflow import Document, Item, Step, Workflow
from rollbook.values import Words

HIDING_PARAMETERS = frozenset(
    {
        "broken-yaml",
        "yaml-tag",
        "yaml-alias",
        "yaml-too-deep",
        "bad-parameter",
        "duplicate-parameter",
        "unknown-parameter-type",
        "bad-parameter-limit",
    }
)


class Lock(msgspec.Struct, frozen=True):
    """A statement of a migration's script that locks a table, as squawk names it. `line` counts from 1."""

    script: str
    line: int
    rule: str


class Outside(msgspec.Struct, frozen=True):
    """What is known beside the documents: of the site, and of the project that they are about."""

    traffic_rate: float | None = None
    """Real requests per second, as the site states them; None where it does not."""
    traffic_samples: int = 300
    alpha: float = 0.01
    present: frozenset[str] | None = None
    """Files that the documents name and the project has; None where nobody knows a project."""
    locks: tuple[Lock, ...] = ()
    """What PostgreSQL scripts lock."""
    unlooked: Words = Words("", "")
    """Why nobody looked for locks, where there are such scripts and nobody could."""
    today: datetime.date | None = None
    """Here and now; None where nothing may depend on it."""


class Context(msgspec.Struct, frozen=True):
    """One document under the eye of a rule. `documents` are all that were given, it included.

    `library` is None when nothing is known about bindings; rules then go by the words alone."""

    document: Document
    documents: tuple[Document, ...]
    meanings: Meanings
    library: Library | None = None
    outside: Outside = Outside()
    misread: frozenset[str] = frozenset()
    """Rules of reading which found errors in this document: what they hide is not to be reported as missing."""

    @property
    def knows_parameters(self) -> bool:
        """Whether the parameters were read whole, so that a name that is not among them is unknown indeed."""
        return not self.misread & HIDING_PARAMETERS

    @property
    def knows_rollback(self) -> bool:
        """Whether every line of the rollback strategy was read."""
        return not self.misread & {"unreadable-rollback-range", "rollback-of-nowhere"}

    @property
    def knows_columns(self) -> bool:
        """Whether every column of the tables was read for what it is, so that what is missing is missing indeed."""
        return not self.misread & {"duplicate-column", "unknown-environment-column", "environment-without-name"}

    @property
    def workflow(self) -> Workflow | None:
        """The document if it is a template; rules about templates end at once when it is not."""
        return self.document if isinstance(self.document, Workflow) else None

    @property
    def deployment(self) -> Deployment | None:
        """The document if it is a deployment document."""
        return self.document if isinstance(self.document, Deployment) else None

    @property
    def template_beside(self) -> Workflow | None:
        """The template given together with this document, where there is exactly one."""
        templates = [d for d in self.documents if isinstance(d, Workflow) and d is not self.document]
        return templates[0] if len(templates) == 1 else None


def items_of(step: Step) -> Iterator[Item]:
    """Every bullet of a step in reading order, nested ones after their parent."""
    for group in step.groups:
        for item in group.items:
            yield from _with_children(item)


def _with_children(item: Item) -> Iterator[Item]:
    yield item
    for child in item.children:
        yield from _with_children(child)


def conditions_of(step: Step) -> Iterator[Condition]:
    """Success and skip conditions and those of a decision's branches."""
    yield from step.success
    yield from step.skip
    for branch in step.decision.branches if step.decision else ():
        if branch.condition:
            yield branch.condition


def leaves(expr: Expr) -> Iterator[Expr]:
    """The comparisons and statements an expression is made of."""
    below = children(expr)
    if not below:
        yield expr
    for term in below:
        yield from leaves(term)


def comparisons(expr: Expr) -> Iterator[Compare]:
    yield from (leaf for leaf in leaves(expr) if isinstance(leaf, Compare))


def asked_in(leaf: Expr) -> Iterator[str]:
    """The phrases that a check or measure answers: a statement's own, a comparison's quantities."""
    if isinstance(leaf, Says):
        yield leaf.phrase
    elif isinstance(leaf, Compare):
        yield from (side.phrase for side in (leaf.left, leaf.right) if isinstance(side, Quantity))
