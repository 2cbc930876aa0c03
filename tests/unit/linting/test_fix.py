"""`check --fix`: only what has one meaning is changed, byte for byte nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from rollbook.app.check import check, check_and_fix
from rollbook.app.fixing import edited, fix
from rollbook.problems import Edit, Problem, Refused
from rollbook.values import At, Words
from rollbook.views.problems import render

SCHEMA = Path(__file__).parents[2] / "data" / "sarif-2.1.0-rtm.5.json"
TEMPLATE = """\
# Release

## Steps

### 1. Build [action]
**Actions**:
- build the Docker image

### 2. Notify [action]
**Actions**:
- update the deployment record

## Rollback strategy

{marker}If step 1 fails → stop, nothing to roll back

## Metrics
- `deployment.duration`: time
"""


def written(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    return str(path)


def test_a_reporting_step_outside_every_range_gets_a_line_that_changes_nothing(seed_w: Path, tmp_path: Path) -> None:
    before = seed_w.read_text(encoding="utf-8")
    result = check_and_fix([written(tmp_path / "copy.md", before)])
    assert [p.rule for p in result.fixed or ()] == ["rollback-gap"]
    assert "rollback-gap" not in {p.rule for p in result.problems}
    last = "3. 如果在步骤8-9失败 → 切换回旧版本，保持服务可用\n"
    after = (tmp_path / "copy.md").read_text(encoding="utf-8")
    assert after == before.replace(last, last + "4. 如果在步骤10失败 → 直接终止，无需回滚\n")


@pytest.mark.parametrize(("marker", "expected"), [("1. ", "2. "), ("- ", "- "), ("* ", "* "), ("1) ", "2) ")])
def test_the_new_line_has_the_bullet_of_the_one_above(tmp_path: Path, marker: str, expected: str) -> None:
    path = tmp_path / "doc.md"
    check_and_fix([written(path, TEMPLATE.format(marker=marker))])
    assert f"\n{expected}If step 2 fails → stop, nothing to roll back\n\n## Metrics" in path.read_text(encoding="utf-8")


def test_byte_order_mark_and_line_breaks_stay(tmp_path: Path) -> None:
    path = tmp_path / "doc.md"
    text = "\ufeff" + TEMPLATE.format(marker="- ").replace("\n", "\r\n")
    check_and_fix([written(path, text)])
    after = path.read_bytes().decode()
    assert after.startswith("\ufeff# Release\r\n")
    assert after.count("\n") == after.count("\r\n") == text.count("\r\n") + 1


def test_a_step_that_acts_is_left_to_people(tmp_path: Path) -> None:
    acting = TEMPLATE.format(marker="- ").replace("update the deployment record", "push the image to the registry")
    path = tmp_path / "doc.md"
    result = check_and_fix([written(path, acting)])
    assert result.fixed == ()
    assert path.read_text(encoding="utf-8") == acting
    assert "nothing here has a fix" in render(result, "text", "en")


def test_a_file_that_changes_meanwhile_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "doc.md"
    found = check([written(path, TEMPLATE.format(marker="- "))])
    path.write_text("somebody else wrote this\n", encoding="utf-8")
    with pytest.raises(Refused):
        fix(found.problems, {d.path: d.text for d in found.documents})
    assert path.read_text(encoding="utf-8") == "somebody else wrote this\n"


def test_edits_of_one_file_do_not_move_each_other() -> None:
    edits = (Edit(At(1, 1), "a", "long"), Edit(At(1, 3), "c", ""), Edit(At(2, 2), "", "\n-"))
    assert edited("abc\r\nde", edits) == "longb\r\nd\r\n-e"


def test_an_edit_of_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="2:1"):
        edited("a\nb", (Edit(At(2, 1), "x", "y"),))


def test_a_fix_that_is_offered_is_counted_and_valid_in_sarif(tmp_path: Path) -> None:
    found = check([written(tmp_path / "doc.md", TEMPLATE.format(marker="- "))])
    assert render(found, "text", "en").endswith("(1 fixable with --fix)")
    assert json.loads(render(found, "json", "en"))["problems"][0]["fixable"] is True
    log = json.loads(render(found, "sarif", "en"))
    assert "fixes" in log["runs"][0]["results"][0]
    assert Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).is_valid(log)


def test_problems_without_edits_are_not_settled() -> None:
    problem = Problem("x", "RB999", "error", "nowhere.md", At(), Words("", ""))
    assert fix([problem], {}) == ()
