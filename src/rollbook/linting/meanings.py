"""What phrases mean to the rules: first what the bound step function declares, else what the words say.

The words are data (`words.json`). An entry is a list of words that must all stand in the text; one that begins
with "!" must not; "a|b" is a or b. A word of Latin letters matches where a word begins: "drain" finds "draining",
not "brain".
"""

from __future__ import annotations

import pkgutil
import unicodedata
from typing import TypeAlias

import msgspec

from rollbook.binding.library import Found, Library
from rollbook.binding.markers import Kind, Mark
from rollbook.model.workflow import Item

Entries: TypeAlias = tuple[tuple[str, ...], ...]


KINDS: tuple[Kind, ...] = ("step", "check", "measure")


class Meanings:
    """Answers "does this take a server out of traffic?" and the like, for phrases bound or not."""

    def __init__(self, library: Library | None = None) -> None:
        self._library = library
        self._words = msgspec.json.decode(_words_file(), type=dict[str, Entries])
        self._said: dict[tuple[str, str], bool] = {}
        """Answers already given: every rule asks about the same bullets."""

    def leaves(self, item: Item) -> bool:
        """Takes a server out of traffic."""
        mark = self.mark(item.phrase)
        return mark.leaves_rotation if mark else self.says("leaves", item.text)

    def stops(self, item: Item) -> bool:
        """Ends what answers requests, drained or not."""
        return self.says("stops", item.text)

    def returns(self, item: Item) -> bool:
        """Puts a server back into traffic."""
        mark = self.mark(item.phrase)
        return mark.returns_to_rotation if mark else self.says("returns", item.text)

    def reports(self, item: Item) -> bool:
        """Tells people or records (M17)."""
        mark = self.mark(item.phrase)
        return mark.reports if mark else self.says("reports", item.text)

    def needs_traffic(self, text: str, phrase: str = "") -> bool:
        """Whether a condition is about real requests, which a server out of traffic does not get."""
        if self.says("probes", text):
            return False
        mark = self.mark(phrase)
        return bool(mark and mark.judges == "traffic") or self.says("real_traffic", text)

    def mark(self, phrase: str) -> Mark | None:
        found = self.found(phrase)
        return found.mark if found else None

    def found(self, phrase: str) -> Found | None:
        """What the library binds a phrase to, whatever its literals are."""
        return self._library.find(phrase, KINDS) if self._library and phrase else None

    def says(self, meaning: str, text: str) -> bool:
        """Whether `text` holds every word of one of the meaning's entries."""
        if (meaning, text) not in self._said:
            plain = unicodedata.normalize("NFKC", text).casefold()
            self._said[meaning, text] = any(_all_stand(entry, plain) for entry in self._words[meaning])
        return self._said[meaning, text]


def _words_file() -> bytes:
    return pkgutil.get_data(__package__, "words.json") or b"{}"


def _all_stand(entry: tuple[str, ...], text: str) -> bool:
    for choice in entry:
        wanted = not choice.startswith("!")
        words = (choice if wanted else choice[1:]).split("|")
        if any(_stands(word, text) for word in words) != wanted:
            return False
    return True


def _stands(word: str, text: str) -> bool:
    """Whether `word` begins somewhere in `text`; Latin words only where a word begins."""
    at = text.find(word)
    while at >= 0:
        if not (word[0].isascii() and at and text[at - 1].isascii() and text[at - 1].isalnum()):
            return True
        at = text.find(word, at + 1)
    return False
