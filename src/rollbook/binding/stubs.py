"""What to say about a phrase that nothing does: the nearest ones, and a function to paste (DESIGN §2.5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from rollbook.binding.findings import problem
from rollbook.binding.library import USER_STEPS, Library
from rollbook.binding.markers import Kind
from rollbook.model.conditions import TypedLiteral
from rollbook.problems import Problem
from rollbook.values import At, Words

BRACES = {"duration": "limit", "percent": "share", "size": "size", "number": "count", "code": "name", "param": "value"}
TYPES = {"duration": "Duration", "percent": "Percent", "size": "float", "number": "float"}
BODIES = {"step": "None", "check": "Verdict", "measure": "Counts"}


def unbound(
    library: Library, text: str, literals: Sequence[TypedLiteral], kind: Kind, file: str, at: At, phrase: str
) -> Problem:
    """The problem for one unbound phrase: nearest patterns and a stub that binds it."""
    kinds: tuple[Kind, ...] = ("step",) if kind == "step" else ("check", "measure")
    near = library.nearest(phrase, kinds)
    stub = stub_for(text, literals, kind)
    close = Words(f"nearest: {'; '.join(near)}\n" if near else "", f"相近的短语：{'；'.join(near)}\n" if near else "")
    return problem(
        "unbound", file, at,
        Words(f"nothing is bound to “{text}”", f"“{text}”没有绑定到任何步骤"),
        Words(f"{close.en}put this into {USER_STEPS}, or plan with --manual:\n{stub}",
              f"{close.zh}请把下面的代码放进 {USER_STEPS}，或使用 --manual：\n{stub}"),
    )  # fmt: skip


def stub_for(text: str, literals: Sequence[TypedLiteral], kind: Kind) -> str:
    """A function that, pasted into `rollbook_steps.py`, binds `text`."""
    pattern, arguments = _braced(text, literals)
    effect = ", effect=once" if kind == "step" else ""
    signature = ", ".join(f"{name}: {kind_}" for name, kind_ in arguments)
    return (
        f"@{kind}({_quoted(pattern)}{effect})\n"
        f"async def {_name(text, kind)}({signature}) -> {BODIES[kind]}:\n"
        f"    raise NotImplementedError({_quoted(text)})"
    )


def _braced(text: str, literals: Sequence[TypedLiteral]) -> tuple[str, list[tuple[str, str]]]:
    """The text with its literals as named braces, and the arguments they need."""
    arguments: list[tuple[str, str]] = []
    pattern = text
    for literal in literals:
        stem = str(literal.value) if literal.kind == "param" else BRACES.get(literal.kind, "value")
        base = re.sub(r"\W", "_", stem)
        taken = [n for n, _ in arguments]
        name = base if base not in taken else f"{base}{len(taken) + 1}"
        if literal.text and literal.text in pattern:
            pattern = pattern.replace(literal.text, f"{{{name}}}", 1)
            arguments.append((name, TYPES.get(literal.kind, "str")))
    return pattern, arguments


def _name(text: str, kind: Kind) -> str:
    """A function's name from the text's English words; without any, from its hash: two pasted stubs must not meet."""
    words = re.findall(r"[a-z]+", text.casefold())
    return "_".join(words[:5]) if len(words) > 1 else f"{kind}_{sha256(text.encode()).hexdigest()[:6]}"


def _quoted(text: str) -> str:
    """`text` as a string literal. JSON's escapes are Python's too."""
    import json

    return json.dumps(text, ensure_ascii=False)
