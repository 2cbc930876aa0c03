"""One verb's arguments: argparse, made to refuse in both languages instead of exiting in one."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from rollbook.cli.terminal import Terminal
from rollbook.cli.verbs import find_verb, nearest
from rollbook.problems import Refused
from rollbook.values import Words

Arguments = argparse.Namespace

SAID = (
    (r"the following arguments are required: (?P<what>.+)", Words("missing: {what}", "缺少：{what}")),
    (r"argument (?P<what>.+?): expected .*argument.*", Words("{what} wants a value", "{what} 需要一个值")),
    (
        r"argument (?P<what>.+?): invalid choice: (?P<value>.+?) \(choose from (?P<known>.+)\)",
        Words("{what}: {value} is none of {known}", "{what}：{value} 不在 {known} 之中"),
    ),
    (
        r"argument (?P<what>.+?): invalid \w+ value: (?P<value>.+)",
        Words("{what}: {value} cannot be read", "{what}：无法读取 {value}"),
    ),
    (
        r"argument (?P<what>.+?): ignored explicit argument (?P<value>.+)",
        Words("{what} takes no value: {value}", "{what} 不接受值：{value}"),
    ),
)
"""What argparse says, and how we say it."""


class Parser(argparse.ArgumentParser):
    """The arguments of one verb. `option` adds one with its meaning in both languages."""

    def __init__(self, verb: str, terminal: Terminal) -> None:
        super().__init__(prog=f"rollbook {verb}", add_help=False, allow_abbrev=False)
        self.verb = find_verb(verb)
        self.terminal = terminal
        self.option("-h", "--help", action="store_true", words=Words("show this help", "显示帮助"))

    def option(self, *names: str, words: Words, **settings: Any) -> None:
        self.add_argument(*names, help=words.said(self.terminal.language).replace("%", "%%"), **settings)

    def read(self, words: Sequence[str]) -> Arguments | None:
        """The arguments; None when help was asked for (and has been said). Raises Refused for what does not fit."""
        if "-h" in words or "--help" in words:
            from rollbook.cli.help import say_verb

            say_verb(self, self.terminal)
            return None
        known, unknown = self.parse_known_intermixed_args(list(words))
        if unknown:
            raise self._refusal(unknown[0])
        return known

    def error(self, message: str) -> NoReturn:
        words = next(
            (said.format(**found.groupdict()) for form, said in SAID if (found := re.fullmatch(form, message))),
            Words(message, f"命令行无法理解：{message}"),
        )
        raise Refused(words, self._usage_hint())

    def _refusal(self, word: str) -> Refused:
        if not word.startswith("-"):
            return Refused(Words(f"too many arguments: {word}", f"多余的参数：{word}"), self._usage_hint())
        options = [name for action in self._actions for name in action.option_strings]
        return Refused(
            Words(f"no such option: {word}", f"没有这个选项：{word}"),
            nearest(word.split("=", maxsplit=1)[0], options, self._usage_hint()),
        )

    def _usage_hint(self) -> Words:
        usage = f"rollbook {self.verb.name} {self.verb.usage}".rstrip()
        return Words(f"usage: {usage}", f"用法：{usage}")
