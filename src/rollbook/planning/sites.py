"""Reading the site: `--site FILE`, `--site embedded`, else `rollbook.toml` here, else the embedded site (ADR 0010).

Every wrong key or value is a problem with its line; all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from rollbook.hiding import Hiding
from rollbook.model.site import Limits, Person, Site, StepBinding
from rollbook.planning.findings import Findings
from rollbook.planning.site_secrets import secret_sources
from rollbook.planning.site_values import (
    EMBEDDED,
    count,
    database,
    flag,
    kind,
    rate,
    receiver,
    seconds,
    share,
    short_stage,
    text,
    texts,
    time_zone,
    window,
)
from rollbook.problems import ProblemsFound, Refused
from rollbook.values import At, Server, Words

SITE_FILE: Final = "rollbook.toml"


def load_site(site: str = "") -> Site:
    """The site that `--site` names. Raises Refused for one that is not there, ProblemsFound for a file with errors."""
    if site == EMBEDDED:
        return Site.embedded()
    if not site:
        return read_site(SITE_FILE) if Path(SITE_FILE).is_file() else Site.embedded()
    path = Path(site) / SITE_FILE if Path(site).is_dir() else Path(site)
    if not path.is_file():
        raise Refused(
            Words(f"there is no site “{site}”", f"没有站点“{site}”"),
            Words(
                "--site takes a site file (rollbook.toml) or `embedded`",
                "--site 后写站点文件（rollbook.toml）或 `embedded`",
            ),
        )
    return read_site(str(path))


def read_site(path: str) -> Site:
    """The site of a file."""
    content, table = _parse(path)
    reading = Reading(content, Findings(path))
    site = _site(table, path, reading)
    reading.findings.refuse()
    return site


class Reading:
    """The file's text, to find lines in, and what is wrong with it."""

    def __init__(self, content: str, findings: Findings) -> None:
        self.lines = content.splitlines()
        self.findings = findings

    def line(self, table: str, key: str) -> int:
        """Line of `key` in `[table]` ("" for the head of the file); of the table where the key is not found."""
        here, place = "", 1
        for number, line in enumerate(self.lines, 1):
            if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
                here = _unquoted(header.group(1))
                if here == table or here == f"{table}.{key}".strip("."):
                    place = number
                if here == f"{table}.{key}".strip("."):
                    return number
            elif here == table and _unquoted(re.split(r"\s*[=.]", line.strip(), maxsplit=1)[0]) == key:
                return number
        return place

    def wrong(self, table: str, key: str, summary: Words, hint: Words = Words("", "")) -> None:
        self.findings.add("site-file", At(self.line(table, key), 1), summary, hint)

    def take(
        self, table: str, values: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]
    ) -> dict[str, Any]:
        """The known keys of one table, each through its reader; an unknown key is a problem with the nearest name."""
        taken: dict[str, Any] = {}
        for key, value in values.items():
            if key not in readers:
                self._unknown(table, key, tuple(readers))
                continue
            try:
                taken[key] = readers[key](value)
            except ValueError as error:
                wanted, given = error.args[0], Hiding().text(repr(value))
                self.wrong(
                    table,
                    key,
                    Words(f"{key} must be {wanted.en}, not {given}", f"{key} 必须是{wanted.zh}，而不是 {given}"),
                )
        return taken

    def _unknown(self, table: str, key: str, known: tuple[str, ...]) -> None:
        from difflib import get_close_matches

        if not table and key in TABLES:
            hint = Words(f"write [{key}] and its keys below it", f"请写 [{key}]，其下再写各键")
            self.wrong("", key, Words(f"{key} is a table", f"{key} 应为表"), hint)
            return
        near = get_close_matches(key, known, n=1)
        where = Words(f" in [{table}]", f"([{table}] 中)") if table else Words("", "")
        hint = Words(f"did you mean {near[0]}?", f"是否想写 {near[0]}?") if near else Words(
            f"known are {', '.join(known)}", f"可用的有 {', '.join(known)}"
        )  # fmt: skip
        self.wrong(table, key, Words(f"unknown key {key}{where.en}", f"未知的键 {key}{where.zh}"), hint)


def _parse(path: str) -> tuple[str, dict[str, Any]]:
    import tomllib

    try:
        content = Path(path).read_bytes().decode("utf-8-sig")
        return content, tomllib.loads(content)
    except UnicodeDecodeError as error:
        raise Refused(Words(f"{path} is not UTF-8", f"{path} 不是 UTF-8 编码")) from error
    except OSError as error:
        raise Refused(
            Words(f"{path} cannot be read: {error.strerror}", f"无法读取 {path}：{error.strerror}")
        ) from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        at = At(int(place.group(1)), int(place.group(2))) if place else At()
        findings = Findings(path)
        why = str(error).partition(" (at")[0]
        findings.add("site-file", at, Words(f"not readable as TOML: {why}", f"无法按 TOML 读取：{why}"))
        raise ProblemsFound(findings.problems) from error


def _site(table: dict[str, Any], path: str, reading: Reading) -> Site:
    tables = {k: v for k, v in table.items() if isinstance(v, dict)}
    head = {k: v for k, v in table.items() if not isinstance(v, dict)}
    for name in set(tables) - set(TABLES):
        reading.take("", {name: tables[name]}, {**HEAD, **dict.fromkeys(TABLES, text)})
    values = reading.take("", head, HEAD)
    rest = {name: read(tables.get(name, {}), reading) for name, read in TABLES.items()}
    base = Path(path).parent
    project = values.pop("project", "")
    site = Site(
        name=values.pop("name", base.resolve().name or "site"), path=path, directory=str(base),
        project=str(base / project) if project else "", **values, **rest,
    )  # fmt: skip
    if site.kind == EMBEDDED and not site.environments:
        site = msgspec.structs.replace(site, environments=Site.embedded().environments)
    return site


HEAD: Final[dict[str, Callable[[Any], Any]]] = {
    "name": text, "kind": kind, "project": text, "repository": text, "initiator": text, "state": text,
    "strategy": text, "protected": texts, "time_zone": time_zone,
}  # fmt: skip
LIMITS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "max_out": ("max_out", count(1)), "max_failures": ("max_failures", count(0)),
    "command_limit": ("command_limit_s", seconds), "ready_limit": ("ready_limit_s", seconds),
    "drain_limit": ("drain_limit_s", seconds),
    "cut_open_requests": ("cut_open_requests", flag), "probe_samples": ("probe_samples", count(1)),
    "traffic_samples": ("traffic_samples", count(1)), "probe_rate": ("probe_rate", rate),
    "traffic_rate": ("traffic_rate", rate), "alpha": ("alpha", share), "usable_share": ("usable_share", share),
    "canary_soak": ("canary_soak_s", seconds), "short_stage": ("short_stage", short_stage),
    "ask_schema": ("ask_schema", flag),
}  # fmt: skip


def _limits(table: dict[str, Any], reading: Reading) -> Limits:
    taken = reading.take("limits", table, {name: read for name, (_, read) in LIMITS.items()})
    return Limits(**{LIMITS[name][0]: value for name, value in taken.items()}, stated=tuple(taken))


def _map(name: str, value: Callable[[Any], str] = text) -> Callable[[dict[str, Any], Reading], dict[str, str]]:
    def read(table: dict[str, Any], reading: Reading) -> dict[str, str]:
        return reading.take(name, table, dict.fromkeys(table, value))

    return read


def _people(table: dict[str, Any], reading: Reading) -> tuple[Person, ...]:
    """`[people.NAME]` with roles, user and token_sha256, or `NAME = ["role", …]` in `[people]`."""
    people = []
    for name, value in table.items():
        if isinstance(value, dict):
            taken = reading.take(f"people.{name}", value, {"roles": texts, "user": text, "token_sha256": text})
        else:
            taken = (
                {"roles": roles} if (roles := reading.take("people", {name: value}, {name: texts}).get(name)) else {}
            )
        people.append(Person(name, **taken))
    return tuple(people)


def _servers(table: dict[str, Any], reading: Reading) -> tuple[Server, ...]:
    """`[servers.NAME]` with address and labels, or `NAME = "address"` in `[servers]`."""
    servers = []
    for name, value in table.items():
        if isinstance(value, dict):
            taken = reading.take(f"servers.{name}", value, {"address": text, "labels": texts})
        else:
            found = reading.take("servers", {name: value}, {name: text}).get(name)
            taken = {"address": found} if found else {}
        servers.append(Server(name, **taken))
    return tuple(servers)


def _steps(table: dict[str, Any], reading: Reading) -> tuple[StepBinding, ...]:
    """`"phrase" = "module:function"` or `"phrase" = { shell = "command" }`."""
    steps = []
    for phrase, value in table.items():
        line = reading.line("steps", phrase)
        if isinstance(value, str) and re.fullmatch(r"[\w.]+:\w+", value):
            steps.append(StepBinding(phrase, target=value, line=line))
        elif isinstance(value, dict) and set(value) == {"shell"} and isinstance(value["shell"], str):
            steps.append(StepBinding(phrase, shell=value["shell"], line=line))
        else:
            reading.wrong(
                "steps", phrase, Words(f"“{phrase}” is bound to {value!r}", f"“{phrase}”绑定到 {value!r}"),
                Words('write "module:function" or { shell = "command" }', '请写 "模块:函数" 或 { shell = "命令" }'),
            )  # fmt: skip
    return tuple(steps)


def _parameters(table: dict[str, Any], _: Reading) -> dict[str, Any]:
    """Defaults by name: TOML's dates count as text."""
    plain = (bool, int, float, str, list, dict)
    return {name: value if isinstance(value, plain) else str(value) for name, value in table.items()}


TABLES: Final[dict[str, Callable[[dict[str, Any], Reading], Any]]] = {
    "environments": _map("environments"), "people": _people, "channels": _map("channels"), "servers": _servers,
    "limits": _limits, "steps": _steps, "parameters": _parameters, "secrets": secret_sources,
    "databases": _map("databases", database), "windows": _map("windows", window),
    "metrics": _map("metrics"), "receivers": _map("receivers", receiver),
}  # fmt: skip


def _unquoted(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
