"""sql-lock: a migration for PostgreSQL locks a table while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollbook.linting.context import Context, Lock
from rollbook.linting.locks import LOCKS
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Migration
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A migration locks a table while it runs.",
        "迁移执行期间会锁表。",
    ),
    why=Words(
        "While a table is locked, requests that need it wait, and a release whose migration takes minutes is an "
        "outage of minutes. The scripts of documents about PostgreSQL are read with squawk, from the site's project "
        "directory; where squawk is not installed (`pip install rollbook[sql]`), a note says that nobody looked.",
        "表被锁住时，需要它的请求都要等待；迁移持续几分钟，就是几分钟的停机。对使用 PostgreSQL 的文档，会用 squawk 读"
        "取站点项目目录中的脚本；没有安装 squawk（`pip install rollbook[sql]`）时，会提示没有检查。",
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
| V001 | V001_orders.sql | an index | yes |

<!-- squawk says: V001_orders.sql:3 require-concurrent-index-creation -->
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
| V001 | V001_orders.sql | 增加索引 | 是 |

<!-- squawk says: V001_orders.sql:3 require-concurrent-index-creation -->
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
| V001 | V001_orders.sql | an index, built concurrently | yes |
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
| V001 | V001_orders.sql | 并发增加索引 | 是 |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Each statement once, at the row of its script."""
    migrations = context.deployment.migrations if context.deployment else ()
    if context.outside.unlooked.en:
        scripts = [row for row in migrations if row.script.endswith(".sql")]
        if scripts:
            yield _unseen(scripts, context.outside.unlooked)
        return
    for row in migrations:
        found: dict[int, Lock] = {}
        for lock in context.outside.locks:
            if lock.script in (row.script, row.down_script) and _rank(lock) < _rank(found.get(lock.line)):
                found[lock.line] = lock
        yield from (_finding(row, lock) for _, lock in sorted(found.items()))


def _unseen(scripts: Sequence[Migration], why: Words) -> Finding:
    count = len(scripts)
    summary = Words(UNSEEN.en.format(count=count, why=why.en), UNSEEN.zh.format(count=count, why=why.zh))
    return Finding(scripts[0].at, summary, UNSEEN_HINT, severity="note")


def _rank(lock: Lock | None) -> int:
    """The more it says, the lower: several rules may speak of one statement."""
    return len(LOCKS) if lock is None or lock.rule not in LOCKS else list(LOCKS).index(lock.rule)


def _finding(row: Migration, lock: Lock) -> Finding:
    what, instead = LOCKS[lock.rule]
    place = Words(f"{lock.script}, line {lock.line}: ", f"{lock.script} 第 {lock.line} 行：")
    return Finding(row.at, Words(place.en + what.en, place.zh + what.zh), instead)


UNSEEN = Words(
    "nobody looked whether {count} migration scripts lock a table: {why}",
    "没有检查 {count} 个迁移脚本是否会锁表：{why}",
)
UNSEEN_HINT = Words("pip install 'rollbook[sql]'", "pip install 'rollbook[sql]'")
RULE = Rule("sql-lock", "RB250", "warning", PAGE, check)
