"""stage-without-duration: a canary stage does not say how long it is watched."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A canary stage does not say how long it is watched.",
        "灰度阶段没有写明观察多久。",
    ),
    why=Words(
        "A stage ends when its time is over and nothing tripped. Without a time nobody can say when the release "
        "is done. Rollbook takes the site's default and says so in the plan; other readers, and people, may go "
        "on at once.",
        "一个阶段在时间用完且没有触发回滚时结束。没有时间，就没有人能说清发布何时完成。Rollbook "
        "会采用站点的默认值并在计划中写明；别的读者，以及人，可能会立即继续。",
    ),
    bad=Words(
        """\
# Deployment plan

## Canary

| Stage | Traffic | Duration | Roll back when |
|---|---|---|---|
| 1 | 10% | 30 minutes | error rate > 1% |
| 2 | 100% | - | error rate > 0.5% |
""",
        """\
# 部署文档

## 灰度策略

| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 30分钟 | 错误率 > 1% |
| 2 | 100% | - | 错误率 > 0.5% |
""",
    ),
    good=Words(
        """\
# Deployment plan

## Canary

| Stage | Traffic | Duration | Roll back when |
|---|---|---|---|
| 1 | 10% | 30 minutes | error rate > 1% |
| 2 | 100% | 1 hour | error rate > 0.5% |
""",
        """\
# 部署文档

## 灰度策略

| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 30分钟 | 错误率 > 1% |
| 2 | 100% | 1小时 | 错误率 > 0.5% |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Stages whose duration is blank. A time that could not be read is reported by the reader already."""
    stages = context.deployment.canary if context.deployment else ()
    for stage in stages:
        if stage.duration_s is None and "unread-duration" not in context.misread:
            yield Finding(
                stage.duration_at if stage.duration_at.line else stage.at,
                Words(
                    f"stage {stage.number} ({stage.traffic * 100:g}% of traffic) does not say how long it is watched",
                    f"阶段 {stage.number}（流量 {stage.traffic * 100:g}%）没有写明观察多久",
                ),
                Words(
                    "write a duration such as `1 hour`; until then the site's default holds",
                    "写明持续时间，例如 `1小时`；在此之前采用站点的默认值",
                ),
            )


RULE = Rule("stage-without-duration", "RB230", "warning", PAGE, check)
