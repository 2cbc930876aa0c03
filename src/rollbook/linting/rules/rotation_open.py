"""rotation-open: servers are taken out of traffic and nothing puts them back."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rotation import rotation_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "Servers are taken out of traffic and nothing puts them back.",
        "服务器离开了流量，却没有任何步骤让它们恢复。",
    ),
    why=Words(
        "After a successful run by the letter, no server answers requests. If another system puts the servers back, "
        "say "
        "so with a step that waits for it, so that the run does not end before they serve.",
        "按字面成功执行之后，没有服务器应答请求。如果由别的系统恢复流量，请用一个等待它的步骤写出来，免得服务器还没有"
        "恢复，执行就结束了。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Drain [action]
**Actions**:
- remove the servers from the load balancer

### 2. Deploy [action]
**Actions**:
- start the new version
""",
        """\
# 发布
## 工作流步骤
### 1. 摘除 [action]
**执行内容**:
- 从负载均衡器移除

### 2. 部署 [action]
**执行内容**:
- 启动新版本服务
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Drain [action]
**Actions**:
- remove the servers from the load balancer

### 2. Deploy [action]
**Actions**:
- start the new version
- add the servers back to the load balancer
""",
        """\
# 发布
## 工作流步骤
### 1. 摘除 [action]
**执行内容**:
- 从负载均衡器移除

### 2. 部署 [action]
**执行内容**:
- 启动新版本服务
- 将服务器重新加入负载均衡池
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """A bullet that drains, with no later one that rejoins. Stopping alone is not it: starting may undo that."""
    rotation = rotation_of(context.workflow, context.meanings) if context.workflow else None
    if rotation and not rotation.back and context.meanings.leaves(rotation.out.item):
        yield Finding(
            rotation.out.item.at,
            Words(
                "servers leave traffic here and no later step puts them back",
                "服务器从这里离开流量，后面没有步骤让它们恢复",
            ),
            Words(
                "add a step that puts them back, such as “add the servers back to the load balancer”",
                "增加恢复流量的步骤，例如“将服务器重新加入负载均衡池”",
            ),
        )


RULE = Rule("rotation-open", "RB434", "warning", PAGE, check)
