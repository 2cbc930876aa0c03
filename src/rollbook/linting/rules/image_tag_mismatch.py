"""image-tag-mismatch: two documents tag the image differently."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.linting.containers import named, tag_of
from rollbook.linting.context import Context, leaves
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Says
from rollbook.model.workflow import Workflow
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "Two documents that are used together tag the image differently.",
        "一起使用的两个文档给镜像的标签不同。",
    ),
    why=Words(
        "One image has one name in a run: the template's condition on the tag wins, and the deployment "
        "document's commands use it. Whoever follows the deployment document by hand builds an image that the "
        "template's condition refuses.",
        "一次运行中一个镜像只有一个名字：以模板对标签的条件为准，部署文档的命令使用它。按"
        "部署文档手工操作的人构建出的镜像，会被模板的条件拒绝。",
    ),
    bad=Words(
        """\
# Deployment plan

## Build commands

```bash
docker build -t shop:${VERSION} .
```

<!-- the next document -->
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

**Success conditions**:
- image tag: `${version}-${environment}`
""",
        """\
# 部署文档

## 构建命令

```bash
docker build -t shop:${VERSION} .
```

<!-- the next document -->
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

**成功条件**:
- 镜像标签: `${version}-${environment}`
""",
    ),
    good=Words(
        """\
# Deployment plan

## Build commands

```bash
docker build -t shop:${VERSION} .
```

<!-- the next document -->
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

**Success conditions**:
- image tag: `${version}`
""",
        """\
# 部署文档

## 构建命令

```bash
docker build -t shop:${VERSION} .
```

<!-- the next document -->
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

**成功条件**:
- 镜像标签: `${version}`
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """The first image of the document's commands whose tag is not the one that the template's condition states."""
    template = context.template_beside if context.deployment else None
    wanted = _stated(template, context) if template else ""
    for image in named(context.deployment) if context.deployment and wanted else ():
        if _plain(tag_of(image.image)) != _plain(wanted):
            yield Finding(
                image.at,
                Words(
                    f"{image.image} is not tagged as the template states: `{wanted}`",
                    f"{image.image} 的标签与模板写明的 `{wanted}` 不同",
                ),
                Words(
                    "tag it as the template says; a run uses the template's tag",
                    "请按模板打标签；运行时使用模板的标签",
                ),
            )
            return


def _stated(template: Workflow, context: Context) -> str:
    """The tag in a condition about the image's tag."""
    for step in template.steps:
        for leaf in (leaf for condition in step.success for leaf in leaves(condition.expr)):
            if isinstance(leaf, Says) and context.meanings.says("image_tag", leaf.text):
                return next((str(v.value) for v in leaf.literals if v.kind in ("code", "param", "text")), "")
    return ""


def _plain(tag: str) -> str:
    """References by name, however they are written: `${VERSION}`, `$VERSION` and `${version}` are one."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: f"<{found[1].casefold()}>", tag)


RULE = Rule("image-tag-mismatch", "RB236", "warning", PAGE, check)
