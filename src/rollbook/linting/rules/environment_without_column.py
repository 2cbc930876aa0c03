"""environment-without-column: a table has no column for an environment of the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Environment, Resource, Variable
from rollbook.model.words import environment_identity
from rollbook.problems import Related
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
    if deployment is None or not context.knows_columns:
        return
    for rows in (deployment.variables, deployment.resources):
        columns = {environment_identity(name) for row in rows for name in row.values}
        for environment in deployment.environments if columns else ():
            if environment_identity(environment.name) not in columns:
                others = [e.name for e in deployment.environments if e is not environment]
                yield _finding(rows[0], environment, _near(environment.name, others))


def _near(name: str, others: Sequence[str]) -> str:
    """The other environment of the list that the name may be a slip for."""
    from difflib import get_close_matches

    spelled = {other.casefold(): other for other in others}
    found = get_close_matches(name.casefold(), spelled, n=1, cutoff=0.75)
    return spelled[found[0]] if found else ""


def _finding(row: Variable | Resource, environment: Environment, near: str) -> Finding:
    name = environment.name
    asked = Words(f"is it meant to be {near}? ", f"是否应为 {near}？") if near else Words("", "")
    return Finding(
        row.at,
        Words(f"this table has no column for {name}", f"此表没有 {name} 列"),
        Words(
            f"{asked.en}add the column, or take the environment off the list",
            f"{asked.zh}增加该列，或从环境列表中去掉该环境",
        ),
        (Related(environment.at, Words(f"{name} is listed here", f"{name} 列在这里")),) if environment.at.line else (),
    )


RULE = Rule("environment-without-column", "RB242", "warning", PAGE, check)
