"""secret-in-clear: a secret stands in the document as it is (M5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.hiding import PASSWORD
from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Cell, Variable
from rollbook.model.secrecy import has_userinfo, is_named_secret
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A secret stands in the document as it is.",
        "密钥以明文写在文档里。",
    ),
    why=Words(
        "Documents are read, copied and kept by many. A password in a cell, or a URL with user and password, is "
        "known to all of them and to every backup. Write [Secret] and give the value where the run gets its secrets; "
        "then change the one that was written.",
        "文档会被许多人阅读、复制和保存。单元格里的密码、带用户名和密码的 URL，他们和每一份备份都知道。请写 "
        "[Secret]，把值放到执行读取密钥的地方，并更换已经写出来的那个。",
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
| DB_PASSWORD | database | hunter2 | [Secret] |
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
| DB_PASSWORD | 数据库密码 | hunter2 | [Secret] |
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
| DB_PASSWORD | database | [Secret] | [Secret] |
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
| DB_PASSWORD | 数据库密码 | [Secret] | [Secret] |
""",
    ),
)
REFERENCE = re.compile(r"\$\{?\w+\}?|<[^>]*>|\*+|x{3,}|vault:.*", re.IGNORECASE)
"""What stands in for a secret: a variable, a placeholder, asterisks, the path in a vault."""


def check(context: Context) -> Iterator[Finding]:
    """Values of variables that are secret in another column or by their name, and URLs with a user in them."""
    for variable in context.deployment.variables if context.deployment else ():
        for environment, cell in variable.values.items():
            if _is_clear(variable, cell):
                yield Finding(
                    cell.at if cell.at.line else variable.at,
                    Words(
                        f"the secret `{variable.name}` is written in clear for {environment}",
                        f"密钥 `{variable.name}` 在 {environment} 列以明文写出",
                    ),
                    Words("write [Secret], and change the value that was written", "改写为 [Secret]，并更换已写出的值"),
                )
    yield from _in_commands(context)


def _in_commands(context: Context) -> Iterator[Finding]:
    """URLs with a password in commands, which a plan has to keep as they are."""
    commands = [c for f in context.deployment.fences for c in f.commands] if context.deployment else []
    for command in commands:
        if PASSWORD.search(command.text):
            yield Finding(
                command.at,
                Words("a password stands in this command in clear", "这条命令中以明文写有密码"),
                Words(
                    "make it a variable that says [Secret], and use $NAME here",
                    "请改为标有 [Secret] 的变量，在此处用 $名称 引用",
                ),
            )


def _is_clear(variable: Variable, cell: Cell) -> bool:
    if cell.blank or cell.secret or REFERENCE.fullmatch(cell.text.strip()):
        return False
    return variable.secret or is_named_secret(variable.name) or has_userinfo(cell.text)


RULE = Rule("secret-in-clear", "RB239", "warning", PAGE, check)
