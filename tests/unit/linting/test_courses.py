"""Which approvals a run for an environment certainly meets, and whether the template names somebody for it."""

from __future__ import annotations

from rollbook import documents
from rollbook.linting import lint
from rollbook.linting.courses import approvals_met
from rollbook.model.workflow import Source, Workflow

TEMPLATE = """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
  urgent: {{type: boolean}}
```
## Steps
### 1. Decide [condition]
**Decision logic**:
```
{decision}
```

### 2. Approve [approval]
**Configuration**:
- approval timeout: 1 hour

**Approvers**:
- {approvers}
{skip}
"""
BY_ENVIRONMENT = 'if environment == "production":\n    approval required\nelse:\n    no approval → skip step 2'
ALWAYS = 'if environment == "production":\n    set variables.a = true\nelse:\n    set variables.a = false'


def workflow(decision: str, approvers: str = "PROD: tech lead", skip: str = "") -> Workflow:
    text = TEMPLATE.format(decision=decision, approvers=approvers, skip=skip and f"\n**Skip condition**:\n- {skip}")
    document = documents.read(Source("doc.md", text, "")).document
    assert isinstance(document, Workflow)
    return document


def met(read: Workflow) -> set[str]:
    return {e for e in ("development", "staging", "production") if any(approvals_met(read, e))}


def forgotten(read: Workflow) -> list[str]:
    return [p.summary.en.rpartition(" ")[2] for p in lint([read]) if p.rule == "no-approver"]


def test_a_branch_passes_the_approval_by() -> None:
    assert met(workflow(BY_ENVIRONMENT)) == {"production"}
    assert forgotten(workflow(BY_ENVIRONMENT)) == []


def test_a_skip_condition_on_a_variable_does_too() -> None:
    assert met(workflow(ALWAYS, skip="variables.a is false")) == {"production"}


def test_an_environment_that_meets_the_approval_needs_a_name() -> None:
    assert met(workflow(ALWAYS)) == {"development", "staging", "production"}
    assert forgotten(workflow(ALWAYS)) == ["development", "staging"]


def test_approvers_for_every_environment_are_enough() -> None:
    assert forgotten(workflow(ALWAYS, approvers="tech lead")) == []


def test_what_depends_on_another_parameter_is_not_certain() -> None:
    assert met(workflow(ALWAYS, skip="`urgent` is true")) == set()
    assert met(workflow("if urgent == true:\n    skip step 2\nelse:\n    approval required")) == set()
