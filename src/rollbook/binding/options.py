"""Arguments of a call, read by what the program is known to take. What is not known is not guessed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollbook.values import Words


class NotUnderstood(Exception):
    """A command that has to stay shell; `words` say why."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class Call(NamedTuple):
    """What was read: positional words, values of options by their one name, switches that are on, and what stands
    behind `--`."""

    positional: tuple[str, ...]
    values: Mapping[str, str]
    switches: frozenset[str]
    behind: tuple[str, ...] = ()

    def number(self, option: str) -> int | None:
        """An option's value as a whole number; None where the option is absent."""
        text = self.values.get(option)
        if text is None:
            return None
        if not text.isdecimal() or not text.isascii():
            raise unclear(f"{option} {text}")
        return int(text)


def read_call(words: Sequence[str], options: Mapping[str, str], switches: Mapping[str, str] | None = None) -> Call:
    """`options` and `switches`: each spelling → the one name. Raises NotUnderstood for any other flag, an option that
    is given twice or has no value."""
    positional, values, on = list[str](), dict[str, str](), set[str]()
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return Call(tuple(positional), values, frozenset(on), tuple(left))
        if not word.startswith("-") or word == "-":
            positional.append(word)
        elif name in options:
            if not equals and not left:
                raise unclear(word)
            value = value if equals else left.pop(0)
            if options[name] in values:
                raise NotUnderstood(Words(f"{name} is given twice", f"{name} 出现了两次"))
            values[options[name]] = value
        elif word in (switches or {}):
            on.add((switches or {})[word])
        else:
            raise unclear(name)
    return Call(tuple(positional), values, frozenset(on))


def unclear(shown: str) -> NotUnderstood:
    return NotUnderstood(Words(f"{shown} is not understood", f"不理解 {shown}"))
