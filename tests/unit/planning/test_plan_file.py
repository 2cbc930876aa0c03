"""The plan as a file: one hash for one plan, no edits, no changed documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import source_of
from rollbook.model.site import Site
from rollbook.planning.plan import changed_documents, decode, encode, make_plan, plan_hash, refuse_changed
from rollbook.problems import Refused
from templates import RELEASE, plan_of, read_template


def test_a_plan_survives_its_file() -> None:
    plan = plan_of(environment="production")
    assert decode(encode(plan)) == plan
    assert plan_hash(decode(encode(plan))) == plan_hash(plan)


def test_equal_inputs_make_equal_plans_and_different_ones_do_not() -> None:
    assert plan_hash(plan_of()) == plan_hash(plan_of())
    hashes = {plan_hash(p) for p in (plan_of(), plan_of(version="v4"), plan_of(servers=["a"]), plan_of(manual=True))}
    assert len(hashes) == 3  # with everything bound, --manual changes nothing
    assert plan_hash(plan_of(site=Site(initiator="mia", environments={"QA": "staging"}))) not in hashes


def test_a_plan_file_edited_by_hand_is_refused() -> None:
    data = encode(plan_of()).replace(b"desk-1", b"desk-9")
    with pytest.raises(Refused) as refused:
        decode(data)
    assert "edited" in refused.value.words.en


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"# a document", b"\xff\xfe", b'{"rollbook_plan":1,"hash":"x","plan":{}}']
)
def test_what_is_no_plan_file_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        decode(data)


def test_a_plan_whose_hash_was_made_to_fit_but_that_is_no_plan_is_refused() -> None:
    from hashlib import sha256

    body = b'{"documents":[]}'
    file = b'{"rollbook_plan":1,"hash":"%s","plan":%s}' % (sha256(body).hexdigest().encode(), body)
    with pytest.raises(Refused):
        decode(file)


def test_a_document_that_changed_since_is_named(tmp_path: Path) -> None:
    file = tmp_path / "release.md"
    file.write_text(RELEASE)
    plan = make_plan(
        [read_template(RELEASE, str(file))], {"environment": "dev", "servers": "[a]", "version": "v1"}, Site.embedded()
    )
    refuse_changed(plan)
    file.write_text(RELEASE + "\n")
    assert [s.path for s in changed_documents(plan)] == [str(file)]
    with pytest.raises(Refused) as refused:
        refuse_changed(plan)
    assert str(file) in refused.value.words.zh
    file.unlink()
    assert changed_documents(plan)


def test_the_plan_carries_the_text_of_its_documents() -> None:
    (source,) = plan_of().documents
    assert source.text == RELEASE
    assert source.sha256 == source_of(RELEASE).sha256


def test_the_file_is_canonical_json() -> None:
    text = encode(plan_of()).decode()
    plan = json.loads(text)["plan"]
    assert json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False) in text
