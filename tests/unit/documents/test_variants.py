"""However a template is written down, it reads to the same model: line ends, bullets, heading levels, labels, words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rollbook.documents import read
from shapes import shape, source_of, unplaced

Rewrite = Callable[[str], str]


def outside_fences(rewrite: Rewrite) -> Rewrite:
    """`rewrite` applied to the text between code blocks."""

    def apply(text: str) -> str:
        parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
        return "".join(part if part.startswith("```") else rewrite(part) for part in parts)

    return apply


def numbered(text: str) -> str:
    lines, count = [], 0
    for line in text.split("\n"):
        count = count + 1 if line.startswith("- ") else 0
        lines.append(f"{count}. {line[2:]}" if count else line)
    return "\n".join(lines)


VARIANTS: dict[str, Rewrite] = {
    "CRLF": lambda t: t.replace("\n", "\r\n"),
    "CR": lambda t: t.replace("\n", "\r"),
    "BOM": lambda t: "\ufeff" + t,
    "tabs after bullets": outside_fences(lambda t: re.sub(r"^- ", "-\t", t, flags=re.MULTILINE)),
    "star bullets": outside_fences(lambda t: re.sub(r"^- ", "* ", t, flags=re.MULTILINE)),
    "numbered bullets": outside_fences(numbered),
    "dot bullets": outside_fences(lambda t: re.sub(r"^- ", "• ", t, flags=re.MULTILINE)),
    "wide star bullets": outside_fences(lambda t: re.sub(r"^- ", "＊\u3000", t, flags=re.MULTILINE)),
    "wide blanks after bullets": outside_fences(lambda t: re.sub(r"^- ", "-\u3000", t, flags=re.MULTILINE)),
    "wide blanks in headings": outside_fences(lambda t: re.sub(r"^(#+) ", "\\1\u3000", t, flags=re.MULTILINE)),
    "wide marks of headings": outside_fences(
        lambda t: re.sub(r"^(#+) ", lambda f: "＃" * len(f[1]) + " ", t, flags=re.MULTILINE)
    ),
    "deeply indented bullets": outside_fences(lambda t: re.sub(r"^- ", "    - ", t, flags=re.MULTILINE)),
    "headings a level deeper": outside_fences(lambda t: re.sub(r"^(#+) ", r"#\1 ", t, flags=re.MULTILINE)),
    "headings of one level": outside_fences(lambda t: re.sub(r"^#{2,3} ", r"## ", t, flags=re.MULTILINE)),
    "full-width colons": lambda t: re.sub(r"(\*\*): ?", r"\1：", t),
    "colons inside the bold": lambda t: re.sub(r"\*\*(.+?)\*\*:", r"**\1：**", t),
    "plain labels": lambda t: re.sub(r"\*\*(.+?)\*\*:", r"\1：", t),
    "labels in brackets": lambda t: re.sub(r"^\*\*(.+?)\*\*:", r"【\1】", t, flags=re.MULTILINE),
    "labels as headings": lambda t: re.sub(r"^\*\*(.+?)\*\*: ?(.*)$", r"#### \1\n\n\2\n", t, flags=re.MULTILINE),
    "labels right below lists": lambda t: re.sub(r"\n\n(\*\*.+?\*\*:)", r"\n\1", t),
    "full-width brackets": lambda t: re.sub(r"\[(action|condition|approval|parallel)\]", r"［\1］", t),
    "step words": lambda t: re.sub(r"^### (\d+)\. (.+?) \[", r"### 步骤\1：\2 [", t, flags=re.MULTILINE),
    "section numbers": outside_fences(lambda t: re.sub(r"^## ", "## 3.1 ", t, flags=re.MULTILINE)),
    "no blank lines before steps": outside_fences(lambda t: t.replace("\n\n###", "\n###")),
}


@pytest.mark.parametrize("rewrite", VARIANTS.values(), ids=VARIANTS.keys())
def test_the_seed_reads_the_same(seed_w: Path, rewrite: Rewrite) -> None:
    text = seed_w.read_text(encoding="utf-8")
    reading = read(source_of(rewrite(text)))
    assert reading.problems == ()
    assert unplaced(reading.document) == unplaced(read(source_of(text)).document)


@pytest.mark.parametrize("rewrite", VARIANTS.values(), ids=VARIANTS.keys())
@pytest.mark.parametrize("name", ["release.zh.md", "release.en.md"])
def test_our_own_release_reads_the_same(examples: Path, name: str, rewrite: Rewrite) -> None:
    text = (examples / name).read_text(encoding="utf-8")
    assert unplaced(read(source_of(rewrite(text))).document) == unplaced(read(source_of(text)).document)


def test_kinds_may_be_named_in_either_language(seed_w: Path) -> None:
    text = seed_w.read_text(encoding="utf-8")
    for kind, word in (("action", "动作"), ("condition", "条件"), ("approval", "审批"), ("parallel", "并行")):
        text = text.replace(f"[{kind}]", f"（{word}）")
    assert [s.kind for s in read(source_of(text)).document.steps][3:6] == ["condition", "approval", "parallel"]


def test_the_two_languages_of_our_release_read_to_equal_models(examples: Path) -> None:
    chinese, english = (
        read(source_of((examples / f"release.{x}.md").read_text(encoding="utf-8"))) for x in ("zh", "en")
    )
    assert (chinese.problems, english.problems) == ((), ())
    assert (chinese.document.language, english.document.language) == ("zh", "en")
    assert shape(chinese.document) == shape(english.document)


@pytest.mark.parametrize("number", range(2, 8))
def test_a_missing_section_is_fine(seed_w: Path, number: int) -> None:
    parts = re.split(r"(?m)^(?=## )", seed_w.read_text(encoding="utf-8"))
    kept = [part for i, part in enumerate(parts) if i != number or part.startswith("## 工作流步骤")]
    reading = read(source_of("".join(kept)))
    assert reading.kind == "template"
    assert [p for p in reading.problems if p.severity == "error"] == []


def test_the_seed_in_english_reads_to_an_equal_model(seed_w: Path) -> None:
    english = read(source_of((Path(__file__).parent / "texts" / "deployment.en.md").read_text(encoding="utf-8")))
    assert english.problems == ()
    assert shape(english.document) == shape(read(source_of(seed_w.read_text(encoding="utf-8"))).document)
