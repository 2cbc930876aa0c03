"""Values by name while planning: parameters, variables that decisions set, late ones (M4), the environment (M1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from rollbook.planning.findings import Findings
from rollbook.planning.parameters import shown
from rollbook.planning.words import word_set
from rollbook.values import At, Json, Words

PLACEHOLDER = re.compile(r"\$\{\s*([\w.\[\]-]+)\s*\}")
VARIABLES = "variables."


class Scope(msgspec.Struct, frozen=True):
    """`environment` is the run's spelling; `counterpart` the document's name for it, by which conditions and approvers
    are looked up (M1). `declared` are all parameter names, with a value or without; `assigned` every variable that
    some decision of the document sets."""

    parameters: Mapping[str, Json]
    variables: Mapping[str, Json] = {}
    declared: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    environment_name: str = ""
    environment: str = ""
    counterpart: str = ""
    manual: bool = False
    loops: frozenset[str] = frozenset()
    """Loop variables whose value differs by lane: known, and left for the run."""
    undecided: bool = False
    """A choice is open: a variable without a value may still get one."""

    def with_variables(self, variables: Mapping[str, Json], undecided: bool = False) -> Scope:
        return msgspec.structs.replace(self, variables=variables, undecided=undecided)

    def knows(self, name: str) -> bool:
        """Whether `name` may stand in a placeholder or condition."""
        key = bare(name)
        return key in self.declared or key in self.assigned or key in self.loops or is_late(name)

    def value(self, name: str) -> Json:
        """The value of a parameter or variable; None when it has none yet."""
        key = bare(name)
        if key in self.parameters and not name.startswith(VARIABLES):
            return self.parameters[key]
        return self.variables.get(key)


def bare(name: str) -> str:
    """`variables.x`, `parameters.x` and `参数.x` are x."""
    return name.rpartition(".")[2] if name.partition(".")[0] in ("variables", "parameters", "params", "vars") else name


def is_late(name: str) -> bool:
    """Whether the run binds this name, not the plan (M4)."""
    return bare(name).casefold() in word_set("late")


def fill(text: str, scope: Scope, at: At, findings: Findings) -> str:
    """`text` with known names replaced; late ones stay for the run. An unknown name is an error at its line (M4)."""

    def one(match: re.Match[str]) -> str:
        name = match.group(1)
        if not scope.knows(name):
            if not scope.manual:
                unknown_name(name, scope, at, findings)
            return match.group()
        value = scope.value(name)
        stays = is_late(name) or name in scope.loops or scope.manual
        return match.group() if value is None and stays else shown(value)

    return PLACEHOLDER.sub(one, text)


def late_names(text: str) -> tuple[str, ...]:
    """Late variables that `text` still mentions."""
    return tuple(dict.fromkeys(bare(n) for n in PLACEHOLDER.findall(text) if is_late(n)))


def unknown_name(name: str, scope: Scope, at: At, findings: Findings) -> None:
    """The problem of a name that nothing declares, with the nearest one that something does."""
    from difflib import get_close_matches

    names = sorted(scope.declared | scope.assigned | word_set("late"))
    near = get_close_matches(bare(name), names, n=1, cutoff=0.5)
    findings.add(
        "unknown-name", at,
        Words(f"${{{name}}} is neither a parameter nor a variable", f"${{{name}}} 既不是参数也不是变量"),
        Words(f"did you mean ${{{near[0]}}}?", f"是否想写 ${{{near[0]}}}?") if near else
        Words("declare it under the parameters", "请在参数定义中声明它"),
    )  # fmt: skip
