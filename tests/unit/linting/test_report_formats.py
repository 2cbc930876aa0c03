"""How problems are shown: text with carets under the right display column, JSON, SARIF, GitHub annotations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from rollbook.problems import Problem, Related
from rollbook.values import At, Words
from rollbook.views.excerpts import excerpt
from rollbook.views.problems import Checked, Findings, RuleNote, render

SCHEMA = Path(__file__).parents[2] / "data" / "sarif-2.1.0-rtm.5.json"
TEXT = "# 发布\n\n- 至少一人批准\n- production: 技术负责人 + 运维负责人\n"
COUNT = Problem(
    "approval-count",
    "RB201",
    "warning",
    "docs/发布 1.md",
    At(4, 3),
    Words("two are listed, 100% of one is enough", "列出两人，一人即可"),
    Words('say "or"', "写“或”"),
    (Related(At(3, 3), Words("said here", "写在这里")),),
)
WHOLE = Problem("no-steps", "RB110", "error", "docs/b.md", At(), Words("no steps", "没有步骤"))
NOTE = Problem("unused-parameter", "RB207", "note", "docs/b.md", At(1, 1), Words("not used", "没有用到"))
RULES = (RuleNote("approval-count", "RB201", "warning", Words("counts", "人数"), Words("why", "为什么")),)


@pytest.fixture
def findings() -> Findings:
    documents = (Checked("docs/发布 1.md", "template", TEXT), Checked("docs/b.md", "template", "x\n"))
    return Findings(documents, (COUNT, WHOLE, NOTE), RULES)


def test_text_shows_the_line_with_a_caret_the_related_line_and_the_hint(findings: Findings) -> None:
    assert render(findings, "text", "en").split("\n\n")[0].splitlines() == [
        "warning[RB201 approval-count]: two are listed, 100% of one is enough",
        " --> docs/发布 1.md:4:3",
        "  |",
        "3 | - 至少一人批准",
        "  |   ------------ said here",
        "4 | - production: 技术负责人 + 运维负责人",
        "  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        '  = help: say "or"',
    ]


def test_text_ends_with_a_count_in_the_reader_s_language(findings: Findings) -> None:
    assert render(findings, "text", "en").splitlines()[-1] == "2 documents: 1 error, 1 warning, 1 note"
    assert render(findings, "text", "zh").splitlines()[-1] == "2 个文档：1 个错误，1 个警告，1 个提示"
    assert render(Findings(findings.documents, ()), "text", "en") == "2 documents: no problems"


def test_a_problem_of_the_whole_document_names_the_file_alone(findings: Findings) -> None:
    assert "error[RB110 no-steps]: no steps\n --> docs/b.md\n\n" in render(findings, "text", "en")


def test_colour_is_there_only_when_asked_for(findings: Findings) -> None:
    assert "\x1b[" not in render(findings, "text", "zh")
    assert "\x1b[33;1m警告[RB201 approval-count]\x1b[0m" in render(findings, "text", "zh", colour=True)


@pytest.mark.parametrize(
    ("line", "column", "shown", "carets"),
    [
        ("abc def", 5, "abc def", "    ^^^"),
        ("错误率 < 1%", 1, "错误率 < 1%", "^^^^^^^^^^^"),
        ("- 错误率", 3, "- 错误率", "  ^^^^^^"),
        ("错误", 2, "错误", "  ^^"),
        ("\t- a", 4, "    - a", "      ^"),
        ("abc   ", 2, "abc", " ^^"),
        ("abc", 9, "abc", "   ^"),
        ("", 1, "", "^"),
        ("e\N{COMBINING ACUTE ACCENT}x", 3, "e\N{COMBINING ACUTE ACCENT}x", " ^"),
        ("a\x1b[31mb", 1, "a\N{REPLACEMENT CHARACTER}[31mb", "^" * 7),
    ],
)
def test_a_caret_stands_under_its_display_column(line: str, column: int, shown: str, carets: str) -> None:
    assert excerpt(line, column) == (shown, carets)


def test_a_very_long_line_is_cut_around_the_caret() -> None:
    shown, carets = excerpt("x" * 5000 + "错" + "y" * 5000, 5001)
    assert len(shown) < 130
    assert shown[carets.index("^")] == "错"


def test_json_is_the_contract_of_the_command_line(findings: Findings) -> None:
    report = json.loads(render(findings, "json", "zh"))
    assert report["documents"][0] == {"path": "docs/发布 1.md", "kind": "template"}
    assert report["problems"][0] == {
        "rule": "approval-count",
        "code": "RB201",
        "severity": "warning",
        "file": "docs/发布 1.md",
        "line": 4,
        "column": 3,
        "summary": "列出两人，一人即可",
        "hint": "写“或”",
        "related": [{"line": 3, "column": 3, "message": "写在这里"}],
        "fixable": False,
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sarif_is_valid_against_the_schema(findings: Findings, language: str) -> None:
    log = json.loads(render(findings, "sarif", language))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER).iter_errors(log)) == []
    result = log["runs"][0]["results"][0]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("RB201", 0, "warning")
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "docs/%E5%8F%91%E5%B8%83%201.md"
    assert location["region"] == {"startLine": 4, "startColumn": 3}


def test_sarif_that_is_not_valid_is_noticed_by_the_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert not Draft4Validator(schema).is_valid({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})


def test_github_annotations_escape_what_would_end_them(findings: Findings) -> None:
    lines = render(findings, "github", "en").splitlines()
    assert lines == [
        "::warning file=docs/发布 1.md,title=RB201 approval-count,line=4,col=3"
        '::two are listed, 100%25 of one is enough%0Asay "or"',
        "::error file=docs/b.md,title=RB110 no-steps::no steps",
        "::notice file=docs/b.md,title=RB207 unused-parameter,line=1,col=1::not used",
    ]
