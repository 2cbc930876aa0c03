"""stage-without-duration: a canary stage does not say how long it lasts."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A canary stage does not say how long it lasts.",
        "灰度阶段没有写明持续多久。",
    ),
    why=Words(
        "A stage is judged for as long as it lasts. Without a duration, the last one too often, nobody says when the "
        "release is proved good; Rollbook takes the default of the site and shows it in the plan.",
        "阶段持续多久，就判断多久。没有持续时间（最后一个阶段常常如此），就没有说明何时算发布成功；Rollbook 采用站点"
        "的默认值，并在计划中显示。",
    ),
    bad=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 30 min | error rate > 1% |
| 2 | 100% | - | error rate > 1% |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 30分钟 | 错误率 > 1% |
| 2 | 100% | - | 错误率 > 1% |
""",
    ),
    good=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 30 min | error rate > 1% |
| 2 | 100% | 2 hr | error rate > 1% |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 30分钟 | 错误率 > 1% |
| 2 | 100% | 2小时 | 错误率 > 1% |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Stages whose duration is blank."""
    for stage in context.deployment.canary if context.deployment else ():
        if stage.duration_s is None and (stage.duration_at.line or context.knows_columns):
            yield Finding(
                stage.duration_at if stage.duration_at.line else stage.at,
                Words(
                    f"stage {stage.number} ({stage.traffic:.0%} of the traffic) does not say how long it lasts",
                    f"阶段 {stage.number}（{stage.traffic:.0%} 流量）没有写明持续多久",
                ),
                Words("write how long it is watched, such as “2 hr”", "写明观察多久，例如“2小时”"),
            )


RULE = Rule("stage-without-duration", "RB231", "warning", PAGE, check)
