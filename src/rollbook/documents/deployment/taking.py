"""Each block of a section to the reader that knows it; what nobody knows is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rollbook.documents.blocks import Block, Line
from rollbook.documents.blocks import fences as fences_in
from rollbook.documents.deployment.cells import cell_of
from rollbook.documents.deployment.checklist import is_checklist, read_checklist, read_checklist_table
from rollbook.documents.deployment.environments import read_matrix, read_turned, take_described
from rollbook.documents.deployment.facts import pairs_of, read_information, take_fact
from rollbook.documents.deployment.fencing import take_fence
from rollbook.documents.deployment.found import Found, Table
from rollbook.documents.deployment.pipeline import (
    is_pipeline_line,
    read_pipeline,
    read_pipeline_list,
    read_pipeline_table,
)
from rollbook.documents.deployment.probes import read_probe_table
from rollbook.documents.deployment.sections import TITLE, Section
from rollbook.documents.deployment.signing import read_downstream_list, read_downstream_table, read_signoffs
from rollbook.documents.deployment.stages import read_canary, read_migrations
from rollbook.documents.deployment.watching import (
    is_link_list,
    links_of,
    read_alerts,
    read_links,
    read_runbook,
    take_problem,
)

READERS: dict[str, Callable[[Table, Found], None]] = {
    "environments": lambda _table, _found: None,  # read before all others
    "turned": read_turned,
    "variables": read_matrix,
    "resources": read_matrix,
    "canary": read_canary,
    "migrations": read_migrations,
    "alerts": read_alerts,
    "runbook": read_runbook,
    "signoffs": read_signoffs,
    "probes": read_probe_table,
    "pipeline": read_pipeline_table,
    "checklist": read_checklist_table,
    "links": read_links,
    "downstream": read_downstream_table,
    "information": read_information,
}
TELLING = ("information", "window", "overview", "")
"""What sections are about whose `label: value` lines are facts of the document."""


def take_section(section: Section, tables: Mapping[int, Table], found: Found) -> None:
    """The blocks of one section, in order."""
    blocks = section.blocks
    if "environments" in section.topics or section.about == "environments":
        described = [pair for block in blocks if block.kind in ("list", "paragraph") for pair in pairs_of(block)]
        if take_described(Line(section.title, section.at), described, found):
            blocks = [block for block in blocks if block.kind not in ("list", "paragraph")]
    if (
        section.about == "runbook"
        and section.own != "runbook"
        and take_problem(section.title, section.at, blocks, found)
    ):
        blocks = [block for block in blocks if block.kind not in ("list", "paragraph")]
    for block in blocks:
        _take(block, section, tables, found)


def _take(block: Block, section: Section, tables: Mapping[int, Table], found: Found) -> None:
    match block.kind:
        case "table":
            _take_table(block, section, tables, found)
        case "fence":
            take_fence(block, section, found)
        case "list":
            for fence in fences_in(block.children):
                take_fence(fence, section, found)
            _take_inner(block, section, tables, found)
            _take_list(block, section, found)
        case "paragraph":
            _take_paragraph(block, section, found)
        case "html" if re.fullmatch(r"(?s)\s*(?:<!--.*?-->\s*)+", block.text):
            return
        case _:
            found.keep_block(section, block)


def _take_table(block: Block, section: Section, tables: Mapping[int, Table], found: Found) -> None:
    if table := tables.get(block.at.line):
        READERS[table.shape.kind](table, found)
    elif len(block.children) > 1:
        found.keep_block(section, block)


def _take_inner(block: Block, section: Section, tables: Mapping[int, Table], found: Found) -> None:
    """Tables within the items of a list."""
    for item in block.children:
        for child in item.children:
            if child.kind == "table":
                _take_table(child, section, tables, found)
            elif child.kind == "list":
                _take_inner(child, section, tables, found)


def _take_list(block: Block, section: Section, found: Found) -> None:
    about = section.about
    if about == "downstream" and read_downstream_list(block, found):
        return
    if about == "pipeline" and read_pipeline_list(block, found):
        return
    if is_link_list(block) and (about in ("links", "monitoring", "alerts") or "monitoring" in section.topics):
        found.links += links_of(block)
    elif is_checklist(block, section):
        read_checklist(block, section, found)
    elif about in TELLING and _take_facts(block, section, found):
        return
    else:
        found.keep_block(section, block)


def _take_facts(block: Block, section: Section, found: Found) -> bool:
    """`label: value` lines, when each is one; below a heading of another kind only those that the vocabulary knows."""
    pairs = list(pairs_of(block))
    count = len(block.children) if block.kind == "list" else len(block.lines)
    listed = section.about == "information" or (not section.title and block.kind != "list")
    taken = [take_fact(label, value, found, listed=listed) for label, value in pairs]
    return bool(taken) and len(taken) == count and (listed or all(taken))


def _take_paragraph(block: Block, section: Section, found: Found) -> None:
    """Facts, a pipeline on one line, the release window; any other prose is kept where its heading says nothing."""
    if is_pipeline_line(block, section):
        read_pipeline(block, found)
    elif section.about in TELLING and _take_facts(block, section, found):
        return
    elif section.own == "window" and found.release_window.blank:
        found.release_window = cell_of(block.head)
    elif "`" in block.text or (section.title and section.own != TITLE and not section.topics and not section.phase):
        found.keep_block(section, block)
