"""Identity behind `--as`, and what an approval is given for (M44)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plans import release_plan
from rollbook.app.people import approval_hash, prove, token_hash
from rollbook.model.site import Person, Site
from rollbook.problems import Refused
from rollbook.values import Server

SITE = Site(kind="ssh", people=(Person("li", ("tech lead",), user="li.wei", token_sha256=token_hash("s3cret")),))


def test_m44_the_operating_systems_user_proves_the_name() -> None:
    assert prove("li", SITE, user="li.wei").roles == ("tech lead",)
    assert prove("", SITE, user="li.wei").name == "li"


def test_m44_a_token_proves_the_name_where_the_user_does_not() -> None:
    assert prove("li", SITE, user="ci", token="s3cret").name == "li"
    with pytest.raises(Refused, match="ci is not li"):
        prove("li", SITE, user="ci", token="guessed")
    with pytest.raises(Refused, match="ci is not li"):
        prove("li", SITE, user="ci", token="")


def test_m44_without_a_token_in_the_site_file_no_token_proves_anything() -> None:
    site = Site(kind="ssh", people=(Person("li"),))
    with pytest.raises(Refused):
        prove("li", site, user="ci", token="")


def test_m44_the_embedded_site_believes_everybody() -> None:
    assert prove("技术负责人", Site.embedded(), user="root").roles == ("技术负责人",)
    assert prove("", Site.embedded(), user="root").name == "operator"


def test_m44_an_approval_binds_plan_code_digest_and_servers() -> None:
    plan = release_plan(2)
    facts, code = {"image.digest": "sha256:a"}, {"m:f@1": "1"}
    given = approval_hash("p", plan, facts, code)
    assert given == approval_hash("p", plan, {**facts, "tests.passed": 3}, code)
    assert given != approval_hash("q", plan, facts, code)
    assert given != approval_hash("p", plan, {"image.digest": "sha256:b"}, code)
    assert given != approval_hash("p", plan, facts, {"m:f@1": "2"})
    assert given != approval_hash("p", replace(plan, servers=(*plan.servers, Server("app-3"))), facts, code)
