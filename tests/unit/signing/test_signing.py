"""Signing a deployment document (M25, M44): one row, three cells, every other byte as it was."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from rollbook.app.doc import read_deployment, sign, unsigned
from rollbook.app.people import Speaker, prove
from rollbook.cli import main
from rollbook.model.site import Person, Site
from rollbook.problems import Refused

DAY = datetime.date(2026, 3, 4)
HERE = Site()
ELSEWHERE = Site(kind="ssh", path="rollbook.toml", people=(Person("Ana", ("Tech lead",)), Person("Ben", ("QA",))))
ENGLISH = """\
---
status: "draft"   # of this edition
author: Ops
---
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| PROD | example.org | main |

## Canary

| Stage | Traffic | Duration | Roll back when |
|---|---|---|---|
| 1 | 100% | 1 hour | error rate > 1% |

## Sign-off

| Role | Name | Date | Decision |
|---|---|---|---|
| Ops |  |   | created |
| Tech lead | TBD | YYYY-MM-DD | **pending** |
|QA||||
"""


def as_one(name: str, *roles: str) -> Speaker:
    return Speaker(name, roles)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(ENGLISH, encoding="utf-8")
    return path


def changed(path: Path, before: str) -> dict[int, str]:
    """Lines that are not what they were, by number."""
    now, then = path.read_bytes().decode().split("\n"), before.split("\n")
    assert len(now) == len(then)
    return {n: line for n, (line, old) in enumerate(zip(now, then, strict=True), 1) if line != old}


def test_m25_the_seed_is_signed_row_by_row_and_only_then_its_status_moves(seed_d: Path, tmp_path: Path) -> None:
    before = seed_d.read_bytes().decode()
    path = tmp_path / "plan.md"
    path.write_bytes(seed_d.read_bytes())
    sign(str(path), as_one("张三"), "DevOps", HERE, DAY)
    assert changed(path, before) == {242: "| DevOps | 张三 | 2026-03-04 | 已创建 |"}
    done = sign(str(path), as_one("李四"), "技术负责人", HERE, DAY)
    assert done.moved_to == "approved"
    assert changed(path, before) == {
        2: "status: approved",
        242: "| DevOps | 张三 | 2026-03-04 | 已创建 |",
        243: "| 技术负责人 | 李四 | 2026-03-04 | 已批准 |",
    }
    assert unsigned(read_deployment(str(path))) == ()


def test_every_shape_of_a_cell_is_filled_and_nothing_else_changes(plan: Path) -> None:
    for name, role in (("Ann", "Ops"), ("Ben", "QA"), ("Cleo", "tech LEAD")):
        sign(str(plan), as_one(name), role, HERE, DAY)
    rows = [" ".join(line.split()) for line in changed(plan, ENGLISH).values()]
    assert rows[0] == 'status: "approved" # of this edition'
    assert rows[1] == "| Ops | Ann | 2026-03-04 | created |"
    assert rows[2] == "| Tech lead | Cleo | 2026-03-04 | approved |"
    assert rows[3].replace(" ", "") == "|QA|Ben|2026-03-04|approved|"
    assert unsigned(read_deployment(str(plan))) == ()


def test_a_byte_order_mark_and_crlf_stay(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    path.write_bytes(b"\xef\xbb\xbf" + ENGLISH.replace("\n", "\r\n").encode())
    sign(str(path), as_one("Ann"), "Tech lead", HERE, DAY)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf---\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == ENGLISH.count("\n")
    assert b"| Tech lead | Ann | 2026-03-04 | approved |\r\n" in data


@pytest.mark.parametrize(
    ("speaker", "role", "site", "said"),
    [
        (as_one("Ann"), "Chef", HERE, "no row"),
        (as_one("Ann"), "", HERE, "which role"),
        (as_one("Ben", "QA"), "Tech lead", ELSEWHERE, "does not have the role"),
        (as_one("A|b"), "Ops", HERE, "cannot stand"),
    ],
)
def test_what_cannot_be_signed_is_refused_and_nothing_is_written(
    plan: Path, speaker: Speaker, role: str, site: Site, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        sign(str(plan), speaker, role, site, DAY)
    assert plan.read_text(encoding="utf-8") == ENGLISH


def test_m44_one_person_signs_once_and_no_row_is_signed_twice(plan: Path) -> None:
    sign(str(plan), as_one("Ann", "Tech lead"), "", HERE, DAY)
    with pytest.raises(Refused, match="already"):
        sign(str(plan), as_one("Eve"), "Tech lead", HERE, DAY)
    with pytest.raises(Refused, match="counts once"):
        sign(str(plan), as_one("Ann"), "QA", HERE, DAY)


def test_a_row_that_names_somebody_is_signed_by_that_person_only(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    path.write_text(ENGLISH.replace("| TBD |", "| Ann |"), encoding="utf-8")
    with pytest.raises(Refused, match="names Ann"):
        sign(str(path), as_one("Eve"), "Tech lead", HERE, DAY)
    assert sign(str(path), as_one("Ann"), "Tech lead", HERE, DAY).missing == ("Ops", "QA")


def test_m44_another_s_name_is_not_believed_where_the_site_knows_people() -> None:
    with pytest.raises(Refused):
        prove("Ana", ELSEWHERE, "ben")


def test_the_command_signs_and_tells_who_is_missing(
    plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(plan.parent)
    monkeypatch.setenv("ROLLBOOK_LANG", "en")
    assert main(["doc", "sign", "plan.md", "--as", "Ann", "--role", "QA"]) == 0
    assert "still to sign: Ops, Tech lead" in capsys.readouterr().out
    assert main(["doc", "status", "plan.md", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["signoffs"]
    assert [row["signed"] for row in rows] == [False, False, True]
    assert main(["doc", "sign", "plan.md", "--as", "Eve", "--role", "QA"]) == 2
