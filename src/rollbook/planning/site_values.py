"""Values of a site file, each read by one function, which raises ValueError(Words of what it must be)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, get_args

from rollbook.model.literals import duration, percent
from rollbook.model.site import ShortStage
from rollbook.values import Words

EMBEDDED: Final = "embedded"
KINDS: Final = (EMBEDDED, "ssh", "kubernetes")


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(Words("text", "文本"))
    return value


def texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError(Words("a list of texts", "文本列表"))
    return tuple(value)


def kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(Words(f"one of {', '.join(KINDS)}", f"{'、'.join(KINDS)} 之一"))
    return str(value)


def short_stage(value: Any) -> str:
    if value not in get_args(ShortStage):
        raise ValueError(Words('"hold", "wait" or "observed"', '"hold"、"wait" 或 "observed"'))
    return str(value)


def receiver(value: Any) -> str:
    """Where Alertmanager sends: an address, or `file:` and the path of a file that holds it."""
    if not isinstance(value, str) or not re.fullmatch(r"https?://\S+|file:\S.*", value):
        raise ValueError(Words("an http address, or file: and a path", "http 地址，或 file: 加路径"))
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(Words("true or false", "true 或 false"))
    return value


def count(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(Words(f"a whole number of at least {least}", f"不小于 {least} 的整数"))
        return value

    return read


def seconds(value: Any) -> float:
    found = duration(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float) or found <= 0:
        raise ValueError(Words('a duration such as "30s" or a number of seconds', '时长，例如 "30s"，或秒数'))
    return float(found)


def share(value: Any) -> float:
    found = percent(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found <= 1:
        raise ValueError(Words('a share such as "40%" or 0.4', '比例，例如 "40%" 或 0.4'))
    return float(found)


def prefix(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"(?:[A-Za-z_]\w*)?", value, re.ASCII):
        raise ValueError(Words("the beginning of a variable's name", "变量名的前缀"))
    return value


def web_address(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^/\s@]+(?:/\S*)?", value):
        raise ValueError(Words("an address such as https://vault.example.com", "地址，例如 https://vault.example.com"))
    return value


def database(value: Any) -> str:
    if not isinstance(value, str) or not (re.fullmatch(r"secret:\w+", value) or "://" in value):
        raise ValueError(Words("a database's URL, or secret:NAME", "数据库的 URL，或 secret:名称"))
    return value


def rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(Words("a number of requests per second", "每秒请求数"))
    return float(value)


def time_zone(value: Any) -> str:
    from rollbook.planning.windows import is_zone

    if not isinstance(value, str) or not value or not is_zone(value):
        raise ValueError(
            Words('a time zone such as "Asia/Shanghai" or "+08:00"', '时区，例如 "Asia/Shanghai" 或 "+08:00"')
        )
    return value


def window(value: Any) -> str:
    from rollbook.planning.windows import read_window

    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and read_window(t) for t in texts):
        raise ValueError(
            Words('a release window such as "Tue/Thu 10:00-16:00"', '发布窗口，例如 "周二/周四 10:00-16:00"')
        )
    return "; ".join(texts)
