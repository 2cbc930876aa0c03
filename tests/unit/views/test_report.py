"""The record of a run: Markdown, HTML and JSON say the same, and the document comes back filled in."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from journals import BEGAN, RUN, view_of
from plans import release_plan
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from rollbook.model.workflow import Source
from rollbook.views.chart import chart, condensed, sparklines
from rollbook.views.filled import filled_documents
from rollbook.views.report_texts import render, render_all
from rollbook.views.run_view import Client, Sample
from walking import Walk, failing

TEXT = """\
# A release

### 3. Build
- build it
- push it
**note**: ${version} is not a bullet

### 7. Replace
- [ ] pull
* [x] configure
```bash
start it
```
- wait until it is ready

### 8. Judge
- the error rate stays low

## Told
- version ${version}, state ${status}
- unknown ${nothing}

## Criteria
- ✅ all healthy
"""
LINES = {
    "3.1": 4, "3.2": 5, "7.1": 9, "7.2": 10, "7.3": 11, "7.4": 14, "8.?1": 17, "criteria.1": 24,
}  # fmt: skip


def documented(plan: Plan) -> Plan:
    """The plan with a document behind it, items on the lines of LINES."""

    def placed(items):
        return tuple(replace(i, line=LINES.get(i.id, 0), document="doc.md") for i in items)

    steps = tuple(replace(s, items=placed(s.items), checks=placed(s.checks)) for s in plan.steps)
    return replace(
        plan,
        steps=steps,
        criteria=placed(plan.criteria),
        documents=(Source("doc.md", TEXT, "f" * 64),),
        parameters={"version": plan.version},
        metrics=("deployment.duration", "deployment.success_rate", "deployment.rollback_count", "something.else"),
    )


@pytest.fixture
def done() -> Walk:
    return Walk(documented(release_plan(2))).on()


@pytest.fixture
def broken() -> Walk:
    failed = ev.Failed("w1.s7/app-1/7.3", "port <taken>", ("bind: address in use",), "free the port")
    return Walk(documented(release_plan(2)), lambda c: failed if getattr(c, "task", "") == failed.task else None).on()


def filled(walk: Walk, language: str = "en") -> list[str]:
    return filled_documents(walk.program.plan, view_of(walk), language)[0].text.split("\n")


def test_the_filled_document_keeps_every_line_of_the_source(done) -> None:
    lines = [line for line in filled(done) if line.strip() not in ("", "✓")]
    for source, shown in zip([s for s in TEXT.split("\n") if s.strip()], _without_added(lines), strict=True):
        assert shown.replace("[x]", "[ ]").startswith(source.rstrip().replace("[x]", "[ ]"))


def _without_added(lines: list[str]) -> list[str]:
    """Lines of the source: a fence's note stands on a line of its own below it."""
    return [line for line in lines if not re.match(r"^\s+✓ ", line)]


def test_every_executed_bullet_has_its_mark_and_evidence(done) -> None:
    shown = filled(done)
    assert re.search(r"^- build it  ✓ .*#\d+$", shown[3])
    assert re.search(r"^- \[x\] pull  ✓ ", shown[8])
    assert "app-1" in shown[8]
    assert "app-2" in shown[8]
    assert re.search(r"✓", shown[-2])


def test_nothing_is_written_into_code(done) -> None:
    shown = filled(done)
    start = shown.index("```bash")
    assert shown[start + 1 : start + 3] == ["start it", "```"]
    assert shown[start + 3].strip().startswith("✓")


def test_a_failed_bullet_says_where_and_what(broken) -> None:
    shown = filled(broken)
    note = shown[shown.index("```bash") + 3]
    assert "✗" in note
    assert "app-1: port <taken> | bind: address in use" in note


def test_bullets_that_only_name_values_say_what_they_came_to(done) -> None:
    told = next(line for line in filled(done) if line.startswith("- version"))
    assert told.endswith("✓ v2.0.0; succeeded")
    assert next(line for line in filled(done) if line.startswith("- unknown")) == "- unknown ${nothing}"


def test_a_bullet_that_was_not_reached_is_left_open(broken) -> None:
    assert next(line for line in filled(broken) if line.startswith("- the error rate")).endswith("·")
    assert "[ ]" not in next(line for line in filled(broken) if "configure" in line)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_every_form_says_who_what_when(broken, form: str, language: str) -> None:
    text = render(broken.program.plan, view_of(broken), form, language)
    for said in (RUN, "v2.0.0", "production", "app-1", "app-2", "v1", "bind: address in use"):
        assert said in text
    assert view_of(broken).head in text


def test_html_escapes_what_others_wrote(broken) -> None:
    page = render(broken.program.plan, view_of(broken), "html", "en")
    assert "port &lt;taken&gt;" in page
    assert "<taken>" not in page


def test_html_is_one_file_without_script_and_nothing_from_elsewhere(done) -> None:
    page = render(done.program.plan, view_of(done), "html", "zh")
    assert "<script" not in page
    assert not re.search(r"(src|href)\s*=", page)
    assert "@import" not in page
    assert "url(" not in page
    Balanced().feed(page)


class Balanced(HTMLParser):
    """Every element that is opened is closed, in order."""

    VOID = ("meta", "br", "path", "circle", "polyline")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_markdown_table_cannot_be_broken_by_what_a_cell_says(broken) -> None:
    view = view_of(broken)
    hostile = replace(view, servers=(replace(view.servers[0], before="a|b\nc"), *view.servers[1:]))
    row = next(
        line for line in render(broken.program.plan, hostile, "md", "en").split("\n") if line.startswith("| app-1")
    )
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_the_documents_fences_do_not_end_the_reports_own(done) -> None:
    text = render(done.program.plan, view_of(done), "md", "en")
    assert "````markdown" in text


def test_m45_metrics_go_by_the_templates_names(done, broken) -> None:
    good = view_of(done, earlier=("succeeded", "rolled_back", "frozen", "failed")).metrics
    assert good == {
        "deployment.duration": pytest.approx(len(done.events) - _reporting(done)),
        "deployment.success_rate": 0.5,
        "deployment.rollback_count": 0,
        "something.else": None,
    }
    assert view_of(broken).metrics["deployment.rollback_count"] == 1
    assert view_of(broken).metrics["deployment.success_rate"] == 0.0


def _reporting(walk: Walk) -> int:
    """Events from the first reporting step on: entries are a second apart."""
    entered = next(i for i, e in enumerate(walk.events) if isinstance(e, ev.StageEntered) and e.stage == "s10")
    return len(walk.events) - entered - 1


def test_json_holds_the_evidence_behind_every_criterion(done) -> None:
    shown = json.loads(render(done.program.plan, view_of(done), "json", "en"))
    assert [(c["text"], c["mark"]) for c in shown["criteria"]] == [("all healthy", "yes")]
    assert shown["evidence"]["7.1"][0]["server"] == "app-1"


def test_the_chart_draws_what_the_client_saw() -> None:
    samples = tuple(Sample(BEGAN + n, 100, n % 2, 0.05 * (1 + n)) for n in range(10))
    drawn = chart(samples, BEGAN, "en")
    assert drawn.count("<polyline") == 2
    assert "500" in drawn
    assert chart((), BEGAN, "en") == ""
    assert sparklines((), "en") == ()
    assert len(sparklines(samples, "zh")) == 2


def test_a_long_run_is_condensed_and_keeps_its_worst() -> None:
    samples = tuple(Sample(BEGAN + n, 10, int(n == 700), 2.0 if n == 333 else 0.1) for n in range(1000))
    shown = condensed(samples, 100)
    assert len(shown) == 100
    assert max(s.p95_s or 0 for s in shown) == 2.0
    assert sum(s.failed for s in shown) == 1
    assert sum(s.requests for s in shown) == 10_000


def test_the_clients_own_count_is_reported(done) -> None:
    view = view_of(done, Client(1200, 3, (Sample(BEGAN + 2, 1200, 3, 0.02),)))
    texts = render_all(done.program.plan, view, "en")
    assert "1200 requests sent, 3 failed" in texts["md"]
    assert json.loads(texts["json"])["client"] == {"sent": 1200, "failed": 3}


def test_a_report_in_the_middle_of_reporting_tells_the_result_that_is_decided() -> None:
    walk = Walk(documented(release_plan(2)), failing("w2.s7/app-2/7.3")).until("s10/run/10.1")
    assert "**rolled back**" in render(walk.program.plan, view_of(walk), "md", "en")
