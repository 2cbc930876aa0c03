"""What registration checks of a step function, with the line of what is wrong.

Arguments come from three disjoint places (DESIGN §10): braces of the phrases, port and run types, and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from rollbook.binding.findings import problem
from rollbook.binding.markers import Effect
from rollbook.model.phrases import brace_names
from rollbook.problems import Problem
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.binding.loading import Loaded

PORTS: Final = frozenset(
    {"Host", "Balancer", "Project", "Registry", "Notifier", "Records", "Reports", "Clock", "Cluster", "Database"}
)
RUN_TYPES: Final = frozenset({"Release", "Prior", "RunInfo", "DeploymentFacts", "Sampling", "Server", "list[Server]"})
BRACE_TYPES: Final = frozenset({"Duration", "Percent", "int", "float", "str", "bool"})
PARAMETER_TYPES: Final = BRACE_TYPES | {
    "list", "list[str]", "list[int]", "list[float]", "dict", "dict[str, Any]", "dict[str, str]", "Any", "Json",
}  # fmt: skip
RETURNS: Final = {"check": "Verdict", "measure": "Counts"}


def validate(loaded: Loaded) -> Iterator[Problem]:
    """Every problem of one function's signature."""
    code = loaded.function.__code__
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    braces = {name for phrase in loaded.phrases for name in brace_names(phrase)}
    for name in sorted(braces - set(arguments)):
        yield _wrong(loaded, f"the phrase has {{{name}}} but the function has no argument {name}",
                     f"短语中有 {{{name}}}，但函数没有参数 {name}")  # fmt: skip
    for name in arguments:
        yield from _argument(loaded, name, braces)
    if (effect := loaded.mark.effect) not in get_args(Effect):
        allowed = ", ".join(get_args(Effect))
        yield _wrong(loaded, f"effect={effect!r} is none of {allowed}", f"effect={effect!r} 不是 {allowed} 之一")
    wanted = RETURNS.get(loaded.mark.kind)
    if wanted and plain(loaded.annotations.get("return", "")) != wanted:
        yield _wrong(loaded, f"a @{loaded.mark.kind} must be annotated to return {wanted}",
                     f"@{loaded.mark.kind} 的返回注解必须是 {wanted}")  # fmt: skip
    if not code.co_flags & 0x80:
        yield _wrong(loaded, "a step function must be `async def`", "步骤函数必须用 `async def` 定义")


def redefined(path: Path) -> Iterator[Problem]:
    """Decorated functions of one name in a file: Python keeps the last, and the phrases of the others would be lost."""
    import ast

    first: dict[str, int] = {}
    for node in ast.parse(path.read_bytes()).body:
        if not isinstance(node, ast.AsyncFunctionDef) or not node.decorator_list:
            continue
        line = node.decorator_list[0].lineno
        if (known := first.setdefault(node.name, line)) != line:
            yield problem(
                "two-bindings", str(path), line,
                Words(f"a second function {node.name}: the first one, in line {known}, and its phrases would be lost",
                      f"第二个函数 {node.name}：第 {known} 行的同名函数及其短语会丢失"),
                Words("give each function a name of its own", "请给每个函数不同的名字"),
            )  # fmt: skip


def _argument(loaded: Loaded, name: str, braces: set[str]) -> Iterator[Problem]:
    kind = plain(loaded.annotations.get(name, ""))
    if not kind:
        yield _wrong(loaded, f"argument {name} has no annotation", f"参数 {name} 没有类型注解")
    elif name in braces and kind not in BRACE_TYPES:
        allowed = ", ".join(sorted(BRACE_TYPES))
        yield _wrong(loaded, f"{{{name}}} cannot be a {kind}: braces are {allowed}",
                     f"{{{name}}} 不能是 {kind}：花括号的类型只能是 {allowed}")  # fmt: skip
    elif name not in braces and kind not in PORTS | RUN_TYPES | PARAMETER_TYPES:
        known = ", ".join(sorted(PORTS | RUN_TYPES))
        yield _wrong(loaded, f"argument {name}: {kind} is unknown here; known are {known}, and plain types",
                     f"参数 {name}：不认识类型 {kind}；可用 {known} 与基本类型")  # fmt: skip


def plain(annotation: str) -> str:
    """`Optional` parts and module prefixes do not count."""
    parts = [p.strip() for p in annotation.split("|")]
    return next((p.rpartition(".")[2] if "[" not in p else p for p in parts if p != "None"), "")


def has_default(function: Callable[..., object]) -> frozenset[str]:
    """Names of the arguments that have a default."""
    code, defaults = function.__code__, function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    return frozenset(positional[len(positional) - len(defaults) :]) | frozenset(function.__kwdefaults__ or ())


def _wrong(loaded: Loaded, en: str, zh: str) -> Problem:
    name = loaded.name.partition(":")[2]
    return problem(
        "step-signature", loaded.file, loaded.line, Words(f"{name}: {en}", f"{name}:{zh}"),
        Words("see `rollbook explain step-signature`", "参见 `rollbook explain step-signature`"),
    )  # fmt: skip
