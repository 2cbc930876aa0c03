"""Values without which a release cannot run, in whatever environment: each stops the plan, with its line (M3, M5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.model.deployment import CommandRole, Deployment
from rollbook.model.site import Site
from rollbook.model.words import environment_identity
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.variables import SECRET, Resolved, resolved, why_of
from rollbook.values import At, Json, Words

ROLES: tuple[CommandRole, ...] = ("build", "push", "deploy", "verify", "migrate_up", "migrate_down", "backup")
"""Whose commands a release may run."""


def needed(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    """(rule, place, text) of each: a secret that the environment has and nobody keeps, one whose keeper cannot be
    asked, a variable that a command of the release mentions and nothing gives."""
    for found in resolved(ground):
        name, where = found.variable.name, _looked(found.variable.name, ground)
        if found.origin == "marked" and found.found is False:
            yield "secret-missing", found.at, NO_SECRET.format(name=name, where=where)
        elif found.origin and found.why:
            yield "secret-unasked", found.at, _unasked(name, found.why)
        elif not found.value and is_mentioned(name, ground.deployment):
            yield "value-missing", found.at, MENTIONED.format(name=name, environment=ground.environment)
    yield from _database(ground)


def is_needed(found: Resolved, ground: Ground) -> bool:
    """Whether a variable without a value stops the plan in any environment."""
    return is_mentioned(found.variable.name, ground.deployment)


def is_mentioned(name: str, deployment: Deployment) -> bool:
    """Whether a command of the release takes the variable's value, without one of its own for where there is none."""
    takes = re.compile(rf"\$(?:{re.escape(name)}(?!\w)|\{{{re.escape(name)}(?!\w)(?!:?[-=+]))")
    commands = (c for role in ROLES for c in deployment.commands(role))
    return any(takes.search(c.text) for c in commands if not c.guarded)


def database_secret(environment: str, site: Site) -> str:
    """The secret that `[databases]` of the site names for the environment; "" where it names none."""
    wanted = environment_identity(environment)
    told = (url for name, url in site.databases.items() if environment_identity(name) == wanted)
    return next((url.removeprefix(SECRET) for url in told if url.startswith(SECRET)), "")


def _database(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    name = database_secret(ground.environment, ground.site)
    looked: Json = (ground.facts.get("secrets") or {}).get(name) or {}
    if why := why_of(looked):
        yield "secret-unasked", At(), _unasked(name, why)
    elif looked.get("found") is False:
        yield "secret-missing", At(), NO_SECRET.format(name=name, where=_looked(name, ground))


def _unasked(name: str, why: Words) -> Words:
    return Words(UNASKED.en.format(name=name, why=why.en), UNASKED.zh.format(name=name, why=why.zh))


def _looked(name: str, ground: Ground) -> str:
    looked: Json = (ground.facts.get("secrets") or {}).get(name) or {}
    return str(looked.get("looked", ""))


NO_SECRET = Words("there is no secret {name} (looked in: {where})", "没有密钥 {name}（已查找：{where}）")
UNASKED = Words("nobody can say whether there is a secret {name}: {why}", "无法得知是否有密钥 {name}：{why}")
MENTIONED = Words(
    "{name} has no value in {environment}, and a command of the release uses it",
    "{name} 在 {environment} 没有取值，而发布命令要用到它",
)
HINTS = {
    "secret-missing": Words(
        "put it into one of these places, or name another under [secrets] in the site file",
        "请放入其中一处，或在站点文件的 [secrets] 中指明其他来源",
    ),
    "secret-unasked": Words("see `rollbook doctor`", "请用 `rollbook doctor` 查看"),
}
