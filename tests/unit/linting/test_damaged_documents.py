"""Documents damaged at random: reading, linting and showing never raise, and every problem points into the document."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook import documents
from rollbook.binding.library import Library
from rollbook.linting import all_rules, lint
from rollbook.model.workflow import Source
from rollbook.problems import source_lines
from rollbook.views.problems import Checked, Findings, render

LIBRARY = Library.built_in()
BASES = tuple(said for rule in all_rules() for said in (*rule.page.bad, *rule.page.good))
NOISE = (
    "",
    "- ",
    "```",
    "### 1. x [action]",
    "if x == :",
    "\t",
    "| a | b |",
    "|---|---|",
    "${",
    "${x}",
    "**成功条件**:",
    "错误率 <",
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Lines of two documents mixed, some left out, repeated, cut or replaced by noise."""
    lines = [
        line for base in draw(st.lists(st.sampled_from(BASES), min_size=1, max_size=2)) for line in base.split("\n")
    ]
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(lines) - 1))
        act = draw(st.sampled_from(("drop", "repeat", "cut", "noise", "move")))
        if act == "drop" and len(lines) > 1:
            del lines[at]
        elif act == "repeat":
            lines.insert(at, lines[at])
        elif act == "cut":
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        elif act == "noise":
            lines.insert(at, draw(st.sampled_from(NOISE)))
        elif act == "move":
            lines.append(lines.pop(at))
    return draw(st.sampled_from(("\n", "\r\n"))).join(lines)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_document_is_checked_without_an_exception(text: str) -> None:
    reading = documents.read(Source("doc.md", text, ""))
    read = [reading.document] if reading.document else []
    problems = (*reading.problems, *lint(read, LIBRARY))
    lines = source_lines(text)
    for place in (at for p in problems for at in (p.at, *(r.at for r in p.related), *(e.at for e in p.edits))):
        assert 0 <= place.line <= len(lines)
        assert not place.line or 1 <= place.column <= len(lines[place.line - 1]) + 1
    findings = Findings((Checked("doc.md", reading.kind, text),), problems)
    for form in ("text", "json", "sarif", "github"):
        assert render(findings, form, "zh") or not problems
