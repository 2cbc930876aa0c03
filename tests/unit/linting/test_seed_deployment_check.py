"""`check` on the seed deployment document, alone and with the template: each contradiction at its line, no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.check import check

ALONE = {
    "blank-value": [18, 62, 63, 64],
    "shared-cluster": [55],
    "push-without-registry": [97],
    "stage-without-duration": [162],
    "undo-while-paused": [171],
    "stage-too-short": [159],
    "alert-looser-than-canary": [204],
}
NOTES = {"alert-looser-than-canary", "stage-too-short"}
URL = "| DATABASE_URL | 数据库连接 | | | | |"
MENDED = (
    ("| 部署版本 | |", "| 部署版本 | v1.2.3 |"),
    (URL, "| DATABASE_URL | 数据库连接 | a | b | c | d |"),
    ("| REDIS_URL | Redis连接 | | | | |", "| REDIS_URL | Redis连接 | a | b | c | d |"),
    (
        "| JWT_SECRET | JWT密钥 | | | | [Secret] |",
        "| JWT_SECRET | JWT密钥 | [Secret] | [Secret] | [Secret] | [Secret] |",
    ),
    ("| STAGING | staging.example.com | prod-cluster |", "| STAGING | staging.example.com | staging-cluster |"),
    ("docker build -t app:${VERSION} .", "docker build -t registry.example.com/app:${VERSION} ."),
    ("| 4 | 100% | - |", "| 4 | 100% | 2小时 |"),
    ("kubectl rollout pause deployment/app\n", "kubectl rollout resume deployment/app\n"),
    ("error_rate > 1%", "error_rate > 0.05%"),
    ("| 关联测试报告 | |", "| 预计流量 | 1000 QPS |"),
)


def lines_by_rule(*paths: Path) -> dict[str, list[int]]:
    """Of the first path's problems."""
    found: dict[str, list[int]] = {}
    for problem in check([str(path) for path in paths]).problems:
        if problem.file == str(paths[0]):
            found.setdefault(problem.rule, []).append(problem.at.line)
    return found


def test_the_seed_alone_has_its_contradictions_at_their_lines(seed_d: Path) -> None:
    assert lines_by_rule(seed_d) == ALONE


def test_the_seed_alone_has_five_kinds_of_warnings_two_notes_and_no_error(seed_d: Path) -> None:
    result = check([str(seed_d)])
    assert {p.rule for p in result.problems if p.severity == "warning"} == set(ALONE) - NOTES
    assert {p.rule for p in result.problems if p.severity == "note"} == NOTES
    assert result.exit_code == 0


def test_beside_the_template_names_and_tags_that_do_not_meet_are_added(seed_d: Path, seed_w: Path) -> None:
    assert lines_by_rule(seed_d, seed_w) == ALONE | {"environment-mismatch": [54], "image-tag-mismatch": [94]}
    assert check([str(seed_w), str(seed_d)]).exit_code == 0


def test_the_template_is_read_no_differently_beside_the_deployment_document(seed_d: Path, seed_w: Path) -> None:
    assert lines_by_rule(seed_w, seed_d) == lines_by_rule(seed_w)


def test_a_mended_copy_has_no_problem_at_all(seed_d: Path, tmp_path: Path) -> None:
    text = seed_d.read_text(encoding="utf-8")
    for bad, good in MENDED:
        assert bad in text
        text = text.replace(bad, good, 1)
    copy = tmp_path / "mended.md"
    copy.write_text(text, encoding="utf-8")
    assert lines_by_rule(copy) == {}


def test_a_variable_that_is_secret_in_one_environment_and_clear_in_another_is_reported(
    seed_d: Path, tmp_path: Path
) -> None:
    text = seed_d.read_text(encoding="utf-8").replace(URL, "| DATABASE_URL | 数据库连接 | a | b | c | [Secret] |")
    copy = tmp_path / "clear.md"
    copy.write_text(text, encoding="utf-8")
    assert lines_by_rule(copy)["secret-in-clear"] == [62, 62, 62]


@pytest.mark.parametrize("index", range(len(MENDED)))
def test_each_mending_is_needed(seed_d: Path, tmp_path: Path, index: int) -> None:
    text = seed_d.read_text(encoding="utf-8")
    for number, (bad, good) in enumerate(MENDED):
        text = text if number == index else text.replace(bad, good, 1)
    copy = tmp_path / "almost.md"
    copy.write_text(text, encoding="utf-8")
    assert lines_by_rule(copy)
