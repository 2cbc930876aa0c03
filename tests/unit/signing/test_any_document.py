"""Signing keeps every other byte, whatever the document looks like (M25): over the corpus, with any line ends."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.app.doc import Signed, read_deployment, sign, unsigned
from rollbook.app.people import Speaker
from rollbook.documents import read
from rollbook.model.deployment import Deployment
from rollbook.model.site import Site
from rollbook.model.workflow import Source
from rollbook.problems import Refused

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parents[2] / "corpus"
DAY = datetime.date(2026, 3, 4)
HERE = Site()
TABLE = "\n\n## Other people\n\n| Role | Name | Phone |\n|------|------|-------|\n| Ops | 王五 | 一二三 |\n"
LETTERS = "abcXYZ 张三李四éñÅǅ한글ｗｉｄｅ-.'’·_*~&<>[]()#0"


def signable() -> list[Path]:
    """Corpus documents without errors and with a sign-off table that has a row to sign."""
    found = []
    for path in sorted(CORPUS.glob("*/document.md")):
        text = path.read_text(encoding="utf-8")
        reading = read(Source("plan.md", text, ""))
        if isinstance(reading.document, Deployment) and all(p.severity != "error" for p in reading.problems):
            found += [path] if unsigned(reading.document) else []
    return found


DOCUMENTS = signable()
SPELLED = st.tuples(
    st.sampled_from(DOCUMENTS), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), st.booleans()
)
"""A document, its line ends, whether the last line has one, whether it has a byte-order mark, and another table."""


def spelled(path: Path, end: str, ends: bool, mark: bool, more: bool) -> bytes:
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n") + (TABLE if more else "")
    text = text.rstrip("\n") + ("\n" if ends else "")
    return (b"\xef\xbb\xbf" if mark else b"") + text.replace("\n", end).encode()


def lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def attempt(path: Path, name: str, role: str) -> tuple[Signed | None, str]:
    """What signing did, or why it was refused."""
    try:
        return sign(str(path), Speaker(name, ()), role, HERE, DAY), ""
    except Refused as refused:
        return None, refused.words.en


def test_the_corpus_has_documents_to_sign() -> None:
    assert len(DOCUMENTS) >= 5


@settings(max_examples=60, deadline=None)
@given(SPELLED, st.data())
def test_m25_signing_row_after_row_changes_those_rows_and_at_last_the_status_and_nothing_else(
    how: tuple[Path, str, bool, bool, bool], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "plan.md"
        path.write_bytes(spelled(*how))
        order = data.draw(st.permutations([(r.role, r.at.line) for r in unsigned(read_deployment(str(path)))]))
        signers = iter(f"人{n}" for n in range(len(order)))
        for left, (role, line) in enumerate(order, 1 - len(order)):
            before, document = path.read_bytes(), read_deployment(str(path))
            rows = [r for r in document.signoffs if r.role.casefold() == role.casefold()]
            row = next(r for r in document.signoffs if r.at.line == line)
            name = next(signers) if row.name.blank else row.name.text
            signed, why = attempt(path, name, role)
            if signed is None:
                assert path.read_bytes() == before
                assert len(rows) > 1 or "lacks a column" in why or "fewer cells" in why
                return
            changed = [
                n for n, (a, b) in enumerate(zip(lines(before), lines(path.read_bytes()), strict=True), 1) if a != b
            ]
            status = document.front.lines.get("status")
            assert line in changed
            assert set(changed) <= {line, *((status.line,) if status and signed.moved_to else ())}
            assert bool(signed.missing) == bool(left)
        assert unsigned(read_deployment(str(path))) == ()


@settings(max_examples=80, deadline=None)
@given(st.text(LETTERS, min_size=1, max_size=12), SPELLED)
def test_m25_any_name_is_read_back_as_it_was_given_or_refused_and_nothing_written(
    name: str, how: tuple[Path, str, bool, bool, bool]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "plan.md"
        path.write_bytes(spelled(*how))
        before = path.read_bytes()
        row = next((r for r in unsigned(read_deployment(str(path))) if r.name.blank and r.name.at.line), None)
        if row is None:
            return
        try:
            sign(str(path), Speaker(name, ()), row.role, HERE, DAY)
        except Refused:
            assert path.read_bytes() == before
            return
        now = next(r for r in read_deployment(str(path)).signoffs if r.at.line == row.at.line)
        assert now.name.text == name
        assert path.read_bytes().count(b"\n") == before.count(b"\n")


PLAN = """# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| PROD | example.org | main |

## Sign-off

| Role | Name | Date | Status |
|---|---|---|---|
| Tech lead | | | pending |
| Ops lead | | | pending |
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_f11_m25_one_person_with_both_roles_signs_one_of_them(plan: Path) -> None:
    both = Speaker("Ann", ("Tech lead", "Ops lead"))
    with pytest.raises(Refused, match="for which role"):
        sign(str(plan), both, "", HERE, DAY)
    assert sign(str(plan), both, "Ops lead", HERE, DAY).missing == ("Tech lead",)
    for role in ("Tech lead", ""):
        with pytest.raises(Refused, match="counts once"):
            sign(str(plan), both, role, HERE, DAY)
    assert sign(str(plan), Speaker("Bo", ("Tech lead",)), "", HERE, DAY).missing == ()


def test_f11_m25_a_name_that_differs_in_case_is_the_same_person(plan: Path) -> None:
    sign(str(plan), Speaker("Ann", ()), "Ops lead", HERE, DAY)
    with pytest.raises(Refused, match="counts once"):
        sign(str(plan), Speaker("ANN", ()), "Tech lead", HERE, DAY)


def test_m25_signing_twice_is_refused_with_who_signed_and_when(plan: Path) -> None:
    sign(str(plan), Speaker("Ann", ()), "Ops lead", HERE, DAY)
    before = plan.read_bytes()
    with pytest.raises(Refused, match="signed by Ann on 2026-03-04 already"):
        sign(str(plan), Speaker("Ann", ()), "Ops lead", HERE, DAY)
    assert plan.read_bytes() == before
