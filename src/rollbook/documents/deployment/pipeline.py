"""The pipeline: its nodes in order, however it is shown: a drawing, Mermaid, a list, or a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import cast

from rollbook.documents.blocks import Block
from rollbook.documents.deployment.drawing import ARROWS, Drawn, arrows, drawn_nodes
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.documents.deployment.sections import Section
from rollbook.documents.vocabulary import longest_first
from rollbook.documents.vocabulary.patterns import searched, stands_in
from rollbook.model.deployment import Mark, PipelineKind, PipelineNode
from rollbook.model.literals import normalised
from rollbook.model.phrases import plain_text
from rollbook.model.words import environment_identity, is_environment


def is_pipeline(block: Block, section: Section) -> bool:
    """Whether a fence draws a pipeline: arrows between nodes, most of which are of a known kind."""
    if block.info not in ("", "text", "txt", "plain", "plaintext", "mermaid", "ascii", "diagram"):
        return False
    nodes = mermaid_nodes(block) if block.info == "mermaid" else drawn_nodes(block.lines)
    known = sum(kind_of(node.text) != "other" or is_environment(node.text) for node in nodes)
    if "pipeline" in section.topics:
        return len(nodes) > 1 and known * 3 >= len(nodes)
    drawn = block.info == "mermaid" or any(arrows(line.text) > 1 for line in block.lines)
    return drawn and len(nodes) > 2 and known * 3 >= len(nodes) * 2


def read_pipeline(block: Block, found: Found) -> None:
    """The nodes of a fence or of a paragraph with arrows."""
    add_nodes(mermaid_nodes(block) if block.info == "mermaid" else drawn_nodes(block.lines), found)


def is_pipeline_line(block: Block, section: Section) -> bool:
    """A paragraph such as `commit → build → deploy to QA`."""
    if block.kind != "paragraph" or arrows(block.text) < 2:
        return False
    nodes = drawn_nodes(block.lines)
    known = sum(kind_of(node.text) != "other" or is_environment(node.text) for node in nodes)
    return "pipeline" in section.topics or known * 3 >= len(nodes) * 2


def read_pipeline_list(block: Block, found: Found) -> bool:
    """A list of nodes; one item may hold several, with arrows. False when no item is of a known kind."""
    drawn: list[Drawn] = []
    for item in block.children:
        line = item.head
        notes = " ".join(child.head.text for below in item.children if below.kind == "list" for child in below.children)
        parts = drawn_nodes([line]) if ARROWS.search(line.text) else (Drawn(line.text, notes, line.at),)
        drawn += parts
    if not any(kind_of(node.text) != "other" for node in drawn):
        return False
    add_nodes(drawn, found)
    return True


def read_pipeline_table(table: Table, found: Found) -> None:
    """One node a row, how it starts in a column of its own."""
    drawn = [
        Drawn(f"{table.text(row, 'name')} {table.text(row, 'environment')}", table.text(row, "trigger"), row[0].at)
        for row in table.grid.rows
    ]
    add_nodes([node for node in drawn if node.text.strip()], found)
    keep_others(table, found)


def add_nodes(drawn: Iterable[Drawn], found: Found) -> None:
    names = sorted((environment.name for environment in found.environments), key=len, reverse=True)
    found.pipeline += [_node(node, names) for node in drawn]


def _node(node: Drawn, names: list[str]) -> PipelineNode:
    text, inside = _parted(plain_text(node.text).replace("`", ""))
    note = node.note or inside
    kind, environment = kind_of(text), ""
    if kind in ("deploy", "other") or _deploys(text):
        environment = environment_in(text, names)
        kind = "deploy" if environment else kind
    return PipelineNode(text, kind, environment, mark_of(note), note, node.at)


def _parted(text: str) -> tuple[str, str]:
    """A node's text, and the note that stands in it: in brackets, or behind a colon or dash."""
    for pattern in (r"(.+?)\s*[(（\[【]([^()（）\[\]【】]+)[)）\]】]\s*", r"(.+?)\s*(?:[:：]| [-–—]+ |——)\s*(.+)"):
        found = re.fullmatch(pattern, text.strip())
        if found and mark_of(found.group(2)):
            return found.group(1), found.group(2)
    return text.strip(), ""


def kind_of(text: str) -> PipelineKind:
    """What a node is about, by the first word of the vocabulary in it."""
    found = searched("deployment", "node", text)
    return cast(PipelineKind, found.meaning) if found else "other"


def _deploys(text: str) -> bool:
    """Whether a node is an environment by its own words, or begins or ends with a word for deploying: neither
    `测试环境` nor `部署测试环境` is a test."""
    plain = normalised(text).casefold()
    if plain.endswith(("环境", " environment", " env")):
        return True
    return plain.startswith(words := longest_first("deployment", "node", "deploy")) or plain.endswith(words)


def mark_of(text: str) -> Mark:
    """How a node starts, by a note at it; "" for notes that say something else."""
    found = searched("deployment", "mark", text) if text else None
    return cast(Mark, found.meaning) if found else ""


def environment_in(text: str, names: Sequence[str]) -> str:
    """The environment that a node names, spelled as the environment list has it, else as the node does. `names` are
    the list's, longest first."""
    plain = normalised(text)
    lower = plain.casefold()
    for name in names:
        if stands_in(lower, normalised(name).casefold()):
            return name
    for word in re.findall(r"[A-Za-z][\w-]*|[^\W\d_a-zA-Z]+", plain):
        for bare in _cores(word):
            if is_environment(bare):
                identity = environment_identity(bare)
                return next((n for n in names if environment_identity(n) == identity), bare)
    return ""


def _cores(word: str) -> Iterable[str]:
    """`生产` of `部署生产环境`, `发布到生产`."""
    yield word
    bare = re.sub(
        r"^(?:自动|手动)?(?:部署|发布|上线|灰度)(?:到|至)?|(?:环境)?(?:自动|手动)?(?:部署|发布|上线)?$", "", word
    )
    if bare != word:
        yield bare


def mermaid_nodes(block: Block) -> tuple[Drawn, ...]:
    """The nodes of a Mermaid flow chart in the order in which they are first named; texts on arrows are notes."""
    labels: dict[str, Drawn] = {}
    for line in block.lines:
        text = line.text.split("%%")[0]
        if re.match(r"\s*(?:graph|flowchart|subgraph|end\b|style|class|click|direction|linkStyle|---)", text):
            continue
        note = ""
        for m in _MERMAID.finditer(text):
            if m["edge"] is not None:
                note = (m["note"] or m["inline"] or "").strip(' "')
                continue
            label = (m["label"] or "").strip('[](){}<>/\\" ')
            before = labels.get(m["id"])
            at = line.at
            drawn = before or Drawn(label or m["id"], "", at)
            if label and drawn.text == m["id"]:
                drawn = drawn._replace(text=label)
            labels[m["id"]] = drawn._replace(note=f"{drawn.note} {note}".strip())
            note = ""
    return tuple(labels.values())


_MERMAID = re.compile(
    r"(?P<edge>(?:--\s*(?P<inline>[^-|>]+?)\s*-->|-\.+->|-->|---|==>)(?:\|(?P<note>[^|]*)\|)?)"
    r"|(?P<id>\w+)(?P<label>\[[^\]]*\]|\(+[^)]*\)+|\{+[^}]*\}+)?"
)
