"""Whether a document is about a deployment, when its headings alone do not tell: by what its tables are."""

from __future__ import annotations

from collections.abc import Iterable

from rollbook.documents.blocks import fences
from rollbook.documents.deployment import tables_of
from rollbook.documents.deployment.found import Found, Table
from rollbook.documents.deployment.pipeline import is_pipeline
from rollbook.documents.deployment.probes import holds_probes
from rollbook.documents.deployment.sections import Section, title_and_sections
from rollbook.documents.markdown import Parsed
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import meaning
from rollbook.documents.vocabulary.patterns import searched

ENOUGH = 3.0
TABLES = {"environments": 2.0, "variables": 2.0, "resources": 2.0, "canary": 2.0, "migrations": 2.0, "alerts": 1.0,
          "signoffs": 1.0, "runbook": 1.0, "probes": 1.0}  # fmt: skip
"""What a table of each kind says for a deployment document, once for each kind."""
TOPICS = frozenset({"environments", "variables", "resources", "pipeline", "migrations", "canary", "probes", "alerts",
                    "signoffs", "downstream", "window"})  # fmt: skip


def is_about_a_deployment(parsed: Parsed) -> bool:
    """Whether tables, checklists, drawings and headings together are those of a deployment document."""
    title, sections = title_and_sections(parsed.blocks)
    tables = tables_of(sections, Found(Notes("", parsed.lines))).values()
    points = 1.0 if searched("deployment", "title", title) else 0.0
    points += sum(TABLES.get(kind, 0.0) for kind in {table.shape.kind for table in tables})
    points += 0.5 * len({section.own for section in sections} & TOPICS)
    points += _told(tables) + (1.0 if _phases(sections) > 1 else 0.0)
    return points + _drawn(sections) >= ENOUGH


def _told(tables: Iterable[Table]) -> float:
    """Whether a table tells the version or the time of the release."""
    labels = [row[0].text for t in tables if t.shape.kind == "information" for row in t.grid.rows]
    return float(any((meaning("deployment", "fact", label) or "").startswith("release") for label in labels))


def _phases(sections: list[Section]) -> int:
    listed = (s for s in sections if any(block.kind in ("list", "table") for block in s.blocks))
    return len({section.phase for section in listed} - {""})


def _drawn(sections: list[Section]) -> float:
    inside = [(fence, section) for section in sections for fence in fences(section.blocks)]
    return float(any(holds_probes(f) for f, _ in inside)) + float(any(is_pipeline(f, s) for f, s in inside))
