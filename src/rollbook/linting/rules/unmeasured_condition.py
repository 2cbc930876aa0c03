"""unmeasured-condition: a canary's or an alert's condition that compares nothing measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Compare, Condition, Expr, Quantity, Says, children
from rollbook.model.deployment import Deployment
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A condition of a canary stage or an alert rule compares nothing that can be measured.",
        "灰度阶段或告警规则的条件没有可以度量的比较。",
    ),
    why=Words(
        "Such a condition cannot be judged block by block, and no alert can be exported for it. A stage that is to "
        "roll back on it would need somebody who watches all the time; nobody does at two in the morning.",
        "这样的条件无法逐段判定，也无法导出为告警。要靠它回滚的阶段需要有人一直盯着，而凌晨两点没有人会盯着。",
    ),
    bad=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 100% | 2 hr | customers are unhappy |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 100% | 2小时 | 用户不满意 |
""",
    ),
    good=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 100% | 2 hr | error rate > 0.5% |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 100% | 2小时 | 错误率 > 0.5% |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Conditions with a statement that the library has no check for, or a stage's with a quantity that it has no
    measure for; what no grammar reads, the reader reports. An alert may name any series of the monitoring."""
    for condition, unknown in _conditions(context.deployment if context.library else None):
        if any(unknown(part, context) for part in _parts(condition.expr)):
            yield Finding(
                condition.at,
                Words(f"nobody can judge “{condition.text}”: it compares nothing that is measured",
                      f"无法判定“{condition.text}”：其中没有可以度量的比较"),
                Words("write a measure, a comparison and a number, such as “error rate > 1%”",
                      "请写明指标、比较与数值，例如“错误率 > 1%”"),
            )  # fmt: skip


def _conditions(deployment: Deployment | None) -> Iterator[tuple[Condition, Callable[[Expr, Context], bool]]]:
    for stage in deployment.canary if deployment else ():
        yield from ((c, _is_unmeasured) for c in (stage.rollback_when, stage.promote_when) if c is not None)
    yield from ((alert.condition, _is_unread) for alert in deployment.alerts) if deployment else ()


def _parts(expr: Expr) -> Iterator[Expr]:
    below = tuple(children(expr))
    if not below:
        yield expr
    for term in below:
        yield from _parts(term)


def _is_unread(expr: Expr, context: Context) -> bool:
    return isinstance(expr, Says) and context.meanings.found(expr.phrase) is None


def _is_unmeasured(expr: Expr, context: Context) -> bool:
    sides = (expr.left, expr.right) if isinstance(expr, Compare) else ()
    unknown = (isinstance(side, Quantity) and context.meanings.found(side.phrase) is None for side in sides)
    return _is_unread(expr, context) or any(unknown)


RULE = Rule("unmeasured-condition", "RB251", "warning", PAGE, check)
