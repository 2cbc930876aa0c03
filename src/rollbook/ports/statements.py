"""A script's statements, so that a failure can be told by number. Only the lexical rules of SQL are known here:

    'text'  "name"  `name`  [name]  -- comment  /* comment */  E'te\\'xt'  $tag$ text $tag$     as PostgreSQL and SQLite

A trigger's or a function's body (`BEGIN … END`, `BEGIN ATOMIC … END`) belongs to its statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* )
  | (?P<nested> /\* )
  | (?P<text> [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` )
  | (?P<dollar> \$(?P<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$ )
  | (?P<word> [A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]* )
  | (?P<end> ; )
  | (?P<space> \s+ )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
TRANSACTIONS = frozenset({"begin", "commit", "rollback", "savepoint", "release", "start", "end", "abort"})
"""First words of statements that would end the transaction in which the whole script runs."""


class Statement(msgspec.Struct, frozen=True):
    """`number` counts statements from 1; `line` is that of its first word."""

    number: int
    line: int
    text: str
    words: tuple[str, ...]

    @property
    def controls_transactions(self) -> bool:
        return self.words[0] in TRANSACTIONS


def statements(script: str) -> tuple[Statement, ...]:
    """The statements of a script in order, comments and what is empty left out."""
    found: list[Statement] = []
    for start, end, words in _stretches(script):
        line = script.count("\n", 0, start) + 1
        found.append(Statement(len(found) + 1, line, script[start:end].strip(), words))
    return tuple(found)


def _stretches(script: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Start, end and lower-cased words of each statement."""
    start, words, at = -1, list[str](), 0
    while at < len(script):
        token = TOKEN.match(script, at)
        assert token is not None, "every character is some token"
        kind, at = _kind(token), _end(token, script)
        if kind == "end" and not in_body(words):
            if start >= 0 and words:
                yield start, token.start(), tuple(words)
            start, words = -1, []
        elif kind in ("word", "other", "text", "dollar", "end"):
            start = token.start() if start < 0 else start
            if kind == "word":
                words.append(token.group().lower())
    if start >= 0 and words:
        yield start, len(script), tuple(words)


def _kind(token: re.Match[str]) -> str:
    return next(k for k in ("comment", "nested", "text", "dollar", "word", "end", "space", "other") if token.group(k))


def _end(token: re.Match[str], script: str) -> int:
    """Where the token ends; what is opened and never closed reaches to the end of the script."""
    if token.group("dollar"):
        closed = script.find(token.group(), token.end())
        return closed + len(token.group()) if closed >= 0 else len(script)
    if token.group("nested"):
        return _comment_end(script, token.end())
    return token.end()


def _comment_end(script: str, at: int) -> int:
    """PostgreSQL's comments nest."""
    depth = 1
    for mark in re.finditer(r"/\*|\*/", script[at:]):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return at + mark.end()
    return len(script)


def in_body(words: list[str]) -> bool:
    """Whether a semicolon here stands inside the body of a trigger or function."""
    creates = words[:1] == ["create"] and bool({"trigger", "function", "procedure"} & set(words[:6]))
    if not creates or "begin" not in words:
        return False
    body = words[words.index("begin") :]
    return body.count("begin") + body.count("case") > body.count("end")
