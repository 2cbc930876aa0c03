"""unknown-metric: the template lists a metric that no run collects."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words("The template lists a metric that no run collects.", "模板列出的指标不会被收集。"),
    why=Words(
        "A run reports the metrics that it can know by their names: `deployment.duration`, `deployment.success_rate`, "
        "`deployment.rollback_count`, `health_check.response_time`, `service.error_rate`. Another name stays empty "
        "in the "
        "report, and a dashboard built on it stays blank.",
        "执行按名称报告它能知道的指标：`deployment.duration`、`deployment.success_rate`、`deployment.rollback_count`、"
        "`health_check.response_time`、`service.error_rate`。别的名称在报告中是空的，据此搭建的看板也会是空白。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

## Metrics
- `deployment.mood`: how everybody feels
""",
        """\
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

## 监控指标
- `deployment.mood`: 大家的心情
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

## Metrics
- `deployment.duration`: total time
""",
        """\
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

## 监控指标
- `deployment.duration`: 总时长
""",
    ),
)
COLLECTED = ("duration", "success_rate", "rollback_count", "response_time", "error_rate")
"""Last parts of the names that M45 defines; the first part says of what, and differs between houses."""


def check(context: Context) -> Iterator[Finding]:
    """Metrics whose last part is none of those that a run collects."""
    for metric in context.workflow.metrics if context.workflow else ():
        if metric.name.rsplit(".", 1)[-1] not in COLLECTED:
            yield Finding(
                metric.at,
                Words(f"no run collects the metric `{metric.name}`", f"执行不会收集指标 `{metric.name}`"),
                Words(
                    f"collected are names ending in {', '.join(COLLECTED)}",
                    f"会收集的名称以 {'、'.join(COLLECTED)} 结尾",
                ),
            )


RULE = Rule("unknown-metric", "RB213", "note", PAGE, check)
