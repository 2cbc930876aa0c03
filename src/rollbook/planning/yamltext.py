"""One YAML value typed by a person: a scalar, a list or a mapping. No tags, no anchors, no documents in series."""

from __future__ import annotations

from typing import Any

from rollbook.problems import Refused
from rollbook.values import Json, Words

MAX_LENGTH = 100_000


def yaml_value(text: str) -> Json:
    """The value of `text`. Raises Refused for what is not plain YAML: anchors and aliases are how bombs are built."""
    import yaml

    if len(text) > MAX_LENGTH:
        raise Refused(Words("the value is longer than 100,000 characters", "值超过 100,000 个字符"))
    try:
        if any(_is_forbidden(event) for event in yaml.parse(text, Loader=_loader())):
            raise Refused(Words("YAML anchors, aliases and tags are not read", "不支持 YAML 锚点、别名和标签"))
        return _plain(yaml.load(text, Loader=_loader()))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = str(getattr(error, "problem", "") or error)
        raise Refused(Words(f"not readable as YAML: {why}", f"无法按 YAML 读取：{why}")) from error


def yaml_text(text: str) -> str:
    """The text of a scalar: quotes are taken off, everything else stays as typed (`1.10`, `0.1`, `yes`)."""
    stripped = text.strip()
    if len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        return str(yaml_value(stripped))
    return stripped


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _is_forbidden(event: Any) -> bool:
    import yaml

    tagged = getattr(event, "tag", None) is not None
    return isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None or tagged


def _plain(value: Any) -> Json:
    """Dates and the like become text: parameters are JSON."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
