"""image-tag-mismatch: one document, or two together, name the release by different image tags."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.images import built, deployed, pushed, same_tag, stated_tag, tag_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Deployment
from rollbook.model.workflow import Workflow
from rollbook.problems import Related
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "One document, or two together, name the release by different image tags.",
        "同一份文档，或两份文档之间，对镜像标签的写法不一致。",
    ),
    why=Words(
        "The tag is how people find what runs. When the build makes `app:1.2`, the deployment starts "
        "`app:1.2-production` or the template asks for `${version}-${environment}`, somebody looks for an image that "
        "does not exist. With a template its condition about the tag wins; the plan shows both names.",
        "标签是人们查找运行版本的依据。构建产生 `app:1.2`，部署却启动 `app:1.2-production`，或模板要求 "
        "`${version}-${environment}`，就会有人寻找不存在的镜像。与模板一起使用时，以模板的标签条件为准，计划会显示两"
        "个名称。",
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
docker build -t registry.example.com/app:${VERSION} .
# push the image
docker push registry.example.com/app:${VERSION}
```

## Deploy
```bash
kubectl set image deployment/app app=registry.example.com/app:${VERSION}-prod
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
kubectl set image deployment/app app=registry.example.com/app:${VERSION}-prod
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
    """Within the deployment document: the first tag against the others. Beside a template: against its condition."""
    tags = list(_tags(context.deployment)) if context.deployment else []
    for tag, at in tags[1:]:
        if not same_tag(tag, tags[0][0]):
            yield _within(tag, at, *tags[0])
    for template in context.documents if tags else ():
        stated = stated_tag(template) if isinstance(template, Workflow) else None
        if stated and not same_tag(stated[0], tags[0][0]):
            yield _between(tags[0][0], tags[0][1], stated[0], f"{template.source.path}:{stated[1].line}")


def _tags(deployment: Deployment) -> Iterator[tuple[str, At]]:
    for command in (c for fence in deployment.fences for c in fence.commands):
        for reference in (*built(command), *pushed(command), *deployed(command)):
            if tag := tag_of(reference):
                yield tag, command.at


def _within(tag: str, at: At, first: str, first_at: At) -> Finding:
    return Finding(
        at,
        Words(f"the image tag is “{tag}” here and “{first}” above", f"镜像标签在这里是“{tag}”，前面是“{first}”"),
        Words("use one tag from build to start", "从构建到启动使用同一个标签"),
        (Related(first_at, Words(f"“{first}” here", f"这里是“{first}”")),),
    )


def _between(tag: str, at: At, stated: str, where: str) -> Finding:
    return Finding(
        at,
        Words(
            f"the image tag is “{tag}” here and “{stated}” in the template ({where})",
            f"镜像标签在这里是“{tag}”，在模板中是“{stated}”（{where}）",
        ),
        Words("use one tag in both documents; the template's wins", "两份文档使用同一个标签；以模板为准"),
    )


RULE = Rule("image-tag-mismatch", "RB237", "warning", PAGE, check)
