"""Plain values as a YAML fence that reads back to the same values, one key a line down to the second level."""

from __future__ import annotations

from rollbook.values import Json


def yaml_block(value: dict[str, Json]) -> str:
    """A ```yaml fence of a mapping."""
    return "```yaml\n" + "\n".join(_lines(value, 0)) + "\n```"


def _lines(value: dict[str, Json], depth: int) -> list[str]:
    lines = []
    for key, inner in value.items():
        name = f"{'  ' * depth}{_key(key)}:"
        if isinstance(inner, dict) and inner and depth < 2:
            lines += [name, *_lines(inner, depth + 1)]
        else:
            lines.append(f"{name} {_flow(inner)}".rstrip())
    return lines


def _flow(value: Json) -> str:
    """One value on one line. Text is always quoted, so that nothing in it is taken for a number or a sign."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_flow(inner) or 'null'}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) or "null" for inner in value) + "]"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else _quoted(str(value))


def _key(key: str) -> str:
    return key if key.isidentifier() and not key.startswith("_") else _quoted(key)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    if sign == " " or (sign.isprintable() and sign not in "\u2028\u2029\ufeff"):
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
