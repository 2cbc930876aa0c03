"""Whatever a document says, planning answers with a plan or with problems, and equal plans survive their file."""

from __future__ import annotations

import contextlib
import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import source_of
from rollbook.binding.library import Library
from rollbook.documents import read
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.planning.plan import decode, encode, make_plan
from rollbook.problems import ProblemsFound, Refused
from templates import FOUR, RELEASE

LIBRARY = Library.built_in()
ENVIRONMENTS = st.sampled_from(("development", "staging", "production", "QA"))


def answered(text: str, environment: str, manual: bool, request: str = "") -> Plan | None:
    """The plan, or None where problems were found. Any other exception fails the test."""
    document = read(source_of(text)).document
    if document is None:
        return None
    given_ = {"environment": environment, "servers": list(FOUR), "version": "v1"}
    try:
        plan = make_plan([document], given_, Site.embedded(), manual=manual, library=LIBRARY)
    except ProblemsFound as found:
        said_in_both_languages(found)
        return None
    except Refused:
        return None
    return plan


def said_in_both_languages(found: ProblemsFound) -> None:
    for problem in found.problems:
        assert problem.summary.en.isascii() or any(q in problem.summary.en for q in "“–")
        assert any("一" <= c <= "鿿" for c in problem.summary.zh), problem
        assert bool(problem.hint.en) == bool(problem.hint.zh)


def damaged(seed: int, changes: int) -> str:
    """The release with some lines dropped, doubled, swapped or shifted."""
    chance, lines = random.Random(seed), RELEASE.splitlines()
    for _ in range(changes):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = "  " + lines[at]
            case _:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), ENVIRONMENTS, st.booleans())
@example(seed=1, changes=0, environment="production", manual=False)
@example(seed=221204, changes=8, environment="development", manual=False)
def test_any_damage_to_a_template_gives_a_plan_or_problems(
    seed: int, changes: int, environment: str, manual: bool
) -> None:
    plan = answered(damaged(seed, changes), environment, manual)
    if plan is not None:
        assert decode(encode(plan)) == plan
        assert all(i.binding for s in plan.steps for i in (*s.items, *s.checks))
        known = plan.items()
        assert {i for s in plan.program for lane in s.lanes for i in lane.items} <= set(known)
        assert {s.gate for s in plan.program if s.kind == "gate"} <= {g.id for g in plan.gates}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), ENVIRONMENTS)
def test_servers_that_leave_traffic_come_back_or_the_plan_is_blocked(seed: int, changes: int, environment: str) -> None:
    plan = answered(damaged(seed, changes), environment, manual=True)
    if plan is None or plan.blockers:
        return
    items = plan.items()
    order = [items[i] for s in plan.program for lane in s.lanes[:1] for i in lane.items]
    if any(i.leaves for i in order):
        assert max(n for n, i in enumerate(order) if i.returns) > min(n for n, i in enumerate(order) if i.leaves)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), ENVIRONMENTS)
def test_any_text_at_all_gives_a_plan_or_problems(text: str, environment: str) -> None:
    document = read(source_of(text)).document
    if document is not None:
        with contextlib.suppress(ProblemsFound, Refused):
            make_plan([document], {"environment": environment}, Site.embedded(), manual=True, library=LIBRARY)
