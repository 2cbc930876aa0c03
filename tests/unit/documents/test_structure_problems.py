"""Structural problems: each with its rule, its code, its place and a hint in both languages; all of them at once."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.documents.faults import faults
from shapes import source_of

HEAD = """\
# T

## Parameters
```yaml
parameters:
  environment:
    type: string
    enum: [dev, prod]
  servers:
    type: list
```

## Steps

"""
STEP = "### 1. A [action]\n- x\n"
DECISION = "### 1. A [condition]\n```\n{}\n```\n### 2. B [action]\n- y\n"

CASES: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "a template with no steps": (
        "# T\n## Metadata\n```yaml\ntemplate_id: x\n```\n## Success criteria\n- ok\n",
        [("no-steps", 2, 4)],
    ),
    "duplicate step numbers": (HEAD + STEP + "### 1. B [action]\n- y\n", [("duplicate-step", 17, 5)]),
    "steps out of order": (
        HEAD + "### 2. A [action]\n- x\n### 1. B [action]\n- y\n",
        [("numbered-restart", 17, 5)],
    ),
    "a jump to nowhere": (
        HEAD + DECISION.format("if environment == 'x':\n  go to step 9"),
        [("jump-to-nowhere", 18, 3)],
    ),
    "a cycle": (HEAD + DECISION.format("if environment == 'x':\n  跳到步骤1"), [("backward-jump", 18, 3)]),
    "a step that skips itself": (
        HEAD + DECISION.format("if environment == 'x': skip step 1"),
        [("backward-jump", 17, 24)],
    ),
    "a kind that is none": (HEAD + "### 1. A [banana]\n- x\n", [("unknown-step-kind", 15, 5)]),
    "a loop step": (HEAD + "### 1. A [loop]\n- x\n", [("unsupported-step-kind", 15, 5)]),
    "a subprocess step": (HEAD + "### 1. A [子流程]\n- x\n", [("unsupported-step-kind", 15, 5)]),
    "a decision within a branch": (
        HEAD + DECISION.format("if environment == 'x':\n  if environment == 'y':\n    go to step 2"),
        [("nested-decision", 18, 3)],
    ),
    "effects before any branch": (
        HEAD + DECISION.format("approval required\nif environment == 'x':\n  go to step 2"),
        [("effect-without-branch", 17, 1)],
    ),
    "else without if": (HEAD + DECISION.format("else:\n  go to step 2"), [("branch-without-if", 17, 1)]),
    "a condition step without a decision": (HEAD + "### 1. A [condition]\n", [("no-decision", 15, 5)]),
    "an effect that nothing acts on": (
        HEAD + DECISION.format("if environment == 'x':\n  perhaps skip step two"),
        [("unread-effect", 18, 3)],
    ),
    "a parameter type that is none": (HEAD.replace("list", "sett") + STEP, [("unknown-parameter-type", 10, 11)]),
    "a parameter twice": (HEAD.replace("servers", "environment") + STEP, [("duplicate-parameter", 9, 3)]),
    "a key twice": (
        HEAD.replace("    type: list", "    type: list\n    type: string") + STEP,
        [("duplicate-parameter", 11, 5)],
    ),
    "a parameter without a definition": (HEAD.replace("    type: list\n", "") + STEP, [("bad-parameter", 9, 3)]),
    "broken YAML": (HEAD.replace("type: list", "type: a: b") + STEP, [("broken-yaml", 10, 12)]),
    "a YAML tag": (
        HEAD.replace("type: list", "default: !!python/object/apply:os.system ['x']") + STEP,
        [("yaml-tag", 10, 14)],
    ),
    "a YAML bomb": (
        HEAD.replace("parameters:\n", "a: &a [x, x]\nb: &b [*a, *a]\nparameters:\n") + STEP,
        [("yaml-alias", 5, 4)],
    ),
    "deep YAML": (
        HEAD.replace("type: list", f"default: {'[' * 200}{']' * 200}") + STEP,
        [("yaml-too-deep", 10, 43)],
    ),
    "two YAML documents": (
        HEAD.replace("    type: list\n", "    type: list\n---\nx: 1\n") + STEP,
        [("broken-yaml", 11, 1)],
    ),
    "a pattern that is none": (HEAD.replace("type: list", "pattern: '['") + STEP, [("bad-parameter-limit", 10, 14)]),
    "a limit that is none": (HEAD.replace("type: list", "min: few") + STEP, [("bad-parameter-limit", 10, 10)]),
    "a rollback line about no steps": (
        HEAD + STEP + "## Rollback\n- if the moon is full → restore\n",
        [("unreadable-rollback-range", 18, 3)],
    ),
    "a rollback line about steps there are not": (
        HEAD + STEP + "## Rollback\n1. steps 1-7 → restore\n",
        [("rollback-of-nowhere", 18, 4)],
    ),
    "an approval timeout that is none": (
        HEAD + "### 1. A [approval]\n**Configuration**:\n- timeout: soon\n",
        [("unread-duration", 17, 12)],
    ),
    "an approval count that is none": (
        HEAD + "### 1. A [approval]\n**Configuration**:\n- mode: the majority\n",
        [("unread-approval", 17, 9)],
    ),
    "a condition that cannot be read": (
        HEAD + STEP + "\n**Success conditions**:\n- a < b <\n",
        [("opaque-condition", 19, 3)],
    ),
    "a label nobody knows": (HEAD + STEP + "\n**Weather**:\n- sunny\n", [("unread", 18, 1)]),
    "a section nobody knows": (HEAD + STEP + "## Weather\nsunny\n", [("unread", 17, 4)]),
    "a code block without an end": (HEAD + STEP + "\n```bash\nls\n", [("unclosed-fence", 18, 1)]),
    "nesting without an end": ("# T\n\n" + "> " * 150 + "- x\n", [("too-deep", 3, 1), ("empty-document", 1, 1)]),
    "a line without an end": ("# T\n\n- " + "x" * 9000 + "\n", [("line-too-long", 3, 8001)]),
    "nothing to do": ("# T\n\nSome prose.\n", [("empty-document", 1, 1)]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_a_problem_is_named_and_placed(text: str, expected: list[tuple[str, int, int]]) -> None:
    found = [(p.rule, p.at.line, p.at.column) for p in read(source_of(text)).problems]
    assert found == sorted(expected, key=lambda entry: entry[1:])


def test_every_problem_is_reported_at_once() -> None:
    text = (
        HEAD.replace("type: list", "type: sett")
        + "### 1. A [banana]\n- x\n### 1. B [loop]\n"
        + DECISION.format("if environment == 'x': go to step 9").replace("### 1.", "### 3.").replace("### 2.", "### 4.")
    )
    rules = {p.rule for p in read(source_of(text)).problems}
    assert rules == {
        "unknown-parameter-type",
        "unknown-step-kind",
        "unsupported-step-kind",
        "duplicate-step",
        "jump-to-nowhere",
    }


def test_every_rule_has_a_code_of_its_own_and_both_languages() -> None:
    codes = [fault.code for fault in faults().values()]
    assert len(codes) == len(set(codes))
    for rule, fault in faults().items():
        assert fault.code.startswith("RB1"), rule
        assert all((*fault.summary, *fault.hint)), rule


def test_what_is_not_recognised_is_kept_with_its_text() -> None:
    document = read(source_of(HEAD + STEP + "\n**Weather**:\n- sunny\n\n## Appendix\nthe end\n")).document
    kept = {unread.what: unread.text for unread in document.unread}
    assert kept == {"Weather": "**Weather**:\n- sunny", "Appendix": "## Appendix\nthe end"}
