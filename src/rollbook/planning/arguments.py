"""Arguments of bound phrases: literals, parameters filled in, the site's limits where the document names none (M11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rollbook.binding.findings import problem
from rollbook.binding.library import Found
from rollbook.binding.matching import LITERALS_OF, arguments, misfits, plain_value
from rollbook.binding.validation import PARAMETER_TYPES, has_default, plain
from rollbook.model.conditions import TypedLiteral
from rollbook.model.literals import read_literal
from rollbook.planning.context import Context
from rollbook.planning.scope import fill, is_late
from rollbook.values import At, Duration, Json, Words


def filled_arguments(
    found: Found, literals: Sequence[TypedLiteral], text: str, at: At, context: Context
) -> dict[str, Json]:
    """Brace name → value for the plan: `${parameters}` filled in, late variables left for the run. A value of the wrong
    kind is a problem at its line."""
    if context.lacks_servers(found):
        _no_servers(found, at, context)
    for name, kind, literal in misfits(found, literals) if literals else ():
        _misfit(found, name, kind, literal.text, at, context)
    given = arguments(found, literals)
    values = {name: _argument(found, name, literal, at, context) for name, literal in given.items()}
    filled = {**values, **_elements(found, context), **_defaults(found, given, text, context)}
    if found.origin != "built-in":
        _refuse_unserved(found, filled, at, context)
    return filled


def _refuse_unserved(found: Found, filled: Mapping[str, Json], at: At, context: Context) -> None:
    """A problem for each argument that no brace, parameter or default gives: the run would fail there."""
    known = {*filled, *context.scope.parameters, *context.scope.loops, "return"}
    asked = [n for n, kind in found.annotations.items() if n not in known and plain(kind) in PARAMETER_TYPES]
    if not asked:
        return
    defaulted = has_default(context.library.load(found.binding))
    for name in (n for n in asked if n not in defaulted):
        context.findings.extend([problem(
            "step-signature", context.file, at,
            Words(f"nothing gives the argument {name} of {found.binding.partition('@')[0]}, bound to “{found.pattern}”",
                  f"绑定“{found.pattern}”的 {found.binding.partition('@')[0]} 的参数 {name} 没有来源"),
            Words(f"declare a parameter {name} and give it, write {{{name}}} into the phrase, or give it a default",
                  f"请声明并给出参数 {name}，或在短语中写 {{{name}}}，或给它默认值"),
        )])  # fmt: skip


def longest_s(arguments: dict[str, Json], found: Found) -> float:
    """Seconds of the longest duration among a phrase's arguments; 0 without one."""
    durations = [v for n, v in arguments.items() if _kind(found, n) == "Duration" and isinstance(v, int | float)]
    return float(max(durations, default=0.0))


def _argument(found: Found, name: str, literal: TypedLiteral, at: At, context: Context) -> Json:
    if literal.kind != "param":
        value = plain_value(literal)
        return fill(value, context.scope, at, context.findings) if isinstance(value, str) else value
    wanted = str(literal.value)
    value = context.scope.value(wanted)
    if value is None:
        if context.scope.knows(wanted) and not is_late(wanted):
            _without_value(wanted, at, context)
        return literal.text
    return _typed(found, name, value, at, context)


def _typed(found: Found, name: str, value: Json, at: At, context: Context) -> Json:
    """A parameter's value as the brace wants it: "30s" for a Duration becomes 30."""
    kind = _kind(found, name)
    allowed = LITERALS_OF.get(kind)
    if not allowed or not isinstance(value, str):
        return value
    literal = read_literal(value)
    if literal is None or literal.kind not in allowed:
        _misfit(found, name, kind, value, at, context)
        return value
    return plain_value(literal)


def _defaults(found: Found, given: dict[str, TypedLiteral], text: str, context: Context) -> dict[str, Json]:
    """Waiting without a limit takes the site's, and the plan says so (M11)."""
    known = {*given, *context.scope.declared}
    open_ = [n for n in found.annotations if n not in known and _kind(found, n) == "Duration"]
    limits = context.site.limits
    drains = "Balancer" in found.annotations.values()
    probed = None if drains or context.ground is None else context.ground.ready_within_s
    if probed is not None:
        for _ in open_:
            context.note(f"“{text}” states no limit: {Duration(probed)} by the document's probes",
                         f"“{text}”没有写时限：按文档的探针为 {Duration(probed)}")  # fmt: skip
        return dict.fromkeys(open_, probed)
    seconds = limits.drain_limit_s if drains else limits.ready_limit_s
    for _ in open_:
        context.note(f"“{text}” states no limit: {Duration(seconds)}, the site's default",
                     f"“{text}”没有写时限：按站点默认 {Duration(seconds)}")  # fmt: skip
    return dict.fromkeys(open_, seconds)


def _elements(found: Found, context: Context) -> dict[str, Json]:
    """Loop variables that the function takes by name: their value in this lane."""
    plan_wide = context.workflow.parameters
    names = context.scope.declared - {p.name for p in plan_wide}
    return {n: context.scope.parameters[n] for n in found.annotations if n in names}


def _kind(found: Found, name: str) -> str:
    return found.annotations.get(name, "str").partition("|")[0].strip()


def _misfit(found: Found, name: str, kind: str, text: str, at: At, context: Context) -> None:
    context.findings.extend([problem(
        "literal-type", context.file, at,
        Words(f"“{text}” is not a {kind}, which {{{name}}} of “{found.pattern}” must be",
              f"“{text}”不是 {kind}，而“{found.pattern}”的 {{{name}}} 必须是"),
    )])  # fmt: skip


def _no_servers(found: Found, at: At, context: Context) -> None:
    """What acts on servers needs some: without them it would do nothing and look fine. Said once."""
    missing = {p.rule for p in context.findings.problems}
    if missing & {"no-servers", "parameter-missing", "parameter-type", "parameter-enum"}:
        return
    context.findings.add(
        "no-servers", at,
        Words(f"“{found.pattern}” acts on servers, and no parameter names any",
              f"“{found.pattern}”要操作服务器，但没有参数给出服务器"),
        Words("declare a parameter `servers` of type array and give it", "请声明 array 类型的参数 `servers` 并给出值"),
    )  # fmt: skip


def _without_value(name: str, at: At, context: Context) -> None:
    context.findings.add(
        "parameter-missing", at,
        Words(f"${{{name}}} is needed here and has no value", f"此处需要 ${{{name}}}，但它没有值"),
        Words(f"give it with -p {name}=…", f"请用 -p {name}=… 提供"),
    )  # fmt: skip
