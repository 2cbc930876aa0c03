"""blank-value: a cell is blank whose value a run will need."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import Cell
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A cell is blank whose value a run will need.",
        "运行时需要取值的单元格是空的。",
    ),
    why=Words(
        "A blank cell of the variable matrix means “not overridden”: the value comes from the environment's "
        "configuration file, then from the site. Whoever reads the document alone cannot tell what the release "
        "will run with, and a run for an environment where nobody has the value does not start. Secrets come "
        "from their store and may stay blank.",
        "变量表中的空单元格表示“不覆盖”：取值来自该环境的配置文件，然后是站点。只看文档"
        "的人无法知道发布会以什么配置运行；如果哪里都没有取值，该环境的运行就不会开始。密"
        "钥来自密钥存储，可以留空。",
    ),
    bad=Words(
        """\
# Deployment plan

## Environment variables

| Variable | Description | DEV | PROD |
|---|---|---|---|
| CACHE_URL | cache | redis://dev:6379 | |
""",
        """\
# 部署文档

## 环境变量

| 变量名 | 描述 | DEV | PROD |
|---|---|---|---|
| CACHE_URL | cache | redis://dev:6379 | |
""",
    ),
    good=Words(
        """\
# Deployment plan

## Environment variables

| Variable | Description | DEV | PROD |
|---|---|---|---|
| CACHE_URL | cache | redis://dev:6379 | redis://prod:6379 |
| JWT_SECRET | signing | | [Secret] |
""",
        """\
# 部署文档

## 环境变量

| 变量名 | 描述 | DEV | PROD |
|---|---|---|---|
| CACHE_URL | cache | redis://dev:6379 | redis://prod:6379 |
| JWT_SECRET | signing | | [Secret] |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Variables that are no secrets, and numbers of replicas, with blank cells: one finding per row."""
    deployment = context.deployment
    if not deployment:
        return
    for variable in deployment.variables:
        if not variable.secret and (blank := _blank(variable.values)):
            yield _finding(variable.name, blank, VARIABLE)
    for resource in deployment.resources:
        if resource.kind == "replicas" and (blank := _blank(resource.values)):
            yield _finding(resource.name, blank, REPLICAS)


def _blank(values: dict[str, Cell]) -> dict[str, Cell]:
    return {name: cell for name, cell in values.items() if cell.blank}


def _finding(name: str, blank: dict[str, Cell], hint: Words) -> Finding:
    where = list(blank)
    return Finding(
        next(iter(blank.values())).at,
        Words(f"{name} has no value for {', '.join(where)}", f"{name} 在 {'、'.join(where)} 没有取值"),
        hint,
    )


VARIABLE = Words(
    "fill it in, or make sure that the environment's configuration file has it; for a secret write [Secret]",
    "请填写取值，或确保该环境的配置文件中有它；密钥请写 [Secret]",
)
REPLICAS = Words("write how many instances run there", "请写明在那里运行多少个实例")


RULE = Rule("blank-value", "RB234", "warning", PAGE, check)
