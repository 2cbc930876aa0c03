"""The template that the project was built for, planned as it stands for its three environments."""

from __future__ import annotations

import pytest

from rollbook.binding.library import Library
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.workflow import Workflow
from rollbook.planning.plan import decode, encode, make_plan, plan_hash
from rollbook.planning.requests import example_request
from rollbook.problems import ProblemsFound
from rollbook.values import Json


def plan(template: Workflow, environment: str = "production", example: str = "", **options: Json) -> Plan:
    given = {"environment": environment, "servers": ["s1", "s2", "s3"], "version": "v2.1.0"}
    request = example_request(template, example) if example else None
    return make_plan([template], {} if example else given, Site.embedded(), request=request, **options)


@pytest.mark.parametrize(
    ("environment", "approval", "modes"),
    [("development", "skip", []), ("staging", "pending", ["optional"]), ("production", "pending", ["required"])],
)
def test_every_bullet_binds_and_only_the_approval_depends_on_the_environment(
    seed_w_model: Workflow, environment: str, approval: str, modes: list[str]
) -> None:
    made = plan(seed_w_model, environment)
    assert {s.number: s.decision for s in made.steps} == {n: approval if n == 5 else "run" for n in range(1, 11)}
    assert [g.mode for g in made.gates] == modes
    assert all(i.kind != "manual" for i in made.items().values())
    assert made.blockers == ()
    assert decode(encode(made)) == made


def test_m02_production_waits_for_either_of_two_roles_for_a_day(seed_w_model: Workflow) -> None:
    (gate,) = plan(seed_w_model).gates
    assert [a.role for a in gate.approvers] == ["技术负责人", "运维负责人"]
    assert (gate.need, gate.timeout_s, gate.channels) == ("any", 86400.0, ("邮件", "Slack"))
    assert [a.role for a in plan(seed_w_model, "staging").gates[0].approvers] == ["技术负责人"]


def test_the_rotation_is_steps_6_to_9_once_per_server(seed_w_model: Workflow) -> None:
    made = plan(seed_w_model)
    assert [w.servers for w in made.waves] == [("s1",), ("s2",), ("s3",)]
    for wave in (1, 2, 3):
        assert sorted({s.step for s in made.program if s.wave == wave}) == [6, 7, 8, 9]
    assert [s.zone for s in made.program if s.step == 10] == ["reporting"]


def test_m13_m06_conditions_carry_limits_places_and_samples(seed_w_model: Workflow) -> None:
    items = plan(seed_w_model).items()
    response, errors = items["8.?2"].bound[0], items["8.?3"].bound[0]
    assert response.limit is not None
    assert errors.limit is not None
    assert (response.limit.value, response.judges, response.samples) == (0.5, "probe", 300)
    assert (errors.limit.value, errors.judges) == (0.01, "probe")
    threshold = items["criteria.4"].bound[0]
    assert threshold.limit is not None
    assert (threshold.limit.value, threshold.judges) == (0.01, "traffic")
    assert threshold.limit.source.endswith(":151")


def test_m39_rollback_by_the_documents_ranges(seed_w_model: Workflow) -> None:
    actions = [s.rollback for s in plan(seed_w_model).steps]
    assert actions == ["stop"] * 5 + ["restore"] * 2 + ["switch_back"] * 2 + ["stop"]


def test_m21_the_image_tag_is_the_templates(seed_w_model: Workflow) -> None:
    image = plan(seed_w_model).image
    assert image is not None
    assert (image.tag, image.line) == ("v2.1.0-production", 84)


def test_its_own_examples_are_requests_verbatim(seed_w_model: Workflow) -> None:
    assert len(plan(seed_w_model, example="1").waves) == 3
    urgent = plan(seed_w_model, example="跳过测试（紧急部署）")
    assert [s.number for s in urgent.steps if s.decision == "skip"] == [1, 2]
    assert urgent.beside
    with pytest.raises(ProblemsFound) as found:
        plan(seed_w_model, example="3")
    assert [(p.rule, p.at.line) for p in found.value.problems] == [
        ("parameter-missing", 17), ("parameter-missing", 23), ("parameter-missing", 29), ("unbound", 220),
    ]  # fmt: skip


def test_its_third_example_adds_a_manual_item_when_asked_for(seed_w_model: Workflow) -> None:
    request = example_request(seed_w_model, "3")
    given = {"environment": "staging", "servers": ["s1"], "version": "1.10"}
    made = make_plan([seed_w_model], given, Site.embedded(), request=request, manual=True)
    assert made.steps[0].decision == "skip"
    (added,) = [i for i in made.steps[7].items if i.added]
    assert (added.text, added.binding, added.line) == ("数据库迁移验证", "manual", 220)
    assert made.version == "1.10"


def test_the_same_inputs_give_the_same_plan(seed_w_model: Workflow) -> None:
    library = Library.built_in()
    assert plan_hash(plan(seed_w_model, library=library)) == plan_hash(plan(seed_w_model, library=library))
