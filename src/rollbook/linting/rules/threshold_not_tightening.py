"""threshold-not-tightening: a later canary stage, with more traffic, tolerates more errors than an earlier one."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.linting.thresholds import Threshold, is_looser, thresholds_of
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A later canary stage, with more traffic, tolerates more than an earlier one.",
        "后面的灰度阶段流量更大，容忍度却更高。",
    ),
    why=Words(
        "More traffic means more people are hurt by the same rate, and more data to judge by: thresholds usually "
        "tighten from stage to stage. One that loosens lets a release pass that an earlier stage would have rolled "
        "back.",
        "流量越大，同样的错误率伤害的用户越多，可供判断的数据也越多：阈值通常逐级收紧。放宽的阈值会让前面阶段本该回滚"
        "的发布通过。",
    ),
    bad=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 30 min | error rate > 1% |
| 2 | 100% | 2 hr | error rate > 5% |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 30分钟 | 错误率 > 1% |
| 2 | 100% | 2小时 | 错误率 > 5% |
""",
    ),
    good=Words(
        """\
# Deployment document
## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 30 min | error rate > 1% |
| 2 | 100% | 2 hr | error rate > 0.5% |
""",
        """\
# 部署文档
## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 30分钟 | 错误率 > 1% |
| 2 | 100% | 2小时 | 错误率 > 0.5% |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Per measure: a stage whose rollback limit is looser than the tightest of an earlier stage."""
    tightest: dict[tuple[str, bool], Threshold] = {}
    for stage in context.deployment.canary if context.deployment else ():
        for threshold in thresholds_of(stage.rollback_when):
            key = (threshold.measure, threshold.upper)
            earlier = tightest.get(key)
            if earlier and is_looser(threshold, earlier):
                yield _finding(stage.number, threshold, earlier)
            elif not earlier or is_looser(earlier, threshold):
                tightest[key] = threshold


def _finding(number: int, threshold: Threshold, earlier: Threshold) -> Finding:
    return Finding(
        threshold.at,
        Words(
            f"stage {number} tolerates more than an earlier stage: {threshold.text} after {earlier.text}",
            f"阶段 {number} 比前面的阶段更宽松：{threshold.text}，而之前是 {earlier.text}",
        ),
        Words("let limits tighten, or at least stay, as traffic grows", "流量增大时，让阈值收紧，至少不放宽"),
        (Related(earlier.at, Words("tighter here", "这里更严")),),
    )


RULE = Rule("threshold-not-tightening", "RB238", "warning", PAGE, check)
