"""unread-part: a table, a list or a block of a deployment document that was recognised as nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Unread
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A table, a list or a block was recognised as nothing, and will not act.",
        "有表格、列表或代码块未能识别，不会执行。",
    ),
    why=Words(
        "Tables are told by the heads of their columns and by their heading. One that is told by neither is kept and "
        "shown, and takes no part in a release. Below a heading whose tables do act, such as canary stages, that is "
        "hardly meant: it is a warning there, and a note elsewhere. Plain prose is not reported.",
        "表格由列名和所在标题识别。两者都不能识别的，会保留并显示，但不参与发布。如果它位于灰度策略之类会执行的标题之下，"
        "多半不是本意：在那里是警告，在别处是提示。普通文字不会报告。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Canary strategy
| Colour | How |
|---|---|
| green | a few people at first |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 灰度策略
| 颜色 | 做法 |
|------|------|
| 绿 | 先给少数人 |
""",
    ),
    good=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 2 hr | error rate > 1% |
| 2 | 100% | 2 hr | error rate > 1% |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 10% | 2小时 | 错误率 > 1% |
| 2 | 100% | 2小时 | 错误率 > 1% |
""",
    ),
)
ACTING = ("environments", "variables", "resources", "migrations", "canary", "alerts", "signoffs", "runbook", "probes")
"""What sections are about whose tables act."""


def check(context: Context) -> Iterator[Finding]:
    """Every part that was kept, but plain prose, and lists whose commands were read."""
    for part in context.deployment.unread if context.deployment else ():
        kind = next((words for pattern, words in KINDS if re.match(pattern, part.text)), None)
        if kind is not None and not (kind is LIST and re.search(r"^\s+(?:```|~~~)", part.text, re.MULTILINE)):
            yield _finding(part, kind)


def _finding(part: Unread, kind: Words) -> Finding:
    summary = Words(
        f"this {kind.en} below “{part.what}” is recognised as nothing: it does not act",
        f"“{part.what}”下的{kind.zh}未能识别：不会执行",
    )
    hint = TABLE_HINT if kind is TABLE else OTHER_HINT
    return Finding(part.at, summary, hint, severity="warning" if kind is TABLE and part.about in ACTING else None)


TABLE, LIST = Words("table", "表格"), Words("list", "列表")
KINDS = (
    (r"\s*\|.*\|", TABLE),
    (r"\s*(?:```|~~~)", Words("block", "代码块")),
    (r"\s*(?:[-*+]|\d+[.)、])\s", LIST),
    (r"[^\n]*`[^`]+`", Words("line with code", "带代码的文字")),
)
"""What the source of a part begins like, and what to call it."""
TABLE_HINT = Words(
    "use heads that `docs/reference/words.md` lists for what it is about",
    "请使用 `docs/reference/words.md` 为其内容列出的列名",
)
OTHER_HINT = Words(
    "it is kept and shown in the report; commands belong into a fence with its language, such as ```bash",
    "内容会保留并显示在报告中；命令请写在标明语言的代码块中，例如 ```bash",
)
RULE = Rule("unread-part", "RB247", "note", PAGE, check)
