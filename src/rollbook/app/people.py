"""Who says so: the identity behind `--as` (M44)."""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from rollbook.model.site import Person, Site
from rollbook.problems import Refused
from rollbook.values import Words

TOKEN_VARIABLE = "ROLLBOOK_TOKEN"


class Speaker(msgspec.Struct, frozen=True):
    """A person whose identity is proved."""

    name: str
    roles: tuple[str, ...]


def prove(name: str, site: Site, user: str, token: str = "") -> Speaker:
    """The person `name`, proved by the operating system's `user` or by the person's token. The embedded site believes
    everybody. Raises Refused."""
    if site.kind == "embedded":
        return Speaker(name or site.initiator, site.roles_of(name or site.initiator))
    person = next((p for p in site.people if p.name == (name or _named_by(user, site))), None)
    if person is None:
        raise Refused(NOBODY.format(name=name or user), NOBODY_HINT.format(file=site.path))
    if user != (person.user or person.name) and not _has_token(person, token):
        raise Refused(NOT_YOU.format(user=user, name=person.name), NOT_YOU_HINT.format(variable=TOKEN_VARIABLE))
    return Speaker(person.name, site.roles_of(person.name))


def token_hash(token: str) -> str:
    """How a token stands in the site file: never the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


NOBODY = Words("{name} is nobody this site knows", "本站点不认识 {name}")
NOBODY_HINT = Words("add the person under [people] in {file}", "请在 {file} 的 [people] 中加入此人")
NOT_YOU = Words("{user} is not {name}", "{user} 不是 {name}")
NOT_YOU_HINT = Words(
    "log in as that person, or put the person's token into {variable}", "请以此人身份登录，或将其令牌放入 {variable}"
)


def _named_by(user: str, site: Site) -> str:
    """Without `--as`: the person whom the operating system's user stands for."""
    return next((p.name for p in site.people if (p.user or p.name) == user), "")


def _has_token(person: Person, token: str) -> bool:
    return bool(token and person.token_sha256) and hmac.compare_digest(token_hash(token), person.token_sha256)
