"""Waves, gates, rollback and the way one server is restored (M10, M33, M38, M39, F5, F10)."""

from __future__ import annotations

import pytest

from rollbook.model.plan import Plan
from rollbook.model.site import Limits, Person, Site
from templates import BACK, FOUR, JUDGE, OUT, RELEASE, REPLACE, ROLLBACK, line_of, plan_of, rules_of

MANY = tuple(f"desk-{n}" for n in range(1, 13))


def blockers(plan: Plan) -> list[str]:
    """What blocks a plan beside its site's kind."""
    return [b.rule for b in plan.blockers if b.rule != "no-adapter"]


def widths(plan: Plan) -> list[int]:
    return [len(w.servers) for w in plan.waves]


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [1]), (2, [1, 1]), (3, [1, 1, 1]), (4, [1] * 4), (8, [2] * 4), (11, [2] * 5 + [1])]
)
def test_m33_by_default_at_most_a_quarter_of_the_servers_is_out_and_at_least_one(
    count: int, expected: list[int]
) -> None:
    assert widths(plan_of(servers=MANY[:count])) == expected


def test_m33_usable_share_and_floor_follow_the_number_of_servers() -> None:
    site = plan_of(servers=MANY[:8]).site
    assert (site.max_out, site.usable_share) == (2, round(1 / 6, 6))


def test_traffic_grows_with_the_waves_to_all_of_it() -> None:
    assert [w.traffic for w in plan_of(servers=FOUR).waves] == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("rolling", [3] * 4),
        ("rolling:50%", [6, 6]),
        ("rolling:10%", [1] * 12),
        ("all-at-once", [12]),
        ("canary", [1, 3, 3, 3, 2]),
    ],
)
def test_a_strategy_decides_the_waves(strategy: str, expected: list[int]) -> None:
    plan = plan_of(servers=MANY, strategy=strategy)
    assert widths(plan) == expected
    assert plan.strategy == strategy


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ("one server at a time", 1), ("One by one.", 1), ("at most 2 at a time", 2), ("two servers at once", 2),
        ("逐台进行", 1), ("每次最多两台", 2), ("一次１台", 1), ("at most 40 at a time", None), ("in 30 seconds", None),
    ],
)  # fmt: skip
def test_what_the_document_lets_out_at_once_is_a_bound_on_the_waves(said: str, most: int | None) -> None:
    text = RELEASE.replace("For each server:", f"{said}\n\nFor each server:", 1)
    assert text != RELEASE
    plan = plan_of(text, servers=MANY)
    assert plan.site.max_out == max(widths(plan)) == (most or 3)
    assert any("waves" in r.what for r in plan.repairs) is (most is None), (
        "waves are no deviation where they are stated"
    )
    assert max(widths(plan_of(text, servers=MANY, strategy="rolling:50%"))) == 6


def test_a_canary_is_watched_before_the_rest() -> None:
    plan = plan_of(servers=FOUR, strategy="canary", site=Site(limits=Limits(canary_soak_s=90)))
    assert [w.soak_s for w in plan.waves] == [90, 0, 0, 0]
    assert any("90 s" in note for note in plan.notes)


def test_all_at_once_says_what_it_costs() -> None:
    assert any("service is down" in n for n in plan_of(strategy="all-at-once").notes)


@pytest.mark.parametrize("strategy", ["fast", "rolling:0%", "rolling:120%", "rolling:x"])
def test_an_unknown_strategy_is_an_error(strategy: str) -> None:
    assert [rule for rule, _ in rules_of(strategy=strategy)] == ["strategy"]


def test_the_sites_floor_is_obeyed() -> None:
    assert widths(plan_of(servers=MANY, site=Site(limits=Limits(max_out=5)))) == [5, 5, 2]


def test_f10_a_failure_budget_of_zero_is_zero() -> None:
    assert plan_of().site.max_failures == 0


def test_m33_one_server_starts_the_new_release_beside_the_old_one() -> None:
    plan = plan_of(servers=["desk-1"])
    assert plan.beside
    order = [s.step for s in plan.program if s.wave and s.kind == "work"]
    assert order == [5, 6, 7, 4]
    assert any("beside" in r.what for r in plan.repairs)
    assert [i.binding.split("@")[0].split(":")[1] for i in plan.restore][:2] == ["start_prior", "await_prior"]


def test_m33_one_server_that_cannot_run_two_needs_a_yes_to_the_outage() -> None:
    site = Site(kind="ssh", people=(Person("mia", ("release manager",)),))
    plan = plan_of(servers=["desk-1"], site=site)
    assert not plan.beside
    assert [(g.kind, g.step) for g in plan.gates] == [("outage", 4)]
    assert next(s for s in plan.program if s.kind == "gate").gate == "outage"


def test_gates_carry_roles_people_timeout_and_need() -> None:
    people = (Person("mia", ("release manager",)), Person("olaf", ("operations lead", "release manager")))
    (gate,) = plan_of(environment="production", site=Site(people=people)).gates
    assert [(a.role, a.people) for a in gate.approvers] == [
        ("release manager", ("mia", "olaf")), ("operations lead", ("olaf",)),
    ]  # fmt: skip
    assert (gate.timeout_s, gate.need, gate.channels) == (7200.0, "any", ("email",))


def test_where_nobody_says_how_many_roles_joined_by_and_all_approve() -> None:
    text = RELEASE.replace("- Approval mode: at least one person\n", "")
    assert plan_of(text, environment="production").gates[0].need == "all"
    assert plan_of(text, environment="staging").gates[0].need == "any"


def test_a_gate_that_nobody_could_open_blocks_the_plan() -> None:
    assert blockers(plan_of(environment="production", site=Site(kind="ssh"))) == ["nobody-has-role"]
    alone = Site(kind="ssh", initiator="mia", people=(Person("mia", ("release manager",)),))
    assert blockers(plan_of(environment="staging", site=alone)) == ["nobody-has-role"]


def test_a_site_without_adapters_can_be_planned_against_and_not_run() -> None:
    assert [b.rule for b in plan_of(site=Site(kind="kubernetes")).blockers] == ["no-adapter"]


def test_an_environment_without_an_approver_blocks_the_plan() -> None:
    text = RELEASE.replace("- staging: release manager\n", "")
    assert [b.rule for b in plan_of(text, environment="staging").blockers] == ["no-approver"]


def test_m39_rollback_follows_the_documents_ranges() -> None:
    assert {s.number: s.rollback for s in plan_of().steps} == {
        1: "stop", 2: "stop", 3: "stop", 4: "restore", 5: "restore", 6: "switch_back", 7: "switch_back", 8: "stop",
    }  # fmt: skip
    assert plan_of().rollback[1].text.startswith("Failure in steps 4-5")


def test_m39_where_the_document_is_silent_the_zone_decides() -> None:
    plan = plan_of(RELEASE.replace(ROLLBACK, ""))
    assert [s.rollback for s in plan.steps] == [
        "stop", "stop", "stop", "restore", "restore", "restore", "switch_back", "stop",
    ]  # fmt: skip


def test_m39_a_step_that_no_range_covers_is_named() -> None:
    text = RELEASE.replace("3. Failure in steps 6-7", "3. Failure in steps 6-6")
    plan = plan_of(text)
    assert plan.steps[6].rollback == "switch_back"
    assert any("step 7" in note for note in plan.notes)


def test_m39_before_the_rotation_nothing_is_undone_whatever_a_range_says() -> None:
    text = RELEASE.replace(
        "1. Failure before step 4 → stop, nothing to roll back", "1. Failure in steps 1-3 → restore the old version"
    )
    assert [s.rollback for s in plan_of(text).steps[:3]] == ["stop"] * 3


def test_m17_a_reporting_steps_failure_never_rolls_back() -> None:
    text = RELEASE.replace("3. Failure in steps 6-7", "3. Failure in steps 6-8")
    assert plan_of(text).steps[-1].rollback == "stop"


def test_f05_configuration_is_restored_before_the_old_version_starts() -> None:
    names = [i.binding.split("@")[0].split(":")[1] for i in plan_of().restore]
    assert names.index("restore_configuration") < names.index("start_prior") < names.index("verify_prior")
    assert names[-1] == "rejoin_prior"


def test_the_rotation_runs_once_per_wave_and_the_plan_names_the_repair() -> None:
    plan = plan_of()
    assert [s.step for s in plan.program if s.wave == 2 and s.kind == "work"] == [4, 5, 6, 7]
    assert any("steps 4–7" in r.what and r.line == line_of(RELEASE, "### 4.") for r in plan.repairs)


def test_a_document_without_a_rotation_has_no_waves_to_run_and_nothing_to_restore() -> None:
    text = RELEASE
    for part in (OUT, REPLACE, JUDGE, BACK, ROLLBACK):
        text = text.replace(part, "")
    plan = plan_of(text.replace("- ✅ The error rate is below the threshold\n", ""))
    assert plan.restore == ()
    assert {s.zone for s in plan.program} == {"before", "criteria", "reporting"}


def test_hundreds_of_servers_are_planned() -> None:
    plan = plan_of(servers=[f"s{n}" for n in range(800)])
    assert widths(plan) == [200] * 4
