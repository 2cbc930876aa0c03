"""Words with a meaning for machines: severities of alerts, statuses of documents and signatures. An unknown one is told
with those that come near it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rollbook.documents.deployment.cells import truth_of
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import key, meaning, table
from rollbook.values import At, Words


def check_severity(text: str, at: At, notes: Notes) -> None:
    """A severity that is none of the usual words, nor a level with a number."""
    known = [word for name, words in table("states", "severity").items() if name != "numbered" for word in words]
    if text and not _numbered(text) and not any(meaning("states", "severity", part) for part in _parts(text)):
        names = Words("critical, warning, info, P1", "严重、警告、提示、P1")
        notes.problem("unknown-severity", at, text=text, near=near(text, known), names=names)


def check_status(text: str, at: At, notes: Notes) -> None:
    """A status that is none of the usual words."""
    if text and truth_of(text) is None and not any(meaning("states", "status", part) for part in _parts(text)):
        known = [word for words in table("states", "status").values() for word in words]
        names = Words("draft, in review, approved, rejected", "草稿、待审核、已批准、已驳回")
        notes.problem("unknown-status", at, text=text, near=near(text, known), names=names)


def near(text: str, names: Iterable[str]) -> Words:
    """ "Did you mean …? " with the nearest of `names`, to stand ahead of a hint; nothing where none is near."""
    from difflib import get_close_matches

    spelled = {name.casefold(): name for name in names}
    found = get_close_matches(text.casefold(), spelled, n=1)
    return Words(f"Did you mean {spelled[found[0]]}? ", f"是否想写 {spelled[found[0]]}？") if found else Words("", "")


def _parts(text: str) -> list[str]:
    """The whole, what stands outside brackets, and the words beside a slash or blank: `P1/严重`, `Critical (page)`."""
    outside = re.sub(r"[(（\[【].*?[)）\]】]", "", text)
    return [text, outside, *re.split(r"[\s/|·,，、;；:：]+", outside)]


def _numbered(text: str) -> bool:
    """`P1`, `Sev-2`, `二级`."""
    words = {key(word) for word in table("states", "severity")["numbered"]}
    bare = re.sub(r"[\d一二三四五六七八九十]+", "", key(text)).strip(" -_.")
    return bare != key(text) and (not bare or bare in words)
