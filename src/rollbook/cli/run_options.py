"""RUN-OPTIONS: the options that `plan`, `rehearse` and `run` share, and the request that they make."""

from __future__ import annotations

from rollbook.app.plan import PlanRequest
from rollbook.cli.parser import Arguments, Parser
from rollbook.values import Words


def add_run_options(parser: Parser) -> None:
    option = parser.option
    option("documents", nargs="*", metavar="DOC", words=Words("documents, in any order", "文档，顺序不限"))
    option(
        "--request",
        default="",
        metavar="FILE|-",
        words=Words("a request file, or - for standard input", "请求文件；- 表示标准输入"),
    )
    add_planning_options(parser)


def add_planning_options(parser: Parser) -> None:
    option = parser.option
    option(
        "-p",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        words=Words("a parameter; the value is YAML", "参数；值按 YAML 读取"),
    )
    option(
        "--example",
        default="",
        metavar="NUMBER|TITLE",
        words=Words("one of the template's own usage examples", "模板自带的使用示例"),
    )
    option(
        "--strategy",
        default="",
        metavar="S",
        words=Words(
            "rolling[:N%] | canary | all-at-once", "rolling[:N%]（滚动）| canary（金丝雀）| all-at-once（一次全部）"
        ),
    )
    option(
        "--manual",
        action="store_true",
        words=Words("items without a binding wait for a person", "没有绑定的条目交由人工完成"),
    )
    option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))
    option(
        "--time-scale",
        type=float,
        default=1.0,
        metavar="X",
        words=Words(
            "embedded only: scales soaks and timers, never samples", "仅限内嵌站点：缩放观察期与计时，不缩放样本数"
        ),
    )


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
