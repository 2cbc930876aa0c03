"""alert-looser-than-canary: an alert fires later than the canary would have rolled back."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.meanings import Meanings
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.linting.thresholds import Threshold, is_looser, thresholds_of
from rollbook.model.deployment import Deployment
from rollbook.problems import Related, Severity
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "An alert fires later than the canary would have rolled back.",
        "告警比灰度的回滚条件更晚触发。",
    ),
    why=Words(
        "The canary rolls a release back at its limit; once the release is everywhere only the alert is left to "
        "notice. An alert that tolerates more than the last stage did leaves a gap in which nobody is told.",
        "灰度期间达到限值就会回滚；全量之后，只剩告警能发现问题。告警比最后一个阶段更宽松，就留下了一段没有人知道的区"
        "间。",
    ),
    bad=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 100% | 2 hr | error rate > 0.5% |

## Alert rules
| Alert | Condition | Severity | Channel |
|---|---|---|---|
| High error rate | error rate > 5% | Critical | phone |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 100% | 2小时 | 错误率 > 0.5% |

## 告警规则
| 告警名称 | 条件 | 严重级别 | 通知渠道 |
|---|---|---|---|
| 高错误率 | 错误率 > 5% | Critical | 电话 |
""",
    ),
    good=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 100% | 2 hr | error rate > 0.5% |

## Alert rules
| Alert | Condition | Severity | Channel |
|---|---|---|---|
| High error rate | error rate > 0.5% | Critical | phone |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 100% | 2小时 | 错误率 > 0.5% |

## 告警规则
| 告警名称 | 条件 | 严重级别 | 通知渠道 |
|---|---|---|---|
| 高错误率 | 错误率 > 0.5% | Critical | 电话 |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Alerts whose limit for a measure is looser than that of the canary's last stage about it. A note where some
    earlier stage tolerates as much: then the document says itself how much is bearable for a while."""
    deployment = context.deployment
    last = _last_limits(deployment, context.meanings) if deployment else {}
    for alert in deployment.alerts if deployment else ():
        for threshold in thresholds_of(alert.condition, context.meanings):
            stage = last.get((threshold.measure, threshold.upper))
            if stage and is_looser(threshold, stage):
                yield _finding(threshold, stage, "note" if _borne_earlier(threshold, deployment, context) else None)


def _last_limits(deployment: Deployment, meanings: Meanings) -> dict[tuple[str, bool], Threshold]:
    limits: dict[tuple[str, bool], Threshold] = {}
    for stage in deployment.canary:
        limits |= {(t.measure, t.upper): t for t in thresholds_of(stage.rollback_when, meanings)}
    return limits


def _borne_earlier(threshold: Threshold, deployment: Deployment | None, context: Context) -> bool:
    """Whether a stage's own limit for this measure is as loose."""
    stages = deployment.canary if deployment else ()
    limits = [t for stage in stages for t in thresholds_of(stage.rollback_when, context.meanings)]
    same = [t for t in limits if (t.measure, t.upper) == (threshold.measure, threshold.upper)]
    return any(not is_looser(threshold, limit) for limit in same)


def _finding(threshold: Threshold, stage: Threshold, severity: Severity | None) -> Finding:
    return Finding(
        threshold.at,
        Words(
            f"this alert fires at {threshold.text}, where the last canary stage already rolls back at {stage.text}",
            f"告警在 {threshold.text} 时触发，而最后的灰度阶段在 {stage.text} 时就会回滚",
        ),
        Words("let the alert be at least as strict as the last stage", "让告警至少和最后一个阶段一样严格"),
        (Related(stage.at, Words("the canary's limit", "灰度的限值")),),
        severity,
    )


RULE = Rule("alert-looser-than-canary", "RB241", "warning", PAGE, check)
