"""Conditions in both languages become trees; what cannot be read is opaque, never true."""

from __future__ import annotations

import msgspec
import pytest

from rollbook.documents.conditions import read_condition, read_expr
from rollbook.model.conditions import And, Compare, Condition, Expr, In, Name, Not, Opaque, Operand, Or, Quantity, Says
from rollbook.values import At

NAMES = frozenset({"environment", "skip_tests", "servers", "version"})


def spelled(expr: Expr) -> str:
    """An expression as one line: `$name`, `<quantity>`, `kind:value`, `"statement"`."""
    match expr:
        case Compare():
            return f"{operand(expr.left)} {expr.op} {operand(expr.right)}"
        case And():
            return f"({' & '.join(spelled(term) for term in expr.terms)})"
        case Or():
            return f"({' | '.join(spelled(term) for term in expr.terms)})"
        case Not():
            return f"!{spelled(expr.term)}"
        case In():
            return f"{operand(expr.item)} in [{', '.join(operand(option) for option in expr.options)}]"
        case Says():
            return f'"{expr.phrase}"'
        case Opaque():
            return "opaque"


def operand(value: Operand) -> str:
    match value:
        case Name():
            return f"${value.path}"
        case Quantity():
            return f"<{value.phrase}>"
        case _:
            return f"{value.kind}:{value.value}{value.unit}"


CASES = {
    'environment == "production"': "$environment == text:production",
    'environment == "a" or "b"': "($environment == text:a | $environment == text:b)",
    'environment != "production" && !skip_tests': "($environment != text:production & !$skip_tests == boolean:True)",
    "environment is one of staging, production": "$environment in [text:staging, text:production]",
    "environment 属于 staging、production": "$environment in [text:staging, text:production]",
    'environment in ["staging", "production"]': "$environment in [text:staging, text:production]",
    'environment not in ("staging")': "!$environment in [text:staging]",
    "environment is production": "$environment == text:production",
    "参数 `environment` 不为 production": "$environment != text:production",
    "参数 `skip_tests` 为 true": "$skip_tests == boolean:True",
    "Parameter `skip_tests` is true": "$skip_tests == boolean:True",
    "parameter X is true": "$X == boolean:True",
    "`variables.require_approval` 为 false": "$variables.require_approval == boolean:False",
    "skip_tests": "$skip_tests == boolean:True",
    "not skip_tests": "!$skip_tests == boolean:True",
    "version 为空": "$version == null:None",
    "${environment} == production": "$environment == text:production",
    "测试通过率 >= 95%": "<测试通过率> >= percent:0.95",
    "测试通过率不低于95%": "<测试通过率> >= percent:0.95",
    "测试通过率 ≥ ９５％": "<测试通过率> >= percent:0.95",
    "the test pass rate is at least 95%": "<test pass rate> >= percent:0.95",
    "响应时间 < 500ms": "<响应时间> < duration:0.5",
    "响应时间 ＜ 500ms": "<响应时间> < duration:0.5",
    "响应时间 500ms 以内": "<响应时间> <= duration:0.5",
    "latency 500 ms or less": "<latency> <= duration:0.5",
    "the p95 latency must stay under 300 ms": "<p95 latency> < duration:0.3",
    "错误率超过 1%": "<错误率> > percent:0.01",
    "error rate exceeds 5%": "<error rate> > percent:0.05",
    "错误率不超过 0.5%": "<错误率> <= percent:0.005",
    "The error rate does not exceed 1%": "<error rate> <= percent:0.01",
    "95% <= rate": "<rate> >= percent:0.95",
    "内存使用低于 512Mi": "<内存使用> < size:536870912",
    "错误数不超过5次": "<错误数> <= number:5次",
    "up == 0": "<up> == number:0",
    "状态码为 200": "<状态码> == number:200",
    "错误率 < 1% 且 响应时间 < 500ms": "(<错误率> < percent:0.01 & <响应时间> < duration:0.5)",
    "error rate below 1% and no open alerts": '(<error rate> < percent:0.01 & "no open alerts")',
    "(错误率 > 1% 或 响应时间 > 1s) 且 not skip_tests": (
        "((<错误率> > percent:0.01 | <响应时间> > duration:1.0) & !$skip_tests == boolean:True)"
    ),
    "无活跃连接": '"无活跃连接"',
    "build and push succeeded": '"build and push succeeded"',
    "all servers are healthy": '"all servers are healthy"',
    "关键功能测试 100% 通过": '"关键功能测试{}通过"',
    "镜像标签: `${version}-${environment}`": '"镜像标签: {}"',
    "at least 3 replicas are ready": '"at least {} replicas are ready"',
    "是否正常": '"是否正常"',
    "Traffic goes over HTTPS": '"traffic goes over https"',
    "a < b < c": "opaque",
    "x ==": "opaque",
    "< 500ms": "opaque",
    "错误率 > 1% 持续 5 分钟": "opaque",
    "(错误率 > 1%": "opaque",
    "": "opaque",
}


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=CASES.keys())
def test_a_condition_reads_as_it_is_meant(text: str, expected: str) -> None:
    assert spelled(read_expr(text, NAMES)) == expected


@pytest.mark.parametrize("text", ["错误率低于阈值", "error rate below the threshold", "错误率 < 阈值"])
def test_m06_a_limit_without_a_number_is_a_quantity_on_the_right(text: str) -> None:
    expr = read_expr(text)
    assert isinstance(expr, Compare)
    assert expr.op == "<"
    assert isinstance(expr.right, Quantity)


def test_a_comma_means_or_in_a_rollback_column_and_and_elsewhere() -> None:
    assert isinstance(read_expr("错误率 > 1%, p95 > 500ms", comma="or"), Or)
    assert isinstance(read_expr("错误率 > 1%, p95 > 500ms"), And)


def test_a_condition_keeps_its_text_and_place() -> None:
    condition = read_condition("错误率 < 1%", At(7, 3))
    assert (condition.text, condition.at) == ("错误率 < 1%", At(7, 3))


@pytest.mark.parametrize(
    "text", ["__import__('os').system('x') == 1", "environment == ''.__class__", "1; drop table x"]
)
def test_nothing_is_ever_evaluated(text: str) -> None:
    assert isinstance(read_expr(text, NAMES), Opaque | Compare | Says)


@pytest.mark.parametrize("text", [text for text in CASES if text])
def test_a_tree_survives_being_written_down_and_read_again(text: str) -> None:
    condition = read_condition(text, At(1, 1), NAMES)
    assert msgspec.json.decode(msgspec.json.encode(condition), type=Condition) == condition
