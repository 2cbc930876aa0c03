"""What a node of the pipeline does that is no deployment: by the project's word, else by its kind.

commit             which commit is checked out
build              the document's own build commands, as far as they build no image; else compiling
image              build and push, under the name that the first deployment starts
tests              the project's, and a condition that all of them pass (M12)
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.binding.library import Library
from rollbook.binding.matching import match
from rollbook.model.conditions import Condition
from rollbook.model.deployment import CommandFence, Deployment, PipelineNode
from rollbook.model.phrases import phrase_of
from rollbook.model.promotion import Node
from rollbook.model.site import Site
from rollbook.model.workflow import Approval, Approvers, Group, Item, Parameter, Step, Workflow
from rollbook.planning.deployment.checklist import sign_off_roles
from rollbook.planning.deployment.functions import item_for, shell_item
from rollbook.planning.deployment.places import ground_of
from rollbook.planning.words import words
from rollbook.values import Language, Words

BUILT_IN = "rollbook."
FUNCTIONS = {
    "commit": ("source:committed",),
    "build": ("image:compile_sources",),
    "unit_test": ("tests:run_tests",),
    "analysis": ("code:analyse",),
    "image": ("image:build", "image:push"),
    "integration_test": ("tests:run_integration_tests",),
}
JUDGED = {
    "unit_test": Words("all tests pass", "所有测试通过"),
    "integration_test": Words("all tests pass", "所有测试通过"),
    "analysis": Words("no serious code issues", "无严重代码问题"),
}
APPROVAL = Words("Approval of {text}", "{text}：审批")


class Wanted(msgspec.Struct, frozen=True):
    """One node to be planned, and what is known about it. `environment` "": nothing was deployed to yet."""

    made: Node
    node: PipelineNode
    deployment: Deployment
    library: Library
    site: Site
    environment: str
    integration: bool

    @property
    def language(self) -> Language:
        return self.deployment.language


def workflow_of(wanted: Wanted) -> Workflow:
    """The node as a workflow of one step, behind an approval where it is marked so."""
    deployment, made = wanted.deployment, wanted.made
    gate = _approval(wanted) if wanted.node.mark == "manual" else None
    work = None if gate and wanted.node.kind == "other" else _work(wanted)
    steps = tuple(msgspec.structs.replace(s, number=n) for n, s in enumerate((s for s in (gate, work) if s), 1))
    parameters = tuple(Parameter(name, "string") for name in ("environment", "version", "commit"))
    return Workflow(
        deployment.source, deployment.language, f"{deployment.title} · {made.text}", parameters=parameters, steps=steps
    )


def _approval(wanted: Wanted) -> Step:
    """The same people as for a deployment: the sign-off roles other than the author's (M2)."""
    roles = sign_off_roles(ground_of(wanted.deployment, wanted.environment, wanted.site, {}))
    approval = Approval(approvers=(Approvers("", roles, wanted.node.at),) if roles else (), at=wanted.node.at)
    title = APPROVAL.format(text=wanted.node.text).said(wanted.language)
    return Step(0, title, "approval", approval=approval, at=wanted.node.at)


def _work(wanted: Wanted) -> Step:
    meaning = _meaning(wanted)
    items = _items(wanted, meaning)
    judged = meaning in JUDGED and items[0].text != wanted.node.text
    success = (_condition(JUDGED[meaning], wanted),) if judged else ()
    group = Group(items=tuple(items), at=wanted.node.at)
    return Step(0, wanted.node.text, "action", groups=(group,), success=success, at=wanted.node.at)


def _meaning(wanted: Wanted) -> str:
    """The node's kind; analysis where it says so, and nothing for tests that are not there or measure load."""
    node = wanted.node
    text = phrase_of(node.text)[0]
    if any(w in text for w in words("node_load")):
        return "load"
    if node.kind == "unit_test" and any(w in text for w in words("node_analysis")):
        return "analysis"
    if node.kind == "integration_test" and not wanted.integration:
        return "absent"
    if node.kind == "build" and not any(n.kind == "image" for n in wanted.deployment.pipeline) and _images(wanted):
        return "image"
    return node.kind


def _items(wanted: Wanted, meaning: str) -> Sequence[Item]:
    """The node's text where somebody bound a function to it or nothing else is known; else what its meaning runs."""
    node, at = wanted.node, wanted.node.at
    phrase, literals = phrase_of(node.text)
    plain = Item(node.text, phrase, literals, at=at)
    found = match(wanted.library, phrase, literals, ("step",))
    if found is not None and not found.binding.startswith(BUILT_IN):
        return (plain,)
    if meaning == "build" and any(_is_plain(f) for f in wanted.deployment.fences):
        ground = ground_of(wanted.deployment, wanted.environment, wanted.site, {})
        plain_only = msgspec.structs.replace(
            wanted.deployment, fences=tuple(f for f in wanted.deployment.fences if _is_plain(f))
        )
        return (shell_item(plain, msgspec.structs.replace(ground, deployment=plain_only), "build"),)
    if meaning in FUNCTIONS:
        names = (f"rollbook.steps.{name}" for name in FUNCTIONS[meaning])
        return tuple(item_for(name, wanted.language, wanted.library, at) for name in names)
    return (plain,)


def _is_plain(fence: CommandFence) -> bool:
    """Whether a fence has build commands and none of them makes an image."""
    building = [c for c in fence.commands if c.role == "build" and not c.prepares and not c.guarded]
    return bool(building) and not any(_is_container(c.text) for c in building)


def _images(wanted: Wanted) -> bool:
    return any(_is_container(c.text) for c in wanted.deployment.commands("build", "push"))


def _is_container(command: str) -> bool:
    return any(tool in command.split() for tool in ("docker", "podman", "buildah", "nerdctl", "kaniko"))


def _condition(text: Words, wanted: Wanted) -> Condition:
    from rollbook.documents.conditions import read_condition

    return read_condition(text.said(wanted.language), wanted.node.at)
