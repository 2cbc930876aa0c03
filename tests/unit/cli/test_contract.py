"""DESIGN §11: verbs, exit codes and JSON shapes that scripts depend on."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from rollbook.cli.verbs import LATER, VERBS

PLAN = {
    "type": "object",
    "required": ["version", "hash", "documents", "parameters", "steps", "waves", "gates", "repairs", "blockers"],
    "properties": {
        "version": {"type": "string"},
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "documents": {"type": "array", "items": {"type": "object", "required": ["path"]}},
        "parameters": {"type": "object"},
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["number", "title", "kind", "decision", "reason", "items", "rollback"],
                "properties": {
                    "number": {"type": "integer"},
                    "decision": {"enum": ["run", "skip", "pending"]},
                    "items": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["text", "phrase", "binding", "line"],
                            "properties": {
                                "binding": {"type": "string", "minLength": 1},
                                "line": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                },
            },
        },
        "waves": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["number", "servers", "traffic", "soak_s", "rollback_when"],
                "properties": {
                    "number": {"type": "integer"},
                    "servers": {"type": "array", "items": {"type": "string"}},
                    "traffic": {"type": "number", "minimum": 0, "maximum": 1},
                    "soak_s": {"type": "number"},
                    "rollback_when": {"type": "string"},
                },
            },
        },
    },
}


def test_plan_json_has_the_contracts_shape(rollbook, given) -> None:
    answer = rollbook("plan", *given, "--format", "json")
    assert answer.code == 0
    shown = json.loads(answer.out)
    jsonschema.validate(shown, PLAN)
    assert shown["version"] == "v3.4.0"
    assert shown["parameters"]["servers"] == ["shop-1", "shop-2", "shop-3"]
    assert [wave["servers"] for wave in shown["waves"]] == [["shop-1"], ["shop-2"], ["shop-3"]]


def test_check_json_has_the_contracts_shape(rollbook, release) -> None:
    answer = rollbook("check", release, "--format", "json")
    assert answer.code == 0
    shown = json.loads(answer.out)
    assert shown["documents"] == [{"path": release, "kind": "template"}]
    for problem in shown["problems"]:
        assert {"rule", "code", "severity", "file", "line", "column", "summary", "hint"} <= set(problem)


def test_rehearse_json_has_the_contracts_shape_and_nothing_breaks(rollbook, given) -> None:
    answer = rollbook("rehearse", *given, "--format", "json")
    shown = json.loads(answer.out)
    assert (answer.code, shown["violations"]) == (0, [])
    assert shown["states"] > 100
    assert set(shown["ends"]) <= {"succeeded", "failed", "rolled_back", "aborted", "frozen"}


def test_a_plan_is_the_same_plan_every_time(rollbook, given) -> None:
    first, second = (json.loads(rollbook("plan", *given, "--format", "json").out)["hash"] for _ in range(2))
    assert first == second


def test_documents_are_told_apart_by_their_content_not_by_their_name(rollbook, given, here: Path) -> None:
    (here / "release.md").rename(here / "anything.txt")
    assert rollbook("plan", "anything.txt", *given[1:]).code == 0


def test_options_may_stand_before_documents(rollbook, given) -> None:
    assert rollbook("plan", *given[1:], given[0]).code == 0


def test_a_plan_file_holds_the_plan(rollbook, given, here: Path) -> None:
    assert rollbook("plan", *given, "--out", "the.plan").code == 0
    assert (here / "the.plan").stat().st_size > 1000


def test_looking_makes_nothing(rollbook, given, here: Path) -> None:
    before = sorted(here.rglob("*"))
    for words in (("check", given[0]), ("plan", *given), ("rehearse", *given), ("runs",), ("audit",), ("steps",)):
        assert rollbook(*words).code == 0
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS if verb.module == LATER])
def test_verbs_of_later_versions_say_so(rollbook, verb: str) -> None:
    answer = rollbook(verb, "anything")
    assert answer.code == 2
    assert "not in this version" in answer.err


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS if verb.module != LATER])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_verb_helps_in_both_languages(rollbook, monkeypatch, verb: str, language: str) -> None:
    monkeypatch.setenv("ROLLBOOK_LANG", language)
    answer = rollbook(verb, "--help")
    assert answer.code == 0
    summary = next(v.summary for v in VERBS if v.name == verb)
    assert summary.said(language) in answer.out
    assert f"rollbook {verb}" in answer.out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_overview_names_every_verb(rollbook, monkeypatch, language: str) -> None:
    monkeypatch.setenv("ROLLBOOK_LANG", language)
    overview = rollbook("--help").out
    assert all(verb.name in overview for verb in VERBS)


def test_the_documents_language_is_spoken_where_none_is_chosen(rollbook, monkeypatch, examples: Path) -> None:
    monkeypatch.delenv("ROLLBOOK_LANG")
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    answer = rollbook("plan", str(examples / "release.zh.md"))
    assert answer.code == 2
    assert "错误" in answer.err


def test_steps_lists_phrases_of_both_languages_with_their_function(rollbook) -> None:
    shown = json.loads(rollbook("steps", "--format", "json").out)["steps"]
    by_phrase = {row["phrase"]: row for row in shown}
    assert by_phrase["拉取新版本镜像"]["module"] == by_phrase["pull the new image"]["module"]
    assert all(row["effect"] in ("pure", "idempotent", "once") for row in shown)


def test_mermaid_names_every_step_once(rollbook, given) -> None:
    drawn = rollbook("plan", *given, "--format", "mermaid").out.splitlines()
    assert drawn[0] == "flowchart TD"
    assert sum(line.startswith("  s1[") for line in drawn) == 1
    assert any("-->" in line for line in drawn)


def test_version_is_said(rollbook) -> None:
    from rollbook import __version__

    assert rollbook("--version").out.strip() == __version__
