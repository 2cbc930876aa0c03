"""What ports.Journal promises, kept by the SQL and the memory journal alike."""

from __future__ import annotations

import asyncio

import pytest

from rollbook.drivers.chain import plan_digest
from rollbook.model.events import (
    Claimed,
    EngineStarted,
    Finished,
    Froze,
    GateOpened,
    Intended,
    PriorRecorded,
    RollbackBegun,
    RunCreated,
    RunEnded,
    StageEntered,
)
from rollbook.ports import Journal, Request
from rollbook.problems import Conflict, Fenced, Refused
from rollbook.values import Image, Prior

PLAN = b'{"plan":1}'
PLAN_KEY = plan_digest(PLAN)


def created_event(run: str, plan: str = PLAN_KEY) -> RunCreated:
    return RunCreated(run, plan, "production", "v1", "operator", "embedded")


ROW = {"environment": "production", "version": "v1", "title": "Release", "at": "1000.0"}


def test_entries_are_read_back_as_they_were_written(created: Journal) -> None:
    prior = Prior("", Image("shop:v0", "sha256:aa"), {"颜色": "蓝"}, 0.25)
    events = [
        PriorRecorded("app-1", prior),
        Intended("6/app-1/6.1", "app-1"),
        Finished("x", "好", {"n": [1, {"b": 2}]}),
    ]
    written = created.append("r1", 1, None, events, 1001.5)
    assert created.read("r1", 1) == written
    assert [entry.event for entry in written] == events
    assert [entry.seq for entry in created.read("r1")] == [1, 2, 3, 4]
    assert created.newest("r1") == 4


def test_each_entry_carries_the_hash_of_the_one_before(created: Journal) -> None:
    created.append("r1", 1, None, [StageEntered("s1"), StageEntered("s2")], 1001.0)
    entries = created.read("r1")
    assert [entry.previous for entry in entries] == ["", *(entry.hash for entry in entries[:-1])]
    assert created.runs()[0].head == entries[-1].hash
    assert created.audit("r1") == ()


def test_a_writer_that_missed_an_entry_gets_a_conflict_and_writes_nothing(created: Journal) -> None:
    created.append("r1", 1, None, [StageEntered("s1")], 1001.0)
    with pytest.raises(Conflict):
        created.append("r1", 1, None, [StageEntered("s2"), StageEntered("s3")], 1002.0)
    assert created.newest("r1") == 2


def test_a_run_is_created_once(created: Journal) -> None:
    with pytest.raises(Conflict):
        created.create("r1", PLAN_KEY, PLAN, ROW, [created_event("r1")])


def test_two_runs_of_one_plan_share_it(created: Journal) -> None:
    created.create("r2", PLAN_KEY, b"", ROW, [created_event("r2")])
    assert created.plan("r2") == created.plan("r1") != b""


def test_an_unknown_run_is_refused(created: Journal) -> None:
    with pytest.raises(Refused):
        created.lease("r9", "worker-a", now=1000.0, ttl_s=10)
    with pytest.raises(Refused):
        created.plan("r9")
    assert created.read("r9") == ()
    assert created.newest("r9") == 0


def test_m42_a_worker_whose_epoch_is_over_is_fenced(created: Journal) -> None:
    old = created.lease("r1", "worker-a", now=1000.0, ttl_s=10)
    new = created.lease("r1", "worker-b", now=1011.0, ttl_s=10)
    assert new > old
    with pytest.raises(Fenced):
        created.append("r1", 1, old, [EngineStarted(old, "worker-a")], 1012.0)
    assert [e.epoch for e in created.append("r1", 1, new, [EngineStarted(new, "worker-b")], 1012.0)] == [new]


def test_m42_a_persons_word_needs_no_epoch(created: Journal) -> None:
    epoch = created.lease("r1", "worker-a", now=1000.0, ttl_s=10)
    assert created.append("r1", 1, None, [GateOpened("g")], 1001.0)[0].epoch == epoch


def test_m41_a_live_lease_keeps_others_out(created: Journal) -> None:
    created.lease("r1", "worker-a", now=1000.0, ttl_s=10)
    with pytest.raises(Conflict):
        created.lease("r1", "worker-b", now=1009.0, ttl_s=10)


def test_m41_renewing_keeps_the_epoch_and_moves_the_end(created: Journal) -> None:
    epoch = created.lease("r1", "worker-a", now=1000.0, ttl_s=10)
    assert created.lease("r1", "worker-a", now=1008.0, ttl_s=10) == epoch
    with pytest.raises(Conflict):
        created.lease("r1", "worker-b", now=1015.0, ttl_s=10)


def test_m41_a_lease_that_was_given_up_is_free_at_once(created: Journal) -> None:
    epoch = created.lease("r1", "worker-a", now=1000.0, ttl_s=10)
    created.give_up("r1", "worker-b")
    with pytest.raises(Conflict):
        created.lease("r1", "worker-b", now=1001.0, ttl_s=10)
    created.give_up("r1", "worker-a")
    assert created.lease("r1", "worker-b", now=1001.0, ttl_s=10) == epoch + 1


def test_f08_a_dead_workers_lease_is_taken_at_once_but_only_once(created: Journal) -> None:
    dead = created.lease("r1", "worker-a", now=1000.0, ttl_s=10, host="here", pid=7, lock="r1.lock")
    held = created.lease_of("r1")
    assert held is not None
    assert (held.host, held.pid, held.lock, held.epoch) == ("here", 7, "r1.lock", dead)
    created.lease("r1", "worker-b", now=1001.0, ttl_s=10, instead_of=dead)
    with pytest.raises(Conflict):
        created.lease("r1", "worker-c", now=1001.0, ttl_s=10, instead_of=dead)


def test_m29_targets_are_claimed_all_or_none(created: Journal) -> None:
    assert created.claim("r1", ["site/app-1", "site/app-2"]) == {}
    assert created.claim("r2", ["site/app-2", "site/app-3"]) == {"site/app-2": "r1"}
    assert created.claims() == {"site/app-1": "r1", "site/app-2": "r1"}


def test_m29_a_run_that_cannot_have_its_targets_is_not_created(created: Journal) -> None:
    created.claim("r1", ["a"])
    with pytest.raises(Conflict, match="a is held by run r1"):
        created.create("r2", PLAN_KEY, b"", ROW, [created_event("r2")], targets=["a", "b"])
    assert [row.run for row in created.runs()] == ["r1"]
    assert created.claims() == {"a": "r1"}


def test_m29_claiming_twice_is_claiming_once(created: Journal) -> None:
    created.claim("r1", ["a"])
    assert created.claim("r1", ["a", "b"]) == {}
    created.release("r1")
    assert created.claims() == {}


@pytest.mark.parametrize("state", ["succeeded", "failed", "rolled_back", "aborted"])
def test_f14_an_ended_run_holds_no_claim(created: Journal, state: str) -> None:
    created.claim("r1", ["a"])
    created.append("r1", 1, None, [RunEnded(state)], 1001.0)  # type: ignore[arg-type]
    assert created.claims() == {}
    assert created.runs()[0].state == state


def test_m41_a_frozen_run_keeps_its_claim(created: Journal) -> None:
    created.claim("r1", ["a"])
    created.append("r1", 1, None, [Froze("nobody knows what app-1 runs", "app-1")], 1001.0)
    assert created.claims() == {"a": "r1"}
    assert created.runs()[0].state == "frozen"


def test_runs_are_listed_oldest_first_with_their_state(created: Journal) -> None:
    created.create("r0", "p2", b"", ROW, [created_event("r0", "p2")])
    created.append("r1", 1, None, [Claimed(("a",)), RollbackBegun("6.1", "restore", ("a",))], 1001.0)
    rows = [(row.run, row.state, row.seq) for row in created.runs()]
    assert rows == [
        ("r1", "rolling_back", 3),
        ("r0", "running", 1),
    ]


def test_unfinished_runs_are_those_that_have_not_ended_frozen_ones_included(created: Journal) -> None:
    for run, state in (("r2", "succeeded"), ("r3", "frozen")):
        created.create(run, PLAN_KEY, PLAN, ROW, [created_event(run)])
        created.append(run, 1, None, [Froze("why") if state == "frozen" else RunEnded("succeeded")], 1001.0)
    assert [row.run for row in created.runs(unfinished=True)] == ["r1", "r3"]


async def test_watching_ends_as_soon_as_something_is_written(created: Journal) -> None:
    watching = asyncio.create_task(created.watch("r1", 1, timeout_s=60))
    await asyncio.sleep(0)
    written = created.append("r1", 1, None, [StageEntered("s1")], 1001.0)
    assert await watching == written


async def test_watching_ends_empty_when_nothing_comes(created: Journal) -> None:
    assert await created.watch("r1", 1, timeout_s=0.01) == ()


def test_m14_a_request_is_open_until_a_run_takes_it(created: Journal) -> None:
    request = Request("q1", "staging", "v1", "operator", 1000.0, "please")
    created.open_request(request)
    assert created.requests("staging", "v1") == (request,)
    assert created.requests("staging", "v2") == ()
    created.close_request("q1", "r1")
    assert created.requests("staging", "v1") == ()
