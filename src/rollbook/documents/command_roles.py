"""What a command is for, from data (`vocabulary/commands.toml`): the program knows best, then the comment, then the
heading. A fence has no role: it may hold a migration's way up and its way down (M27)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import cast

from rollbook.documents.shell import Statement
from rollbook.documents.vocabulary import table
from rollbook.documents.vocabulary.patterns import Meant, matched, searched
from rollbook.model.deployment import CommandRole

TELLING = frozenset({"migrate_up", "migrate_down", "migrate_status", "backup", "rollback", "operations"})
"""Roles that a comment gives even to a program which usually deploys or verifies."""
BY_HEADING = frozenset({"build", "push", "deploy", "verify", "backup"})
"""Roles that a heading gives to commands of which neither program nor comment says anything."""


def section_of(titles: Sequence[str]) -> str:
    """What the commands below these headings, outermost first, are about; "" when none says. Operations and rolling
    back hold for everything below them; otherwise the nearest heading that says something."""
    meant = [found[0] for title in titles if (found := _about(title))]
    whole = next((meaning for meaning in meant if meaning in ("operations", "rollback")), "")
    return whole or (meant[-1] if meant else "")


def _about(title: str) -> Meant | None:
    return searched("commands", "section_of_two", title) or searched("commands", "section", title)


def role_of(statement: Statement, section: str) -> CommandRole:
    """The role of one command. Below a heading of operations everything is operations, so nothing of it enters a
    release; below one of rolling back everything belongs to the rollback, but for migrations."""
    if section == "operations":
        return "operations"
    role = _said(statement, section)
    if section == "rollback":
        return role if role in ("migrate_down", "migrate_status") else "rollback"
    return role


def guards(comment: str) -> bool:
    """Whether the comment makes its command conditional (如需 …, if needed)."""
    bare = _NUMBER.sub("", comment)
    anywhere = searched("commands", "guard", bare) if bare else None
    return (anywhere is not None and anywhere[0] == "anywhere") or matched("commands", "guard", bare) is not None


def reached(statement: Statement) -> str:
    """The first program in it that speaks to other machines; "" when all of it works on this one."""
    far = table("commands", "reach")["program"]
    called = (words[0] for call in statement.calls for words in _called([word.text for word in call]))
    return next((program for word in called if (program := _program(word)) in far), "")


def chosen_cluster(statement: Statement) -> str:
    """The word by which it chooses a cluster itself, where it speaks to one (M29)."""
    reach = table("commands", "reach")
    assigned = next((name for name in reach["variable"] if re.search(rf"\b{name}=", statement.text)), "")
    if assigned:
        return f"{assigned}="
    for call in statement.calls:
        texts = [word.text for word in call]
        clients = [i for i, text in enumerate(texts) if _program(text) in reach["cluster"]]
        options = (text.partition("=")[0] for text in texts[clients[0] :]) if clients else ()
        if option := next((o for o in options if o in reach["option"]), ""):
            return option
    return ""


def _said(statement: Statement, section: str) -> CommandRole:
    commented = _commented(statement.comment, section)
    sure, likely, perhaps = (_by_program(topic, statement) for topic in ("sure", "likely", "perhaps"))
    told = commented if commented in TELLING else ""
    by_heading = section if section in BY_HEADING and not perhaps else ""
    role = sure or told or likely or commented or perhaps or by_heading or "other"
    return cast(CommandRole, role)


def _commented(comment: str, section: str) -> str:
    """What the comment says; below a heading of migrations, rolling back means migrating down."""
    found = searched("commands", "comment", comment) if comment else None
    role = found[0] if found else ""
    return "migrate_down" if role == "rollback" and section == "migrations" else role


def _by_program(topic: str, statement: Statement) -> str:
    """The first role one of whose patterns one of the statement's calls fits."""
    for call in statement.calls:
        for words in _called([word.text for word in call]):
            for role, pattern in _patterns(topic):
                if _fits(pattern, words):
                    return role
    return ""


def _called(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The call without what only leads to it (`sudo`), and what a carrier carries (`kubectl exec … -- x`)."""
    leading = table("commands", "leading")
    while words and (words[0] in leading["wrapper"] or re.match(r"\w+=", words[0])):
        words = words[1:]
        while words and words[0].startswith("-"):
            words = words[1:]
    if not words:
        return
    yield words
    if _program(words[0]) in leading["carrier"]:
        yield from (words[start:] for start in range(1, len(words)))


def _fits(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the program is the pattern's and the pattern's further words follow, in order."""
    if not fnmatchcase(_program(words[0]), pattern[0]):
        return False
    rest = iter(words[1:])
    return all(any(fnmatchcase(word, wanted) for word in rest) for wanted in pattern[1:])


def _program(word: str) -> str:
    return word.rpartition("/")[2]


@cache
def _patterns(topic: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((role, tuple(p.split())) for role, patterns in table("commands", topic).items() for p in patterns)


_NUMBER = re.compile(r"^\s*(?:(?:步骤|第|step)?\s*[\d一二三四五六七八九十]+\s*步?[.、):：]\s*)+", re.IGNORECASE)
