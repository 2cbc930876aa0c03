"""shared-cluster: an environment runs on production's cluster."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Environment
from rollbook.model.words import environment_identity
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "An environment runs on production's cluster.",
        "有环境与生产共用一个集群。",
    ),
    why=Words(
        "What staging does to its cluster it does to production: a node drained, a quota used up, a release rolled "
        "out to the wrong workload. Where both must share one, give each its own namespace in the table, so that "
        "commands can be held to it.",
        "预发对集群做的事也会作用于生产：排空节点、用尽配额、发布到错误的工作负载。必须共用时，请在表中为各环境写明各"
        "自的命名空间，以便把命令限制在其中。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| STAGING | staging.example.com | prod-cluster | .env.staging |
| PROD | example.com | prod-cluster | .env.prod |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| STAGING | staging.example.com | prod-cluster | .env.staging |
| PROD | example.com | prod-cluster | .env.prod |
""",
    ),
    good=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| STAGING | staging.example.com | staging-cluster | .env.staging |
| PROD | example.com | prod-cluster | .env.prod |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| STAGING | staging.example.com | staging-cluster | .env.staging |
| PROD | example.com | prod-cluster | .env.prod |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Rows whose cluster is production's, unless both name namespaces and these differ."""
    rows = context.deployment.environments if context.deployment else ()
    production = [row for row in rows if environment_identity(row.name) == "production" and not row.cluster.blank]
    for row in rows:
        for other in production:
            if row not in production and row.cluster.text == other.cluster.text and not _apart(row, other):
                yield _finding(row, other)


def _apart(row: Environment, other: Environment) -> bool:
    mine, theirs = row.namespace, other.namespace
    return not mine.blank and not theirs.blank and mine.text != theirs.text


def _finding(row: Environment, production: Environment) -> Finding:
    return Finding(
        row.cluster.at,
        Words(
            f"{row.name} runs on {production.name}'s cluster “{row.cluster.text}”",
            f"{row.name} 与 {production.name} 共用集群“{row.cluster.text}”",
        ),
        Words("give it a cluster of its own, or name a namespace for each", "为它单独配置集群，或为各环境写明命名空间"),
        (Related(production.cluster.at, Words("production is here", "生产环境在这里")),),
    )


RULE = Rule("shared-cluster", "RB233", "warning", PAGE, check)
