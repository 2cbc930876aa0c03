"""unbound: nothing is bound to a bullet or condition, so that only a person can do or judge it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rollbook.binding.library import Library
from rollbook.binding.markers import Kind
from rollbook.binding.matching import match
from rollbook.linting.context import Context, items_of, leaves
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Compare, Condition, Expr, Quantity, Says, TypedLiteral
from rollbook.model.phrases import phrase_of
from rollbook.model.workflow import Criterion, Item, Workflow
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "Nothing is bound to a bullet or condition, so only a person can do or judge it.",
        "条目或条件没有绑定任何步骤函数，只能由人来做或判断。",
    ),
    why=Words(
        "A bullet runs what its phrase is bound to: a function of the project's `rollbook_steps.py`, a line of "
        "`[steps]` in "
        "the site file, or the built-in library, in that order. `rollbook plan` refuses an unbound bullet and prints a "
        "function to paste; with `--manual` it becomes a gate where a person says that it is done. `rollbook steps` "
        "lists "
        "every phrase that is bound.",
        "条目执行的是它的短语所绑定的内容，依次查找：项目的 `rollbook_steps.py`、站点文件的 `[steps]`、内置步骤库。"
        "`rollbook plan` 会拒绝"
        "未绑定的条目，并给出可以粘贴的函数；加上 `--manual`，它就成为一个等人确认完成的关口。`rollbook steps` 列出所"
        "有已绑定的短语。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
- push the image to the registry
- polish the brass plate
""",
        """\
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像
- 推送镜像到 registry
- 擦亮门口的铜牌
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
- push the image to the registry
""",
        """\
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像
- 推送镜像到 registry
""",
    ),
)
SHELLS = ("", "bash", "sh", "shell", "zsh", "console")
MOSTLY = 0.5
"""With more than this share of unbound phrases a document is meant for people, and one finding says so for all."""
MANY = 10
"""With more than this number of them too: nobody reads a page of like findings."""


class Asked(msgspec.Struct, frozen=True):
    """One thing that a run would have to do or judge, and the kinds of function that could."""

    text: str
    phrase: str
    literals: tuple[TypedLiteral, ...]
    kinds: tuple[Kind, ...]
    at: At


def check(context: Context) -> Iterator[Finding]:
    """Each unbound phrase of a template; one finding for all in a document that is mostly unbound."""
    if not context.workflow or not context.library:
        return
    asked = tuple(_asked(context.workflow, context.library))
    library = context.library
    unbound = [a for a in asked if not match(library, a.phrase, a.literals, a.kinds)]
    if len(unbound) > 1 and (len(unbound) > MOSTLY * len(asked) or len(unbound) > MANY):
        yield _mostly(unbound, len(asked))
    else:
        yield from (_finding(a, library) for a in unbound)


def _asked(workflow: Workflow, library: Library) -> Iterator[Asked]:
    for step in workflow.steps:
        for item in items_of(step):
            asked = Asked(item.text, item.phrase, item.literals, ("step", "check"), item.at)
            if not _runs_itself(item) and not _is_title(item, asked, library):
                yield asked
        for condition in step.success:
            yield from _asked_by(condition, library)
    for criterion in workflow.criteria:
        yield from _asked_by(criterion, library)


def _is_title(item: Item, asked: Asked, library: Library) -> bool:
    """An unbound bullet over others only names them."""
    return bool(item.children) and not match(library, asked.phrase, asked.literals, asked.kinds)


def _runs_itself(item: Item) -> bool:
    """A shell fence, or inline code that is the whole bullet (M18)."""
    return bool(item.code) and item.code_language in SHELLS


def _asked_by(condition: Condition | Criterion, library: Library) -> Iterator[Asked]:
    """Nothing where the whole text is bound to a check; else each statement and each quantity."""
    phrase, literals = phrase_of(condition.text)
    if not match(library, phrase, literals, ("check",)):
        for leaf in leaves(condition.expr):
            yield from _asked_by_leaf(leaf, condition.at)


def _asked_by_leaf(leaf: Expr, at: At) -> Iterator[Asked]:
    match leaf:
        case Says():
            yield Asked(leaf.text, leaf.phrase, leaf.literals, ("check",), at)
        case Compare(left=Quantity() as quantity) | Compare(right=Quantity() as quantity):
            literals = phrase_of(quantity.text)[1]
            yield Asked(quantity.text, quantity.phrase, literals, ("measure", "check"), at)


def _finding(asked: Asked, library: Library) -> Finding:
    near = library.nearest(asked.phrase, asked.kinds)
    return Finding(
        asked.at,
        Words(f"nothing is bound to “{asked.text}”", f"“{asked.text}”没有绑定到任何步骤"),
        Words(
            (f"nearest: {'; '.join(near)}\n" if near else "")
            + "bind it in rollbook_steps.py (`rollbook plan` prints a function to paste), or run with --manual",
            (f"相近的短语：{'；'.join(near)}\n" if near else "")
            + "请在 rollbook_steps.py 中绑定它（`rollbook plan` 会给出可粘贴的函数），或使用 --manual",
        ),
    )


def _mostly(unbound: list[Asked], total: int) -> Finding:
    return Finding(
        unbound[0].at,
        Words(
            f"nothing is bound to {len(unbound)} of {total} bullets and conditions, first “{unbound[0].text}”",
            f"{total} 个条目和条件中有 {len(unbound)} 个没有绑定到任何步骤，第一个是“{unbound[0].text}”",
        ),
        Words(
            "with --manual the document runs as a guided, recorded checklist; bind its bullets one by one in "
            "rollbook_steps.py",
            "使用 --manual，文档会作为有引导、有记录的检查清单执行；再在 rollbook_steps.py 中逐条绑定",
        ),
    )


RULE = Rule("unbound", "RB301", "warning", PAGE, check)
