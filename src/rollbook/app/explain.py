"""`rollbook explain RULE`: the page of a rule, and all pages as files of the reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from rollbook.linting import all_rules
from rollbook.linting.rule import Rule
from rollbook.problems import Refused, Severity
from rollbook.values import Words

HEADINGS = {
    "why": Words("Why it matters", "为什么"),
    "hint": Words("What to write instead", "怎样改写"),
    "bad": Words("Reported", "会被报告"),
    "good": Words("Fine", "没有问题"),
}
SEVERITIES = {"error": Words("error", "错误"), "warning": Words("warning", "警告"), "note": Words("note", "提示")}


class Explained(msgspec.Struct, frozen=True):
    """One page: a heading, a sentence, and parts under headings of their own. `code` "" where a plan says it."""

    name: str
    code: str
    severity: Severity
    summary: Words
    parts: tuple[tuple[str, Words], ...]

    def page(self, language: str) -> str:
        """As Markdown."""
        marks = ", ".join(mark for mark in (self.code, SEVERITIES[self.severity].said(language)) if mark)
        lines = [f"# {self.name} ({marks})", "", self.summary.said(language)]
        for part, words in self.parts:
            text = words.said(language)
            lines += ["", f"## {HEADINGS[part].said(language)}", "", _fenced(text) if part in ("bad", "good") else text]
        return "\n".join(lines)


def explain(rule: str, language: str) -> str:
    """The page of a rule, by its name or number, as Markdown. Raises Refused with the nearest names."""
    wanted = rule.strip().casefold()
    found = next((e for e in every_page() if wanted in (e.name, e.code.casefold())), None)
    if found is None:
        raise Refused(Words(f"no such rule: {rule}", f"没有这条规则：{rule}"), _nearest(wanted))
    return found.page(language)


def every_page() -> Iterator[Explained]:
    """Rules of `check` first, then problems of reading, of binding and of planning."""
    known = [*map(_of_rule, all_rules()), *_of_reading()]
    yield from known
    names = {explained.name for explained in known}
    yield from (explained for explained in _of_planning() if explained.name not in names)


def write_pages(directory: Path) -> tuple[Path, ...]:
    """Every page in both languages, `NAME.md` and `NAME.zh.md`, and an index `README.md` that lists them."""
    directory.mkdir(parents=True, exist_ok=True)
    pages = tuple(every_page())
    written = [directory / "README.md"]
    written[0].write_text(_index(pages), encoding="utf-8")
    for explained in pages:
        for language, suffix in (("en", ".md"), ("zh", ".zh.md")):
            written.append(directory / f"{explained.name}{suffix}")
            written[-1].write_text(explained.page(language) + "\n", encoding="utf-8")
    return tuple(written)


def _of_rule(rule: Rule) -> Explained:
    page = rule.page
    parts = (("why", page.why), ("bad", page.bad), ("good", page.good))
    return Explained(rule.name, rule.code, rule.severity, page.summary, parts)


def _of_reading() -> Iterator[Explained]:
    from rollbook.documents.faults import faults

    for name, fault in faults().items():
        hint = (("hint", fault.hint),) if "{" not in fault.hint.en else ()
        yield Explained(name, fault.code, fault.severity, _sentence(fault.summary), hint)


def _of_planning() -> Iterator[Explained]:
    import tomllib

    from rollbook.binding.findings import CODES as BINDING
    from rollbook.planning.findings import CODES as PLANNING

    text = Path(__file__).with_name("pages.toml").read_text(encoding="utf-8")
    for name, entry in tomllib.loads(text).items():
        code = PLANNING.get(name) or BINDING.get(name, "")
        yield Explained(name, code, "error", Words(*entry["summary"]), (("why", Words(*entry["why"])),))


def _sentence(summary: Words) -> Words:
    """A problem's summary as a sentence; what is filled in reads as an ellipsis."""
    import re

    en, zh = (re.sub(r"\{\w+\}", "…", text) for text in summary)
    return Words(en[:1].upper() + en[1:] + ".", zh + "。")


def _index(pages: tuple[Explained, ...]) -> str:
    head = [
        "# Rules",
        "",
        "What `rollbook check` and `rollbook plan` look for. `rollbook explain RULE` prints a page in the terminal.",
        "",
        "| number | rule | severity | what it reports |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *(_row(explained) for explained in pages), ""])


def _row(explained: Explained) -> str:
    links = f"[{explained.name}]({explained.name}.md) ([中文]({explained.name}.zh.md))"
    return f"| {explained.code} | {links} | {explained.severity} | {explained.summary.en} |"


def _fenced(text: str) -> str:
    """A fence longer than any inside."""
    return f"````markdown\n{text.rstrip()}\n````"


def _nearest(wanted: str) -> Words:
    from difflib import get_close_matches

    names = {e.name: e.name for e in every_page()} | {e.code.casefold(): e.code for e in every_page() if e.code}
    near = [names[found] for found in get_close_matches(wanted, names, 3, 0.4)]
    if not near:
        every = ", ".join(dict.fromkeys(names.values()))
        return Words(f"rules: {every}", f"规则有：{every}")
    return Words(f"did you mean {', '.join(near)}?", f"是不是 {'、'.join(near)}？")
