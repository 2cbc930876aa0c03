"""environment-without-column: a table has no column for an environment of the list."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Resource, Variable
from rollbook.model.words import environment_identity
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A table of values has no column for an environment of the list.",
        "取值表缺少环境列表中某个环境的列。",
    ),
    why=Words(
        "Values are looked up by the environment of the run. An environment without a column has none of the values, "
        "which is seldom meant: it was added to one table and forgotten in the other.",
        "取值按执行的环境查找。没有列的环境就没有任何值，这很少是本意：多半是加到了一张表，忘了另一张。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| STAGING | staging.example.com | staging-cluster | .env.staging |
| PROD | example.com | prod-cluster | .env.prod |

## Environment variables
| Variable | Description | DEV | PROD |
|---|---|---|---|
| LOG_LEVEL | logging | debug | info |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| STAGING | staging.example.com | staging-cluster | .env.staging |
| PROD | example.com | prod-cluster | .env.prod |

## 环境变量
| 变量名 | 描述 | DEV | PROD |
|---|---|---|---|
| LOG_LEVEL | 日志级别 | debug | info |
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

## Environment variables
| Variable | Description | DEV | PROD |
|---|---|---|---|
| LOG_LEVEL | logging | debug | info |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 环境变量
| 变量名 | 描述 | DEV | PROD |
|---|---|---|---|
| LOG_LEVEL | 日志级别 | debug | info |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """The table of variables and that of resources, each against the list of environments."""
    deployment = context.deployment
    for rows in (deployment.variables, deployment.resources) if deployment else ():
        columns = {environment_identity(name) for row in rows for name in row.values}
        for environment in deployment.environments if deployment and columns else ():
            if environment_identity(environment.name) not in columns:
                yield _finding(rows[0], environment.name)


def _finding(row: Variable | Resource, environment: str) -> Finding:
    return Finding(
        row.at,
        Words(f"this table has no column for {environment}", f"此表没有 {environment} 列"),
        Words("add the column, or take the environment off the list", "增加该列，或从环境列表中去掉该环境"),
    )


RULE = Rule("environment-without-column", "RB242", "warning", PAGE, check)
