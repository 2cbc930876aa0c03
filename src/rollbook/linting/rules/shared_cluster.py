"""shared-cluster: an environment lives on the cluster of production."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Cell, Environment
from rollbook.model.words import environment_identity
from rollbook.problems import Related
from rollbook.values import Words

PRODUCTION = "production"

PAGE = Page(
    summary=Words(
        "An environment lives on the cluster of production.",
        "某个环境与生产环境在同一个集群上。",
    ),
    why=Words(
        "What is tried there takes processors, memory and quotas from production, and a command with the wrong "
        "context or namespace reaches it. Rollbook gives commands a configuration that holds one namespace only; "
        "people have no such guard.",
        "在那里做的试验会占用生产的处理器、内存和配额，上下文或命名空间写错的命令也会作用到生产。Rollbook "
        "只给命令一个命名空间的配置；人没有这层保护。",
    ),
    bad=Words(
        """\
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| QA | qa.example.org | blue |
| PROD | example.org | blue |
""",
        """\
# 部署文档

## 环境列表

| 环境 | 域名 | 集群 |
|---|---|---|
| QA | qa.example.org | blue |
| PROD | example.org | blue |
""",
    ),
    good=Words(
        """\
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| QA | qa.example.org | green |
| PROD | example.org | blue |
""",
        """\
# 部署文档

## 环境列表

| 环境 | 域名 | 集群 |
|---|---|---|
| QA | qa.example.org | green |
| PROD | example.org | blue |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Rows that name the cluster of a production row; namespaces of their own do not excuse it on one cluster."""
    rows = context.deployment.environments if context.deployment else ()
    productions = [row for row in rows if environment_identity(row.name) == PRODUCTION]
    for row in rows:
        shared = next((p for p in productions if p is not row and _same(p.cluster, row.cluster)), None)
        if row not in productions and shared:
            yield _finding(row, shared)


def _same(one: Cell, other: Cell) -> bool:
    return not one.blank and not other.blank and one.text.casefold() == other.text.casefold()


def _finding(row: Environment, production: Environment) -> Finding:
    cluster = row.cluster.text
    return Finding(
        row.cluster.at,
        Words(
            f"{row.name} shares the cluster {cluster} with {production.name}",
            f"{row.name} 与 {production.name} 共用集群 {cluster}",
        ),
        Words(
            f"give {row.name} a cluster of its own; at the very least a namespace with its own quota",
            f"为 {row.name} 使用单独的集群；至少使用有独立配额的命名空间",
        ),
        (Related(production.cluster.at, Words("production's cluster", "生产环境的集群")),),
    )


RULE = Rule("shared-cluster", "RB232", "warning", PAGE, check)
