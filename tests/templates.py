"""A small template of our own, and plans made of it: what planning tests start from."""

from __future__ import annotations

from collections.abc import Sequence

from conftest import source_of
from rollbook.binding.library import Library
from rollbook.documents import read
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.workflow import Workflow
from rollbook.planning.plan import make_plan
from rollbook.planning.requests import Request, read_request
from rollbook.problems import Problem, ProblemsFound
from rollbook.values import Json

HEAD = """\
# Release of the ticket desk

## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, staging, production]
  servers:
    type: array
    required: true
  version:
    type: string
    required: true
  skip_tests:
    type: boolean
    default: false
```

## Steps
"""
BUILD = """
### 1. Build [action]
**Actions**:
- Build the Docker image
- Push the image to the registry

**Success conditions**:
- Image tag: `${version}-${environment}`
"""
DECIDE = """
### 2. Who must agree [condition]
**Decision logic**:
```
if environment == "production":
    approval required → go to step 3
elif environment == "staging":
    optional approval
else:
    no approval needed → skip step 3
```

### 3. Agreement [approval]
**Configuration**:
- Approval timeout: 2 hours
- Approval mode: at least one person
- Notify via: email

**Approvers**:
- production: release manager + operations lead
- staging: release manager
"""
OUT = """
### 4. Out of traffic [parallel]
**Parallel tasks**:
For each server:
- Remove from the load balancer
- Wait for in-flight requests (at most 20 seconds)
- Stop the application
"""
REPLACE = """
### 5. New version [parallel]
**Parallel tasks**:
For each server:
- Pull the new image
- Update the configuration
- Start the new version
- Wait for the service to be ready

**Success conditions**:
- All servers deployed successfully
"""
JUDGE = """
### 6. Judge [action]
**Actions**:
- Verify the API health endpoint

**Success conditions**:
- Response time < 300ms
- Error rate < 2%
"""
BACK = """
### 7. Back into traffic [action]
**Actions**:
- Add the servers back to the load balancer pool

**Success conditions**:
- Error rate < 1%
"""
TELL = """
### 8. Tell [action]
**Actions**:
- Send a success/failure notification

**Notification content**:
- ${version} on ${servers}: ${status} after ${total_duration}
"""
ROLLBACK = """
## Rollback strategy
When any step fails:
1. Failure before step 4 → stop, nothing to roll back
2. Failure in steps 4-5 → restore the old version
3. Failure in steps 6-7 → switch back to the old version, keep the service available
"""
CRITERIA = """
## Success criteria
- ✅ All necessary steps completed
- ✅ The error rate is below the threshold
"""
RELEASE = HEAD + BUILD + DECIDE + OUT + REPLACE + JUDGE + BACK + TELL + ROLLBACK + CRITERIA
FOUR = ("desk-1", "desk-2", "desk-3", "desk-4")


def read_template(text: str, path: str = "release.md") -> Workflow:
    """The template that `text` is; a text with errors fails the test that uses it."""
    reading = read(source_of(text, path))
    assert [p for p in reading.problems if p.severity == "error"] == []
    assert isinstance(reading.document, Workflow)
    return reading.document


def plan_of(
    text: str = RELEASE,
    environment: str = "development",
    servers: Sequence[str] = FOUR[:3],
    *,
    request: str = "",
    site: Site | None = None,
    manual: bool = False,
    strategy: str = "",
    library: Library | None = None,
    **parameters: Json,
) -> Plan:
    """A plan of `text` with the usual parameters."""
    asked = read_request(request, "request.txt") if request else Request()
    given = {"environment": environment, "servers": list(servers), "version": "v3", **parameters}
    document = read(source_of(text, "release.md")).document
    assert document is not None
    return make_plan(
        [document], given, site or Site.embedded(), request=asked, manual=manual, strategy=strategy,
        library=library,
    )  # fmt: skip


def problems_of(text: str = RELEASE, **options: Json) -> tuple[Problem, ...]:
    """The problems that planning `text` finds; () when it finds none."""
    try:
        plan_of(text, **options)
    except ProblemsFound as found:
        return found.problems
    return ()


def rules_of(text: str = RELEASE, **options: Json) -> list[tuple[str, int]]:
    """(rule, line) of each problem."""
    return [(p.rule, p.at.line) for p in problems_of(text, **options)]


def line_of(text: str, part: str) -> int:
    """The first line that holds `part`."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)
