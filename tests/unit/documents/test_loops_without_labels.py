"""A loop is a loop wherever its line stands: below a label, without one, with words behind it."""

from __future__ import annotations

import hashlib

import pytest

from rollbook.documents import read
from rollbook.model.workflow import Source, Workflow

TEMPLATE = """# Release

## Parameters
```yaml
parameters:
  servers:
    type: array
```

## Steps

### 1. Take out [parallel]

{line}
- Drain from the load balancer
- Stop the service
"""


@pytest.mark.parametrize(
    "line",
    [
        "For each server:\n",
        "For each server, one at a time:\n",
        "对每个 server 执行：\n",
        "对每个 server 执行，逐台进行：\n",
        "Slowly.\n\nFor each server:\n",
        "**Parallel tasks**:\nFor each server:",
    ],
)
def test_bullets_below_a_loop_line_are_one_group_run_for_each(line: str) -> None:
    text = TEMPLATE.format(line=line)
    document = read(Source("r.md", text, hashlib.sha256(text.encode()).hexdigest())).document
    assert isinstance(document, Workflow)
    groups = [(group.loop, len(group.items)) for group in document.steps[0].groups]
    assert groups == [("server", 2)]
