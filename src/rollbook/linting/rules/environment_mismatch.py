"""environment-mismatch: two documents do not know the same environments."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.courses import environment_parameter
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.words import environment_identity
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "Two documents that are used together do not know the same environments.",
        "一起使用的两个文档所认识的环境不一致。",
    ),
    why=Words(
        "A run for an environment that the template does not know cannot look up its approvers and decisions "
        "there. It never falls into `else`: without a line in the site's map of environments, the run is refused.",
        "模板不认识的环境，无法在模板中查到审批人和判断结果。它绝不会落入 `else`：站点的环境映射中没有对应的"
        "一行时，运行会被拒绝。",
    ),
    bad=Words(
        """\
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| DEV | dev.example.org | a |
| UAT | uat.example.org | b |
| PROD | example.org | c |

<!-- the next document -->
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, production]
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
""",
        """\
# 部署文档

## 环境列表

| 环境 | 域名 | 集群 |
|---|---|---|
| DEV | dev.example.org | a |
| UAT | uat.example.org | b |
| PROD | example.org | c |

<!-- the next document -->
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, production]
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像
""",
    ),
    good=Words(
        """\
# Deployment plan

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| DEV | dev.example.org | a |
| PROD | example.org | c |

<!-- the next document -->
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, production]
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
""",
        """\
# 部署文档

## 环境列表

| 环境 | 域名 | 集群 |
|---|---|---|
| DEV | dev.example.org | a |
| PROD | example.org | c |

<!-- the next document -->
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, production]
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Rows of the environment list whose identity (M1) the template's enum does not have."""
    template = context.template_beside if context.deployment else None
    parameter = environment_parameter(template) if template else None
    if not context.deployment or not template or not parameter or not parameter.enum:
        return
    known = {environment_identity(str(value)) for value in parameter.enum}
    listed = ", ".join(map(str, parameter.enum))
    for row in context.deployment.environments:
        if environment_identity(row.name) not in known:
            yield Finding(
                row.at,
                Words(
                    f"{row.name} has no counterpart among the template's environments ({listed})",
                    f"{row.name} 在模板的环境（{listed}）中没有对应",
                ),
                Words(
                    f"add it to `{parameter.name}` in {template.source.path}, or map {row.name} in the site file",
                    f"把它加入 {template.source.path} 的 `{parameter.name}`，或在站点文件中为 {row.name} 写映射",
                ),
            )


RULE = Rule("environment-mismatch", "RB236", "warning", PAGE, check)
