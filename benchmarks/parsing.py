"""What reading and planning cost as documents grow: 1,000 to 100,000 lines read, 10,000 steps planned.

Limits: a line of the longest document costs at most twice a line of the shortest; 10,000 steps plan in 2 s.
"""

from __future__ import annotations

import gc
import hashlib
import sys
import time
from collections.abc import Callable

from measuring import publish

from rollbook.cli import COLLECT_AFTER
from rollbook.documents import read
from rollbook.model.workflow import Source
from rollbook.planning.plan import make_plan
from rollbook.planning.sites import load_site

LINES = (1_000, 10_000, 100_000)
STEPS = 10_000
ALLOWED_GROWTH, ALLOWED_PLAN_S = 2.0, 2.0
HEAD = """# Long release

## Metadata
```yaml
template_id: long_release
type: deployment
```

## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, staging, production]
  version:
    type: string
    required: true
```

## Workflow steps

"""
STEP = """### {number}. Look at part {number} [action]
**Description**: one of many
**Actions**:
- Run static code analysis
- Check code style compliance

**Success conditions**:
- No serious code problems

"""


def document(steps: int) -> Source:
    """A template of `steps` steps; each is eight lines."""
    text = HEAD + "".join(STEP.format(number=n + 1) for n in range(steps))
    return Source("long.md", text, hashlib.sha256(text.encode()).hexdigest())


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """The best of several, the garbage of one not charged to the next."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> int:
    """Measure, print, write; 1 when over a limit. Garbage is collected as seldom as on the command line."""
    gc.set_threshold(COLLECT_AFTER)
    figures: dict[str, object] = {}
    per_line: list[float] = []
    for lines in LINES:
        source = document((lines - HEAD.count("\n")) // STEP.count("\n"))
        took = seconds(lambda source=source: read(source))  # type: ignore[misc]
        per_line.append(took / source.text.count("\n"))
        figures[f"read {lines} lines (s)"] = round(took, 3)
    growth = round(per_line[-1] / per_line[0], 2)
    figures["cost of a line, longest : shortest"] = growth
    long = read(document(STEPS)).document
    if long is None:
        raise RuntimeError("the long document did not read")
    given = {"environment": "development", "version": "v1"}
    site = load_site("embedded")
    planned = round(seconds(lambda: make_plan([long], given, site)), 3)
    figures[f"plan {STEPS} steps (s)"] = planned
    figures[f"read + plan {STEPS} steps (s)"] = round(planned + seconds(lambda: read(document(STEPS)), 1), 3)
    return publish(
        "parsing",
        figures,
        {"growth per line": (growth, ALLOWED_GROWTH), f"plan {STEPS} steps": (planned, ALLOWED_PLAN_S)},
    )


if __name__ == "__main__":
    sys.exit(main())
