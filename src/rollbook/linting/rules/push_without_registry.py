"""push-without-registry: an image is pushed under a name that nothing built or tagged."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.images import built, pushed
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.problems import Related
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "An image is pushed under a name that nothing built or tagged.",
        "推送的镜像名称与构建、打标签的名称不一致。",
    ),
    why=Words(
        "`docker push` publishes a name that exists locally. When the build only made `app:1.2`, pushing "
        "`registry.example.com/app:1.2` fails, or publishes an image left over from another day. Rollbook publishes "
        "what this run built and names that repair in the plan.",
        "`docker push` 只能推送本地已有的名称。构建只产生 `app:1.2` 时，推送 `registry.example.com/app:1.2` 会失败，"
        "或者推送了以前遗留的镜像。Rollbook 推送本次构建的镜像，并在计划中说明这一修正。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Build
```bash
# build the image
docker build -t app:${VERSION} .
# push the image
docker push registry.example.com/app:${VERSION}
```

## Deploy
```bash
kubectl set image deployment/app app=registry.example.com/app:${VERSION}
```
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 构建命令
```bash
# 构建镜像
docker build -t app:${VERSION} .
# 推送镜像
docker push registry.example.com/app:${VERSION}
```

## 部署命令
```bash
kubectl set image deployment/app app=registry.example.com/app:${VERSION}
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

## Build
```bash
# build the image
docker build -t registry.example.com/app:${VERSION} .
# push the image
docker push registry.example.com/app:${VERSION}
```

## Deploy
```bash
kubectl set image deployment/app app=registry.example.com/app:${VERSION}
```
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 构建命令
```bash
# 构建镜像
docker build -t registry.example.com/app:${VERSION} .
# 推送镜像
docker push registry.example.com/app:${VERSION}
```

## 部署命令
```bash
kubectl set image deployment/app app=registry.example.com/app:${VERSION}
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Pushes of a reference that no build and no `docker tag` of the document made, where there is any."""
    commands = [c for fence in (context.deployment.fences if context.deployment else ()) for c in fence.commands]
    made = {reference: command.at for command in commands for reference in built(command)}
    for command in commands if made else ():
        for reference in pushed(command):
            if reference not in made:
                yield _finding(reference, command.at, *next(iter(made.items())))


def _finding(reference: str, at: At, other: str, made_at: At) -> Finding:
    return Finding(
        at,
        Words(
            f"“{reference}” is pushed, and what was built is “{other}”",
            f"推送的是“{reference}”，而构建的是“{other}”",
        ),
        Words(
            f"build under the name that is pushed (`-t {reference}`), or tag it before",
            f"构建时就使用要推送的名称（`-t {reference}`），或先用 `docker tag` 打标签",
        ),
        (Related(made_at, Words("built here", "在这里构建")),),
    )


RULE = Rule("push-without-registry", "RB232", "warning", PAGE, check)
