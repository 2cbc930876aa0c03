"""limit-unnamed: a condition refers to a limit that the document states nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollbook.linting.context import Context, comparisons, conditions_of, leaves
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Compare, Condition, Expr, Operand, Quantity, Says, TypedLiteral
from rollbook.model.workflow import Criterion, Workflow
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A condition refers to a limit that the document states nowhere.",
        "条件提到了阈值，文档却没有在任何地方写出它。",
    ),
    why=Words(
        "“Error rate below the threshold” takes the tightest limit that the document states for the error rate. "
        "Where it "
        "states none, nobody can judge the condition and the run stops there to ask a person.",
        "“错误率低于阈值”采用文档为错误率写明的最严格的限值。如果文档没有写任何限值，就没有人能判断这个条件，执行会停"
        "在那里询问人。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Verify [action]
**Actions**:
- verify the API health endpoint

**Success conditions**:
- error rate below the threshold
""",
        """\
# 发布
## 工作流步骤
### 1. 验证 [action]
**执行内容**:
- 验证 API 健康端点

**成功条件**:
- 错误率低于阈值
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Verify [action]
**Actions**:
- verify the API health endpoint

**Success conditions**:
- error rate < 1%
""",
        """\
# 发布
## 工作流步骤
### 1. 验证 [action]
**执行内容**:
- 验证 API 健康端点

**成功条件**:
- 错误率 < 1%
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Conditions and criteria that speak of a threshold without a number, for a measure that has no number anywhere."""
    if not context.workflow:
        return
    everything = tuple(_conditions(context.workflow))
    measured = {m for condition in everything for m in _measures_with_numbers(condition.expr)}
    for condition in everything:
        for text in (_without_number(leaf) for leaf in leaves(condition.expr)):
            if context.meanings.says("limit_unnamed", text) and not _has_a_limit(text, measured, context):
                yield _finding(condition)


def _conditions(workflow: Workflow) -> Iterator[Condition | Criterion]:
    for step in workflow.steps:
        yield from conditions_of(step)
    yield from workflow.criteria


def _measures_with_numbers(expr: Expr) -> Iterator[str]:
    for comparison in comparisons(expr):
        sides = (comparison.left, comparison.right)
        if _numbers(sides):
            yield from (side.phrase for side in sides if isinstance(side, Quantity))


def _without_number(leaf: Expr) -> str:
    """What a statement or comparison without any number says; "" for the others."""
    if isinstance(leaf, Says):
        return "" if leaf.literals else leaf.phrase
    sides = (leaf.left, leaf.right) if isinstance(leaf, Compare) else ()
    return " ".join(side.phrase for side in sides if isinstance(side, Quantity)) if len(_numbers(sides)) == 0 else ""


def _numbers(sides: Iterable[Operand]) -> list[TypedLiteral]:
    return [side for side in sides if isinstance(side, TypedLiteral) and side.kind != "text"]


def _has_a_limit(text: str, measured: set[str], context: Context) -> bool:
    """Whether a number is stated for the measure that `text` names; any number for one that names none
    ("performance meets the requirements")."""
    named = any(measure in text for measure in measured)
    return named or bool(measured and not context.meanings.says("real_traffic", text))


def _finding(condition: Condition | Criterion) -> Finding:
    return Finding(
        condition.at,
        Words(
            f"“{condition.text}” refers to a limit that is stated nowhere in this document",
            f"“{condition.text}”提到的限值在本文档中没有写出",
        ),
        Words("write the number, such as “error rate < 1%”", "写出数字，例如“错误率 < 1%”"),
    )


RULE = Rule("limit-unnamed", "RB451", "warning", PAGE, check)
