"""rollback-missing: a template that touches servers says nothing about rolling back."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context, items_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Item
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A template that takes servers out of traffic says nothing about rolling back.",
        "会让服务器离开流量的模板没有写回滚策略。",
    ),
    why=Words(
        "Without a strategy Rollbook restores what it touched, server by server. If something else is wanted, such as "
        "stopping for a person, the document is the place to say so.",
        "没有策略时，Rollbook 会逐台恢复它动过的服务器。如果想要别的做法，例如停下来等人处理，应当写在文档里。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Drain [action]
**Actions**:
- remove the servers from the load balancer
- add the servers back to the load balancer
""",
        """\
# 发布
## 工作流步骤
### 1. 摘除 [action]
**执行内容**:
- 从负载均衡器移除
- 将服务器重新加入负载均衡池
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Drain [action]
**Actions**:
- remove the servers from the load balancer
- add the servers back to the load balancer

## Rollback strategy
1. If step 1 fails → restore the old version
""",
        """\
# 发布
## 工作流步骤
### 1. 摘除 [action]
**执行内容**:
- 从负载均衡器移除
- 将服务器重新加入负载均衡池

## 回滚策略
1. 如果在步骤1失败 → 恢复旧版本服务
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """The first bullet that takes servers out, in a template without any rollback range."""
    workflow = context.workflow
    if not workflow or workflow.rollback or not context.knows_rollback:
        return
    for item in (i for step in workflow.steps for i in items_of(step) if _takes_out(i, context)):
        yield Finding(
            item.at,
            Words(
                "servers are touched from here on, and no rollback strategy says what to do on failure",
                "从这里开始会动服务器，但没有回滚策略说明失败时怎么办",
            ),
            Words(
                "add a section “Rollback strategy” with a line per range of steps",
                "增加“回滚策略”一节，每个步骤范围一行",
            ),
        )
        return


def _takes_out(item: Item, context: Context) -> bool:
    return context.meanings.leaves(item) or context.meanings.stops(item)


RULE = Rule("rollback-missing", "RB224", "note", PAGE, check)
