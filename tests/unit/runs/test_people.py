"""Identity behind `--as`, and what an approval is given for (M44)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plans import release_plan
from rollbook.app.people import prove, token_hash
from rollbook.drivers.approving import approval_hash, void
from rollbook.model.events import Entry, Event, Finished, GateAnswered
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


PLAN = release_plan(2)
CODE = {"m:f@1": "1"}


def test_m44_an_approval_binds_plan_code_digest_and_servers() -> None:
    given = approval_hash("p", PLAN, "sha256:a", CODE)
    assert given != approval_hash("q", PLAN, "sha256:a", CODE)
    assert given != approval_hash("p", PLAN, "sha256:b", CODE)
    assert given != approval_hash("p", PLAN, "sha256:a", {"m:f@1": "2"})
    more = replace(PLAN, servers=(*PLAN.servers, Server("app-3")))
    assert given != approval_hash("p", more, "sha256:a", CODE)


def entries_of(*events: Event) -> tuple[Entry, ...]:
    return tuple(Entry("r", seq, 1, 0.0, event, "", "") for seq, event in enumerate(events, 1))


def approved(digest: str = "", code: dict[str, str] = CODE) -> GateAnswered:
    return GateAnswered("s5", "approve", "li", binds=approval_hash("p", PLAN, digest, code))


BUILT = Finished("s3/run/3.1", data={"image.digest": "sha256:a"})
REBUILT = Finished("s3/run/3.1", data={"image.digest": "sha256:b"})


def test_m44_changed_code_voids_an_approval_until_it_is_approved_too() -> None:
    edited = {"m:f@1": "2"}
    assert void(entries_of(approved()), "p", PLAN, CODE) == ()
    assert void(entries_of(approved()), "p", PLAN, edited) == ("m:f@1",)
    assert void(entries_of(approved(), approved(code=edited)), "p", PLAN, edited) == ()


def test_m44_another_digest_voids_an_approval_but_one_that_becomes_known_does_not() -> None:
    assert void(entries_of(approved(), BUILT), "p", PLAN, CODE) == ()
    assert void(entries_of(BUILT, approved("sha256:a")), "p", PLAN, CODE) == ()
    assert void(entries_of(BUILT, approved("sha256:a"), REBUILT), "p", PLAN, CODE) == ("image.digest",)


def test_m44_without_an_approval_changed_code_is_named_all_the_same() -> None:
    assert void((), "p", PLAN, {"m:f@1": "2", "shell": "", "manual": ""}) == ("m:f@1",)
