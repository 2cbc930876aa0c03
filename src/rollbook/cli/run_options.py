"""RUN-OPTIONS: the options that `plan`, `rehearse` and `run` share, and the request that they make."""

from __future__ import annotations

from typing import Any

from rollbook.app.plan import PlanRequest
from rollbook.cli.parser import Arguments, Parser
from rollbook.values import Words

REQUEST = Words("a request file, or - for standard input", "请求文件；- 表示标准输入")
OPTIONS: tuple[tuple[str, dict[str, Any], Words], ...] = (
    (
        "-p",
        {"dest": "parameters", "action": "append", "default": [], "metavar": "NAME=VALUE"},
        Words("a parameter; the value is YAML", "参数；值按 YAML 读取"),
    ),
    (
        "--example",
        {"default": "", "metavar": "NUMBER|TITLE"},
        Words("one of the template's own usage examples", "模板自带的使用示例"),
    ),
    (
        "--strategy",
        {"default": "", "metavar": "S"},
        Words("rolling[:N%] | canary | all-at-once", "rolling[:N%]（滚动）| canary（金丝雀）| all-at-once（一次全部）"),
    ),
    (
        "--manual",
        {"action": "store_true"},
        Words("items without a binding wait for a person", "没有绑定的条目交由人工完成"),
    ),
    ("--site", {"default": "", "metavar": "FILE|embedded"}, Words("the site", "站点")),
    (
        "--time-scale",
        {"type": float, "default": 1.0, "metavar": "X"},
        Words("embedded only: scales soaks and timers, never samples", "仅限内嵌站点：缩放观察期与计时，不缩放样本数"),
    ),
)


def add_run_options(parser: Parser) -> None:
    parser.option("documents", nargs="*", metavar="DOC", words=Words("documents, in any order", "文档，顺序不限"))
    parser.option("--request", default="", metavar="FILE|-", words=REQUEST)
    add_planning_options(parser)


def add_planning_options(parser: Parser) -> None:
    for name, settings, words in OPTIONS:
        parser.option(name, words=words, **settings)


def request_of(arguments: Arguments) -> PlanRequest:
    return PlanRequest(
        documents=tuple(arguments.documents),
        parameters=tuple(arguments.parameters),
        request=getattr(arguments, "request", ""),
        example=arguments.example,
        strategy=arguments.strategy,
        manual=arguments.manual,
        site=arguments.site,
        time_scale=arguments.time_scale,
    )
