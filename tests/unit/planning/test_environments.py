"""M1, M2: one identity per environment, and which of them are protected."""

from __future__ import annotations

import pytest

from rollbook.model.plan import Plan
from rollbook.model.site import Site
from templates import RELEASE, plan_of, rules_of


def approval(plan: Plan) -> str:
    """What becomes of the approval step."""
    gate = plan.gate("approval.3")
    return gate.mode if gate else plan.steps[2].decision


@pytest.mark.parametrize("name", ["PROD", "prod", "生产", "Production", "线上环境"])
def test_m01_an_alias_is_the_documents_environment(name: str) -> None:
    plan = plan_of(environment=name)
    assert plan.environment == "production"
    assert plan.site.environment == "production"
    assert approval(plan) == "required"


def test_m01_conditions_compare_identities_not_spellings() -> None:
    text = RELEASE.replace('environment == "production"', 'environment == "PROD"')
    assert approval(plan_of(text, environment="production")) == "required"


def test_m01_approvers_are_looked_up_by_identity() -> None:
    text = RELEASE.replace("- production: release manager", "- prd: release manager")
    gate = plan_of(text, environment="production").gate("approval.3")
    assert gate is not None
    assert [a.role for a in gate.approvers] == ["release manager", "operations lead"]


def test_m01_the_embedded_site_maps_qa_to_staging_and_the_plan_says_so() -> None:
    plan = plan_of(environment="QA")
    assert plan.environment == "QA"
    assert plan.site.environment == "qa"
    assert approval(plan) == "optional"
    assert any("QA" in note and "staging" in note for note in plan.notes)
    assert plan.image is not None
    assert plan.image.tag == "v3-QA"


def test_m01_a_name_without_counterpart_never_falls_into_else() -> None:
    assert [rule for rule, _ in rules_of(environment="QA", site=Site(kind="ssh"))] == ["parameter-enum"]


def test_m01_without_an_enum_the_names_that_the_document_mentions_are_its_environments() -> None:
    text = RELEASE.replace("    enum: [development, staging, production]\n", "")
    assert approval(plan_of(text, environment="QA")) == "optional"
    assert approval(plan_of(text, environment="stg")) == "optional"
    assert approval(plan_of(text, environment="moon")) == "skip"


def test_m02_production_is_protected_and_so_is_what_needs_approval_or_the_site_names() -> None:
    assert plan_of(environment="production").site.protected
    assert not plan_of(environment="development").site.protected
    assert not plan_of(environment="staging").site.protected
    assert plan_of(environment="dev", site=Site(protected=("Development",))).site.protected
    always = RELEASE.replace("    optional approval", "    approval required")
    assert plan_of(always, environment="staging").site.protected
