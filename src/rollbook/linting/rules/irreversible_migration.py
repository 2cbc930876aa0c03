"""irreversible-migration: a migration cannot be undone, and the document promises to undo migrations (M31)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A migration cannot be undone, and the document promises to undo migrations.",
        "迁移不可回滚，而文档承诺回滚数据库。",
    ),
    why=Words(
        "`down` runs only when every migration that this run applied can be undone. One that cannot leaves the "
        "schema as it is, whatever the rollback section says: write it so that both releases work on the new schema, "
        "and take the promise back.",
        "只有本次执行应用的所有迁移都能撤销时才会执行 `down`。其中一个不能撤销，无论回滚章节怎样写，数据库结构都会保"
        "持原样：请让新旧版本都能在新结构上工作，并去掉这个承诺。",
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
| V001 | V001_drop.sql | drop a column | no |

## Rollback
```bash
# roll back the database
./scripts/migrate.sh down
```
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
| V001 | V001_drop.sql | 删除列 | 否 |

## 回滚流程
```bash
# 回滚数据库
./scripts/migrate.sh down
```
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

## Rollback
```bash
# roll back the database
./scripts/migrate.sh down
```
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

## 回滚流程
```bash
# 回滚数据库
./scripts/migrate.sh down
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Rows that say no, where a command undoes migrations."""
    deployment = context.deployment
    down = deployment.commands("migrate_down") if deployment else ()
    for migration in deployment.migrations if deployment and down else ():
        if migration.reversible is False:
            yield Finding(
                migration.at,
                Words(
                    f"migration {migration.version} cannot be undone, yet the document runs migrations down",
                    f"迁移 {migration.version} 不可回滚，而文档要执行回滚迁移",
                ),
                Words(
                    "say that the schema stays, or split the migration so that each part can be undone",
                    "写明数据库结构保持不变，或拆分迁移使每一部分都能撤销",
                ),
                (Related(down[0].at, Words("undone here", "在这里回滚")),),
            )


RULE = Rule("irreversible-migration", "RB243", "warning", PAGE, check)
