"""impossible-date: a date that no calendar has, or in an order that cannot be."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.planning.deployment.dating import dates_in, signed_ahead
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "A date that no calendar has, or dates in an order that cannot be.",
        "日历上不存在的日期，或先后顺序不可能的日期。",
    ),
    why=Words(
        "Dates are evidence of who agreed to what and when. A thirtieth of February, a change before the "
        "document was written or a signature older than the document makes the record worthless in an audit. "
        "A signature of a day that has not come is none: an error.",
        "日期是谁在何时同意了什么的证据。2月30日、早于文档创建的修改、早于文档创建的签署，都会让记录在审计时失去价值。日期尚未到"
        "来的签署不算签署：这是错误。",
    ),
    bad=Words(
        """\
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| PROD | example.org | main |

## Approvals

| Role | Name | Date | Status |
|---|---|---|---|
| Tech lead | Ann | 2026-02-30 | approved |
""",
        """\
# 部署文档

## 环境列表

| 环境 | 域名 | 集群 |
|---|---|---|
| PROD | example.org | main |

## 文档审批

| 角色 | 姓名 | 日期 | 状态 |
|---|---|---|---|
| 技术负责人 | 张三 | 2026-02-30 | 已批准 |
""",
    ),
    good=Words(
        """\
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| PROD | example.org | main |

## Approvals

| Role | Name | Date | Status |
|---|---|---|---|
| Tech lead | Ann | 2026-03-05 | approved |
""",
        """\
# 部署文档

## 环境列表

| 环境 | 域名 | 集群 |
|---|---|---|
| PROD | example.org | main |

## 文档审批

| 角色 | 姓名 | 日期 | 状态 |
|---|---|---|---|
| 技术负责人 | 张三 | 2026-03-05 | 已批准 |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Dates written year first: whether the day exists, and whether it may be before the document was created. Other
    forms are not judged: which number is the month is anybody's guess."""
    document = context.deployment
    if not document:
        return
    front, signed = document.front, [row.date for row in document.signoffs if not row.date.blank]
    begun = next(iter(dates_in(front.created)), None)
    first = begun if isinstance(begun, datetime.date) else None
    yield from _judged(front.created, front.lines.get("created", At()), None)
    yield from _judged(front.updated, front.lines.get("updated", At()), first)
    for cell in signed:
        yield from _judged(cell.text, cell.at, first)
    for cell, date in signed_ahead(document, context.outside.today) if context.outside.today else ():
        yield Finding(cell.at, AHEAD.format(date=date), AHEAD_HINT, severity="error")
    if not document.release_window.blank:
        yield from _judged(document.release_window.text, document.release_window.at, None)


def _judged(text: str, at: At, first: datetime.date | None) -> Iterator[Finding]:
    """`first`: when the document was created, before which the date cannot be."""
    for found in dates_in(text):
        if isinstance(found, str):
            yield Finding(at, Words(f"there is no {found}", f"没有 {found} 这一天"), HINT)
        elif first and found < first:
            yield Finding(
                at,
                Words(f"{found} is before the document was created ({first})", f"{found} 早于文档的创建日期 {first}"),
                HINT,
            )


HINT = Words("correct the date", "请更正日期")
AHEAD = Words("{date} has not come yet: nobody can have signed on it", "{date} 尚未到来：不可能在这一天签署")
AHEAD_HINT = Words("write the day of the signature, or leave the cell empty", "请填写实际签署日期，或留空")


RULE = Rule("impossible-date", "RB244", "warning", PAGE, check)
