"""boolean-not-boolean: a name is true or false in one place and something else in another."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.naming import Use, uses_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A variable or parameter is true or false in one place and something else in another.",
        "同一个变量或参数在一处是布尔值，在另一处却是别的值。",
    ),
    why=Words(
        'A variable that is `true`, `false` and `optional` has three values, and a condition such as "is false" '
        "answers "
        "for two of them only: readers cannot tell which way the third one goes. Use three words, or two variables.",
        "一个变量既可以是 `true`、`false` 又可以是 `optional`，就有三种取值，而“为 false”这样的条件只回答了其中两种："
        "读者无法知道第三种会走"
        "哪条路。请改用三个词，或者拆成两个变量。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
```
## Steps
### 1. Decide [condition]
**Decision logic**:
```
if environment == "production":
    set variables.ask = true
else:
    set variables.ask = maybe
```

### 2. Approve [approval]
**Approvers**:
- production: tech lead

**Skip condition**:
- `variables.ask` is false
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    required: true
```
## 工作流步骤
### 1. 判断 [condition]
**判断逻辑**:
```
if environment == "production":
    设置 variables.ask = true
else:
    设置 variables.ask = optional
```

### 2. 审批 [approval]
**审批人员**:
- production: 技术负责人

**跳过条件**:
- `variables.ask` 为 false
""",
    ),
    good=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
```
## Steps
### 1. Decide [condition]
**Decision logic**:
```
if environment == "production":
    set variables.ask = true
else:
    set variables.ask = false
```

### 2. Approve [approval]
**Approvers**:
- production: tech lead

**Skip condition**:
- `variables.ask` is false
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    required: true
```
## 工作流步骤
### 1. 判断 [condition]
**判断逻辑**:
```
if environment == "production":
    设置 variables.ask = true
else:
    设置 variables.ask = false
```

### 2. 审批 [approval]
**审批人员**:
- production: 技术负责人

**跳过条件**:
- `variables.ask` 为 false
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Per name: once where it is first not a boolean although it is one elsewhere."""
    if not context.workflow:
        return
    by_name: dict[str, list[Use]] = {}
    for use in uses_of(context.workflow):
        by_name.setdefault(use.name, []).append(use)
    for name, uses in by_name.items():
        boolean = next((use for use in uses if use.is_boolean), None)
        other = next((use for use in uses if not use.is_boolean), None)
        if boolean and other:
            yield _finding(name, boolean, other)


def _finding(name: str, boolean: Use, other: Use) -> Finding:
    return Finding(
        other.at,
        Words(
            f"`{name}` is {other.spelling} here and a boolean elsewhere",
            f"`{name}` 在这里是 {other.spelling}，在别处却是布尔值",
        ),
        Words(
            "use words for all its values (such as required, optional, none) or a second variable",
            "所有取值都用文字（例如 required、optional、none），或另设一个变量",
        ),
        (Related(boolean.at, Words(f"{boolean.spelling} here", f"这里是 {boolean.spelling}")),),
    )


RULE = Rule("boolean-not-boolean", "RB205", "warning", PAGE, check)
