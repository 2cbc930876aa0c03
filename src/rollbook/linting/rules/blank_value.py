"""blank-value: a cell that a run will need is blank (M3)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Variable
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "A cell that a run will need is blank.",
        "执行需要的单元格是空的。",
    ),
    why=Words(
        "A blank variable is not a value: it comes from the environment's configuration file, then from the site, "
        "and a run in which nothing gives it is refused. A blank release version has to be given with every command.",
        "空白的变量不是值：它取自该环境的配置文件，然后是站点；都没有时，执行会被拒绝。空白的部署版本则每次都要在命令"
        "中给出。",
    ),
    bad=Words(
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
| DATABASE_URL | database | | |
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
| DATABASE_URL | 数据库连接 | | |
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
    """Each variable with a blank in some environment, once; and a release version that is asked for and not filled."""
    deployment = context.deployment
    if deployment and deployment.release_version.blank and deployment.release_version.at.line:
        yield Finding(
            deployment.release_version.at,
            Words("the release version is blank", "部署版本是空的"),
            Words("fill it in, or give it with `-p version=…`", "填写它，或用 `-p version=…` 给出"),
        )
    for variable in deployment.variables if deployment else ():
        blank = {name: cell.at for name, cell in variable.values.items() if cell.blank}
        if blank:
            yield _finding(variable, blank)


def _finding(variable: Variable, blank: dict[str, At]) -> Finding:
    where = Words(", ".join(blank), "、".join(blank))
    return Finding(
        next((at for at in blank.values() if at.line), variable.at),
        Words(f"`{variable.name}` has no value for {where.en}", f"`{variable.name}` 在 {where.zh} 没有值"),
        Words(
            "fill it in, or keep it in the environment's configuration file; secrets are written [Secret]",
            "填写它，或放在该环境的配置文件中；密钥写作 [Secret]",
        ),
    )


RULE = Rule("blank-value", "RB235", "warning", PAGE, check)
