"""script-missing: the document names a file that the project does not have."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "The document names a file that the project does not have.",
        "文档提到的文件在项目中不存在。",
    ),
    why=Words(
        "A migration script, a manifest or a program that is not there is noticed in the middle of a release. Looked "
        "up are the scripts of the migration table, what commands run (`./scripts/…`) and surely read (`-f k8s/…`), "
        "and the environments' configuration files, in the site's project directory. Without a site file there is "
        "none, and nothing is reported.",
        "迁移脚本、清单或程序不存在，往往在发布中途才会发现。会在站点的项目目录中查找：迁移表中的脚本、命令所执行的文件"
        "（`./scripts/…`）与必定读取的文件（`-f k8s/…`），以及各环境的配置文件。没有站点文件就没有项目目录，不会报告。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Deploy
```bash
kubectl apply -f k8s/app.yaml
./scripts/gone.sh up
```

<!-- the project has: .env.dev, .env.prod, k8s/app.yaml, scripts/go.sh -->
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 部署命令
```bash
kubectl apply -f k8s/app.yaml
./scripts/gone.sh up
```

<!-- the project has: .env.dev, .env.prod, k8s/app.yaml, scripts/go.sh -->
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

## Deploy
```bash
kubectl apply -f k8s/app.yaml
./scripts/go.sh up
```

<!-- the project has: .env.dev, .env.prod, k8s/app.yaml, scripts/go.sh -->
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 部署命令
```bash
kubectl apply -f k8s/app.yaml
./scripts/go.sh up
```

<!-- the project has: .env.dev, .env.prod, k8s/app.yaml, scripts/go.sh -->
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Each file once, where it is first named."""
    from rollbook.planning.deployment.files import named_files

    deployment, present = context.deployment, context.outside.present
    if deployment is None or present is None:
        return
    told: set[str] = set()
    for named in named_files(deployment):
        if named.path not in present and named.path not in told:
            told.add(named.path)
            yield Finding(named.at, WORDS[named.kind].format(path=named.path), _hint(named.path, present))


def _hint(path: str, present: frozenset[str]) -> Words:
    near = get_close_matches(path, present, n=1, cutoff=0.8)
    return NEAR.format(near=near[0]) if near else HINT


WORDS = {
    "migration": Words("the migration script {path} is not in the project", "项目中没有迁移脚本 {path}"),
    "program": Words("a command runs {path}, which is not in the project", "命令要执行 {path}，而项目中没有该文件"),
    "argument": Words("a command reads {path}, which is not in the project", "命令要读取 {path}，而项目中没有该文件"),
    "configuration": Words("the configuration file {path} is not in the project", "项目中没有配置文件 {path}"),
}
HINT = Words(
    "add it, or correct the path: it starts in the project's directory (`project` of the site file)",
    "请添加该文件，或更正路径：路径从项目目录（站点文件的 `project`）开始",
)
NEAR = Words("is {near} meant?", "是否应为 {near}？")
RULE = Rule("script-missing", "RB249", "warning", PAGE, check)
