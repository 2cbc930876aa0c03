"""`check` on the seed template: the five contradictions at their lines, no error; on a mended copy none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.check import check

FIVE = {
    "approval-count": [109],
    "outage": [119],
    "judged-without-traffic": [151],
    "rollback-gap": [164],
    "boolean-not-boolean": [95],
}
MENDED = (
    ("审批方式: 至少一人批准", "审批方式: 全部批准"),
    ("**描述**: 优雅停止现有服务", "**描述**: 分批优雅停止现有服务，每次一台"),
    ("- 响应时间 < 500ms\n- 错误率 < 1%", "- 响应时间 < 500ms"),
    ("- 负载分布均匀\n", "- 负载分布均匀\n- 错误率 < 1%\n"),
    ("3. 如果在步骤8-9失败", "3. 如果在步骤8-10失败"),
    ("require_approval = optional", "require_approval = true"),
)


@pytest.fixture
def mended(seed_w: Path, tmp_path: Path) -> Path:
    """The seed with its contradictions settled, as a file of another name."""
    text = seed_w.read_text(encoding="utf-8")
    for bad, good in MENDED:
        assert bad in text
        text = text.replace(bad, good, 1)
    copy = tmp_path / "mended.md"
    copy.write_text(text, encoding="utf-8")
    return copy


def lines_by_rule(path: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for problem in check([str(path)]).problems:
        found.setdefault(problem.rule, []).append(problem.at.line)
    return found


def test_the_seed_has_exactly_the_five_contradictions_at_their_lines(seed_w: Path) -> None:
    assert lines_by_rule(seed_w) == FIVE


def test_the_seed_has_warnings_and_no_error(seed_w: Path) -> None:
    result = check([str(seed_w)])
    assert {p.severity for p in result.problems} == {"warning"}
    assert result.exit_code == 0


def test_strict_makes_errors_of_the_seed_s_warnings(seed_w: Path) -> None:
    assert check([str(seed_w)], strict=True).exit_code == 2


def test_a_mended_copy_has_no_problem_at_all(mended: Path) -> None:
    assert lines_by_rule(mended) == {}


@pytest.mark.parametrize("index", range(len(MENDED)))
def test_each_mending_is_needed(seed_w: Path, tmp_path: Path, index: int) -> None:
    """Leaving one of the six replacements out leaves a contradiction (the two about the error rate go together)."""
    text = seed_w.read_text(encoding="utf-8")
    for number, (bad, good) in enumerate(MENDED):
        text = text if number == index else text.replace(bad, good, 1)
    copy = tmp_path / "almost.md"
    copy.write_text(text, encoding="utf-8")
    assert lines_by_rule(copy)
