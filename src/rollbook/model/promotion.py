"""A promotion: one image on its way through the pipeline of a deployment document (DESIGN §3), every node planned.

It is to a promotion what the plan is to a run: frozen, hashed, stored beside the journal, and the only thing obeyed.
"""

from __future__ import annotations

import msgspec

from rollbook.model.deployment import Mark, PipelineKind
from rollbook.model.plan import Plan
from rollbook.values import Language

PREFIX = "p-"
"""How the id of a promotion begins. Ids of runs have no dash."""


class Kept(msgspec.Struct, frozen=True):
    """What an earlier promotion of this version did at a node: the run, and the image that it left."""

    promotion: str
    run: str
    digest: str = ""


class Node(msgspec.Struct, frozen=True):
    """One node of the drawing. A node with a plan is a run; one without stands in the drawing only, and `note` says
    why."""

    number: int
    """Its place in the drawing, from 1."""
    text: str
    kind: PipelineKind
    environment: str = ""
    """The environment that a deploy node names, as the environment list spells it."""
    mark: Mark = ""
    mark_text: str = ""
    line: int = 0
    plan: Plan | None = None
    kept: Kept | None = None
    note: str = ""

    @property
    def runs(self) -> bool:
        """Whether this promotion starts a run for it."""
        return self.plan is not None and self.kept is None


class Promotion(msgspec.Struct, frozen=True):
    title: str
    language: Language
    document: str
    """Path of the deployment document."""
    sha256: str
    version: str
    environment: str
    """Where it ends: the last deploy node's environment."""
    site: str
    initiator: str
    nodes: tuple[Node, ...]
    """Every node of the drawing up to the last one that is walked."""
    commit: str = ""
    """The commit that it was started for; "" when it was started by hand for what is checked out."""
    notes: tuple[str, ...] = ()
    command: str = ""
    """What was typed, without `--from`: how to begin again."""


def is_promotion(run: str) -> bool:
    """Whether an id is a promotion's."""
    return run.startswith(PREFIX)
