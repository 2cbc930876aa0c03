"""unread-cell: a cell of a table that nobody looks at, or whose text cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import UnreadCell
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A cell is kept and shown, and nothing acts on it.",
        "单元格的内容会保留并显示，但不会据此执行。",
    ),
    why=Words(
        "A reader takes every cell for a part of the release. Two kinds of cells are none: those of a column whose "
        "head means nothing to Rollbook (a note), and those whose column is known and whose text is not what may stand "
        "there (a warning: “partly”, where a table says whether a migration can be undone, counts as not said).",
        "读者会认为每个单元格都属于发布。有两类并不是：列名没有含义的（提示）；以及列名已知、但内容无法使用的（警告：“是否可"
        "回滚”一列写“部分”，等于没有写）。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Database migrations
| Version | Script | Description | Reversible |
|---|---|---|---|
| V001 | V001_add.sql | add a column | partly |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 迁移脚本
| 版本 | 脚本 | 描述 | 可回滚 |
|------|------|------|--------|
| V001 | V001_add.sql | 增加列 | 看情况 |
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

## Database migrations
| Version | Script | Description | Reversible |
|---|---|---|---|
| V001 | V001_add.sql | add a column | yes |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 迁移脚本
| 版本 | 脚本 | 描述 | 可回滚 |
|------|------|------|--------|
| V001 | V001_add.sql | 增加列 | 是 |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Texts that cannot be used, each; columns that nobody looks at, once each; cells beyond the last column."""
    columns: dict[tuple[str, str], list[UnreadCell]] = {}
    for cell in context.deployment.unread_cells if context.deployment else ():
        if cell.expected:
            yield _unusable(cell)
        elif not cell.column:
            yield Finding(cell.at, _shown(cell, BEYOND), BEYOND_HINT, severity="warning")
        elif context.knows_columns:
            columns.setdefault((cell.table, cell.column), []).append(cell)
    for cells in columns.values():
        yield _unknown(cells)


def _unusable(cell: UnreadCell) -> Finding:
    return Finding(cell.at, _shown(cell, UNUSABLE), UNUSABLE_HINT, severity="warning")


def _unknown(cells: list[UnreadCell]) -> Finding:
    first, count = cells[0], len(cells)
    summary = Words(
        f"nothing acts on the column “{first.column}” ({count} cell{'s' if count > 1 else ''})",
        f"“{first.column}”列不会执行（{count} 个单元格）",
    )
    return Finding(first.at, summary, UNKNOWN_HINT)


def _shown(cell: UnreadCell, words: Words) -> Words:
    text = cell.text if len(cell.text) <= _SHOWN else f"{cell.text[:_SHOWN]}…"
    return words.format(text=text, column=cell.column)


_SHOWN = 60
BEYOND = Words("“{text}” stands beyond the table's last column", "“{text}”超出了表的最后一列")
BEYOND_HINT = Words(
    "give it a column, or join it with the cell before; a `|` within a cell is written `\\|`",
    "请为它增加一列，或与前一格合并；单元格中的 `|` 应写作 `\\|`",
)
UNUSABLE = Words(
    "“{text}” cannot be used in the column “{column}”: it counts as not said",
    "“{column}”列中的“{text}”无法使用：视为没有填写",
)
UNUSABLE_HINT = Words(
    "write one of the usual answers, such as yes, no, a number with its unit, a percentage",
    "请写成通常的内容，例如是、否、带单位的数字、百分比",
)
UNKNOWN_HINT = Words(
    "it is kept and shown in the report; if it should act, use a head that `docs/reference/words.md` lists",
    "内容会保留并显示在报告中；如需执行，请使用 `docs/reference/words.md` 列出的列名",
)
RULE = Rule("unread-cell", "RB246", "note", PAGE, check)
