"""`rollbook explain RULE`: the page of a rule, and all pages as files of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rollbook.linting import all_rules
from rollbook.linting.rule import Rule
from rollbook.problems import Refused
from rollbook.values import Words

HEADINGS = {
    "why": Words("Why it matters", "为什么"),
    "bad": Words("Reported", "会被报告"),
    "good": Words("Fine", "没有问题"),
}
SEVERITIES = {"error": Words("error", "错误"), "warning": Words("warning", "警告"), "note": Words("note", "提示")}


def explain(rule: str, language: str) -> str:
    """The page of a rule, by its name or number, as Markdown. Raises Refused with the nearest names."""
    wanted = rule.strip().casefold()
    found = next((r for r in all_rules() if wanted in (r.name, r.code.casefold())), None)
    if found is None:
        raise Refused(Words(f"no such rule: {rule}", f"没有这条规则：{rule}"), _nearest(wanted))
    return page(found, language)


def page(rule: Rule, language: str) -> str:
    """One rule as Markdown: what it is, why, a document that it reports and one that it does not."""
    said = {part: words.said(language) for part, words in HEADINGS.items()}
    severity = SEVERITIES[rule.severity].said(language)
    return "\n".join(
        [
            f"# {rule.name} ({rule.code}, {severity})",
            f"\n{rule.page.summary.said(language)}",
            f"\n## {said['why']}\n\n{rule.page.why.said(language)}",
            f"\n## {said['bad']}\n\n{_fenced(rule.page.bad.said(language))}",
            f"\n## {said['good']}\n\n{_fenced(rule.page.good.said(language))}",
        ]
    )


def write_pages(directory: Path) -> tuple[Path, ...]:
    """Every page in both languages, `NAME.md` and `NAME.zh.md`, and an index `README.md` that lists them."""
    directory.mkdir(parents=True, exist_ok=True)
    written = [directory / "README.md"]
    written[0].write_text(_index(all_rules()), encoding="utf-8")
    for rule in all_rules():
        for language, suffix in (("en", ".md"), ("zh", ".zh.md")):
            written.append(directory / f"{rule.name}{suffix}")
            written[-1].write_text(page(rule, language) + "\n", encoding="utf-8")
    return tuple(written)


def _index(rules: Sequence[Rule]) -> str:
    head = [
        "# Rules",
        "",
        "What `rollbook check` looks for. `rollbook explain RULE` prints a page in the terminal.",
        "",
        "| number | rule | severity | what it reports |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *(_row(rule) for rule in rules), ""])


def _row(rule: Rule) -> str:
    links = f"[{rule.name}]({rule.name}.md) ([中文]({rule.name}.zh.md))"
    return f"| {rule.code} | {links} | {rule.severity} | {rule.page.summary.en} |"


def _fenced(text: str) -> str:
    """A fence longer than any inside."""
    return f"````markdown\n{text.rstrip()}\n````"


def _nearest(wanted: str) -> Words:
    from difflib import get_close_matches

    names = [name for rule in all_rules() for name in (rule.name, rule.code.casefold())]
    near = [name.upper() if name.startswith("rb2") else name for name in get_close_matches(wanted, names, 3, 0.4)]
    if not near:
        every = ", ".join(rule.name for rule in all_rules())
        return Words(f"rules: {every}", f"规则有：{every}")
    return Words(f"did you mean {', '.join(near)}?", f"是不是 {'、'.join(near)}？")
