"""Which language a command speaks: ROLLBOOK_LANG, else that of the document it names, else the machine's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

HEAD_BYTES = 4096
CHINESE_SHARE = 0.05
"""A text with at least this share of Chinese characters is Chinese: prose has half, English with a name in it none."""


def language_of(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """ "zh" or "en" for this command line, before anything is read properly: errors must be said in it too."""
    if chosen := chosen_language(environment):
        return chosen
    documents = (word for word in words[1:] if not word.startswith("-") and "=" not in word)
    spoken = next((language for word in documents if (language := _language_of_file(Path(word)))), "")
    return spoken or _language_of_machine(environment)


def chosen_language(environment: Mapping[str, str]) -> str:
    """What ROLLBOOK_LANG says; "" when it says nothing."""
    chosen = environment.get("ROLLBOOK_LANG", "").lower()
    return "" if not chosen else "zh" if chosen.startswith("zh") else "en"


def _language_of_file(path: Path) -> str:
    """Language of a document's head; "" when `path` is no readable text."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            text = file.read(HEAD_BYTES).decode("utf-8", errors="ignore")
    except OSError:
        return ""
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return "zh" if chinese > CHINESE_SHARE * max(1, len(text)) else "en"


def _language_of_machine(environment: Mapping[str, str]) -> str:
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "zh" if named.lower().startswith("zh") else "en"
