"""Parameters: what was given, checked against what the document declares. All problems at once, at their lines.

A value given as text is read by the parameter's type: for `string` it stays text (`1.10`, `yes`), else it is YAML.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from rollbook.model.words import boolean, environment_identity
from rollbook.model.workflow import Parameter, ParameterType
from rollbook.planning.findings import Findings
from rollbook.planning.words import word_set
from rollbook.planning.yamltext import yaml_text, yaml_value
from rollbook.problems import Refused
from rollbook.values import At, Json, Words

TYPE_NAMES: dict[ParameterType, Words] = {
    "string": Words("text", "文本"),
    "array": Words("a list such as [a, b]", "列表，例如 [a, b]"),
    "boolean": Words("true or false", "true 或 false"),
    "integer": Words("a whole number", "整数"),
    "number": Words("a number", "数字"),
    "object": Words("a mapping such as {a: 1}", "映射，例如 {a: 1}"),
}


WIDE = str.maketrans("［］｛｝，：", "[]{},:")
"""Punctuation that people type in Chinese where YAML wants the plain form."""


def resolve(
    declared: Sequence[Parameter], given: Mapping[str, Json], site_defaults: Mapping[str, Json],
    environments: Mapping[str, str], findings: Findings,
) -> dict[str, Json]:  # fmt: skip
    """Name → value for every declared parameter that has one; defaults filled in: the document's, then the site's.

    `environments` is the site's map between environment names (M1).
    """
    for name in given:
        if all(p.name != name for p in declared):
            _unknown(name, declared, findings)
    found = {p.name: _one(p, given, site_defaults, environments, findings) for p in declared}
    return {name: value for name, value in found.items() if value is not None}


def _one(
    parameter: Parameter, given: Mapping[str, Json], site_defaults: Mapping[str, Json],
    environments: Mapping[str, str], findings: Findings,
) -> Json:  # fmt: skip
    if parameter.name in given:
        return read(parameter, given[parameter.name], environments, findings)
    if parameter.has_default:
        return None if parameter.default is None else read(parameter, parameter.default, environments, findings)
    if parameter.name in site_defaults:
        return read(parameter, site_defaults[parameter.name], environments, findings)
    if parameter.required:
        _missing(parameter, findings)
    return None


def read(parameter: Parameter, raw: Json, environments: Mapping[str, str], findings: Findings) -> Json:
    """One value in its type, or None with a problem noted."""
    try:
        value = _typed(parameter.type, raw)
    except (TypeError, Refused) as error:
        _wrong_type(parameter, raw, error, findings)
        return None
    if parameter.required and value in ("", [], {}):
        _missing(parameter, findings)
        return None
    if parameter.enum:
        return _member(parameter, value, environments, findings)
    return value if _within(parameter, value, findings) else None


def is_environment(name: str) -> bool:
    """Whether a parameter of this name says which environment the run is for."""
    return name.casefold() in word_set("environment")


def _typed(kind: ParameterType, raw: Json) -> Json:
    """Raises TypeError when the value is of another type, Refused when it is not YAML."""
    if kind == "string":
        return _text(raw)
    value = yaml_value(raw.translate(WIDE)) if isinstance(raw, str) else raw
    fits = {
        "array": isinstance(value, list | tuple),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
        "object": isinstance(value, dict),
    }
    if kind == "boolean" and isinstance(value, str) and boolean(value) is not None:
        return boolean(value)
    if not fits[kind]:
        raise TypeError(kind)
    return list(value) if kind == "array" else value


def _text(raw: Json) -> str:
    if isinstance(raw, bool | list | tuple | dict) or raw is None:
        raise TypeError("string")
    if not isinstance(raw, str):
        return str(raw)
    if raw.strip()[:1] in ("[", "{") and isinstance(_maybe_yaml(raw), list | dict):
        raise TypeError("string")
    return yaml_text(raw)


def _maybe_yaml(raw: str) -> Json:
    try:
        return yaml_value(raw)
    except Refused:
        return raw


def _member(parameter: Parameter, value: Json, environments: Mapping[str, str], findings: Findings) -> Json:
    """The enum's own spelling of the value. Environments are compared by identity; one that only the site's map knows
    keeps its name (M1)."""
    if value in parameter.enum and not isinstance(value, bool):
        return value
    same = [e for e in parameter.enum if (type(e) is type(value) and e == value) or str(e) == str(value)]
    if not same and is_environment(parameter.name) and isinstance(value, str):
        same = [e for e in parameter.enum if environment_identity(str(e)) == environment_identity(value)]
        if not same and counterpart(value, [str(e) for e in parameter.enum], environments):
            return value
    if not same:
        _not_in_enum(parameter, value, findings)
    return same[0] if same else None


def counterpart(name: str, known: Sequence[str], environments: Mapping[str, str]) -> str | None:
    """The one of `known` that `name` is here: by identity, else by the site's map; None when there is none (M1)."""
    by_identity = {environment_identity(k): k for k in known}
    mapped = {environment_identity(k): v for k, v in environments.items()}
    identity = environment_identity(name)
    return by_identity.get(identity) or by_identity.get(environment_identity(mapped.get(identity, "")))


def _within(parameter: Parameter, value: Json, findings: Findings) -> bool:
    """Pattern, minimum and maximum: of a number its value, of a text or list its length."""
    if parameter.pattern and isinstance(value, str) and not re.search(parameter.pattern, value):
        _range(parameter, value, f"the pattern {parameter.pattern}", f"模式 {parameter.pattern}", findings)
        return False
    size = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    size = len(value) if isinstance(value, str | list) else size
    if size is None:
        return True
    if parameter.minimum is not None and size < parameter.minimum:
        _range(parameter, value, f"the minimum {parameter.minimum:g}", f"最小值 {parameter.minimum:g}", findings)
        return False
    if parameter.maximum is not None and size > parameter.maximum:
        _range(parameter, value, f"the maximum {parameter.maximum:g}", f"最大值 {parameter.maximum:g}", findings)
        return False
    return True


def shown(value: Json) -> str:
    """A value as a person reads it: lists joined by ", ", booleans as in YAML."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _unknown(name: str, declared: Sequence[Parameter], findings: Findings) -> None:
    from difflib import get_close_matches

    names = [p.name for p in declared]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    at = min((p.at for p in declared), key=lambda at: at.line, default=At())
    findings.add(
        "parameter-unknown", at,
        Words(f"there is no parameter “{name}”", f"没有名为“{name}”的参数"),
        Words(f"did you mean “{near[0]}”?", f"是否想写“{near[0]}”?") if near else
        Words(f"the document has {', '.join(names) or 'no parameters'}", f"文档的参数有：{', '.join(names) or '无'}"),
    )  # fmt: skip


def _missing(parameter: Parameter, findings: Findings) -> None:
    example = f"-p {parameter.name}={_as_typed(parameter.example)}" if parameter.example else f"-p {parameter.name}=…"
    findings.add(
        "parameter-missing", parameter.at,
        Words(f"the required parameter “{parameter.name}” has no value", f"缺少必填参数“{parameter.name}”"),
        Words(f"give it with {example}", f"请用 {example} 提供"),
    )  # fmt: skip


def _as_typed(value: Json) -> str:
    return f"'[{shown(value)}]'" if isinstance(value, list) else shown(value)


def _wrong_type(parameter: Parameter, raw: Json, error: Exception, findings: Findings) -> None:
    wanted = TYPE_NAMES[parameter.type]
    why = error.words if isinstance(error, Refused) else Words("", "")
    findings.add(
        "parameter-type", parameter.at,
        Words(f"“{parameter.name}” must be {wanted.en}, not {shown(raw)!r}" + (f": {why.en}" if why.en else ""),
              f"“{parameter.name}”必须是{wanted.zh}，而不是 {shown(raw)!r}" + (f":{why.zh}" if why.zh else "")),
        Words(f"its type is {parameter.type}", f"它的类型是 {parameter.type}"),
    )  # fmt: skip


def _not_in_enum(parameter: Parameter, value: Json, findings: Findings) -> None:
    options = ", ".join(shown(e) for e in parameter.enum)
    findings.add(
        "parameter-enum", parameter.at,
        Words(f"“{parameter.name}” cannot be {shown(value)!r}", f"“{parameter.name}”不能是 {shown(value)!r}"),
        _near(shown(value), [shown(e) for e in parameter.enum], Words(f"it is one of {options}", f"可选值：{options}")),
    )  # fmt: skip


def _near(text: str, options: Sequence[str], hint: Words) -> Words:
    """The hint, ahead of it the option that comes near."""
    from difflib import get_close_matches

    spelled = {option.casefold(): option for option in options}
    found = get_close_matches(text.casefold(), spelled, n=1)
    if not found:
        return hint
    return Words(f"did you mean {spelled[found[0]]}? {hint.en}", f"是否想写 {spelled[found[0]]}？{hint.zh}")


def _range(parameter: Parameter, value: Json, en: str, zh: str, findings: Findings) -> None:
    findings.add(
        "parameter-range", parameter.at,
        Words(f"“{parameter.name}” = {shown(value)!r} does not keep to {en}",
              f"“{parameter.name}” = {shown(value)!r} 不符合{zh}"),
    )  # fmt: skip
