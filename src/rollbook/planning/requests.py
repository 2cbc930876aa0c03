"""Requests: what a person asks for, as the templates' own usage examples spell it.

    执行 X 模板 / 参数: / - environment: production
    基于 X 模板 / 但修改: / - 跳过步骤1（原因） / - 步骤8增加…

and the same in English. Read from `--request` and `--example`; the file name in it need not match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from rollbook.model.literals import normalised
from rollbook.model.words import number
from rollbook.model.workflow import Example, Workflow
from rollbook.planning.findings import Findings
from rollbook.problems import ProblemsFound
from rollbook.values import At, Json, Words


class Override(msgspec.Struct, frozen=True):
    """One change: skip a step, or add an item to it. `reason` is the request's own."""

    kind: Literal["skip", "add"]
    step: int
    text: str = ""
    reason: str = ""
    at: At = At()


class Request(msgspec.Struct, frozen=True):
    """What was asked. `parameters` are texts as typed; `line` of each in `file`."""

    parameters: dict[str, Json] = {}
    overrides: tuple[Override, ...] = ()
    template: str = ""
    file: str = ""
    strategy: str = ""


PAIR = r"`?([^\W\d][\w.-]*)`?\s*[:：=]\s*(.+)$"
ASSIGNMENT = r"`?([^\W\d][\w.-]*)`?\s*=\s*(.+)$"
Section: TypeAlias = Literal["", "parameters", "changes"]


def read_request(text: str, file: str, first_line: int = 1) -> Request:
    """A request's text. Raises ProblemsFound with every line that cannot be read."""
    findings, template = Findings(file), ""
    parameters: dict[str, Json] = {}
    overrides: list[Override] = []
    section: Section = ""
    for number_, line in enumerate(text.lstrip("\ufeff").splitlines(), first_line):
        plain = _bare(line)
        if not plain or plain.startswith(("```", "#")):
            continue
        if (head := _head(plain)) is not None:
            template, section, plain = head
            if not plain:
                continue
        if (label := _label(plain)) is not None:
            section, plain = label
            if not plain:
                continue
        at = At(number_, len(line) - len(line.lstrip()) + 1)
        for piece in _pieces(plain) if section == "changes" else _assignments(plain):
            _read_line(piece, section, at, parameters, overrides, findings)
    findings.refuse()
    return Request(parameters, tuple(overrides), template, file)


def example(workflow: Workflow, which: str) -> Example:
    """The usage example of that number (from 1) or title. Raises ProblemsFound naming those there are."""
    by_number = {str(i): e for i, e in enumerate(workflow.examples, 1)}
    wanted = normalised(which).casefold()
    titled = [e for e in workflow.examples if normalised(e.title).casefold() == wanted]
    part = [e for e in workflow.examples if wanted and wanted in normalised(e.title).casefold()]
    found = [*([by_number[wanted]] if wanted in by_number else []), *titled, *(part if len(part) == 1 else [])]
    if found:
        return found[0]
    findings = Findings(workflow.source.path)
    titles = "; ".join(f"{i} {e.title}" for i, e in enumerate(workflow.examples, 1))
    findings.add(
        "example-unknown", workflow.examples[0].at if workflow.examples else 0,
        Words(f"there is no usage example “{which}”", f"没有使用示例“{which}”"),
        Words(f"the document has: {titles or 'none'}", f"文档中的示例：{titles or '无'}"),
    )  # fmt: skip
    raise ProblemsFound(findings.problems)


def example_request(workflow: Workflow, which: str) -> Request:
    """The request that a usage example spells."""
    found = example(workflow, which)
    return read_request(found.text, workflow.source.path, _first_line(found, workflow))


def _first_line(found: Example, workflow: Workflow) -> int:
    """The line of the document where the example's text begins: behind the fence that opens it, if there is one."""
    lines = workflow.source.text.splitlines()
    first = next((line.strip() for line in found.text.splitlines() if line.strip()), "")
    at = max(1, found.at.line)
    return next((n for n in range(at, min(at + 3, len(lines)) + 1) if first and first in lines[n - 1]), at)


def _read_line(
    text: str, section: Section, at: At, parameters: dict[str, Json], overrides: list[Override], findings: Findings
) -> None:
    found = _override(text, at)
    if found:
        overrides.extend(found)
    elif pair := re.match(ASSIGNMENT if section == "changes" else PAIR, text):
        parameters[pair.group(1)] = pair.group(2).strip()
    else:
        findings.add(
            "request-unreadable", at,
            Words(f"this line of the request cannot be read: {text}", f"无法理解请求中的这一行：{text}"),
            Words("write `name: value`, `skip step 1 (why)` or `step 8: add …`",
                  "可写“名称：值”、“跳过步骤1（原因）”或“步骤8增加…”"),
        )  # fmt: skip


class Form(msgspec.Struct, frozen=True):
    """One way to say something. One of `words` stands in every text that `pattern` matches: a pattern that cannot match
    is not compiled, for compiling all costs more than reading a template."""

    words: tuple[str, ...]
    pattern: str


@cache
def _forms() -> dict[str, tuple[Form, ...]]:
    data = (Path(__file__).parent / "requests.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, tuple[Form, ...]])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _first(topic: str, text: str) -> re.Match[str] | None:
    """The match of the first form that is `text` from its beginning."""
    lowered = text.casefold()
    possible = (form for form in _forms()[topic] if any(word in lowered for word in form.words))
    return next((found for form in possible if (found := _compiled(form.pattern).match(text))), None)


def _bare(line: str) -> str:
    """A line without its bullet, quote and emphasis marks; width-normalised colons and brackets."""
    text = re.sub(r"^\s*(?:>\s*)*(?:[-*+•]\s+|\d+[.)、]\s+)?", "", line)
    return re.sub(r"\*\*|__", "", text).strip()


def _head(text: str) -> tuple[str, Section, str] | None:
    """`执行 X 模板` or `based on X template but change: …`: the template's name and what follows on the line."""
    found = _first("head", text)
    if found is None:
        return None
    rest = found.group("rest").lstrip(" ,，。.;；")
    label = _label(rest)
    return (found.group("name").strip("`\"' "), *(label or ("", rest)))


def _label(text: str) -> tuple[Section, str] | None:
    for section in ("parameters", "changes"):
        found = _first(section, text)
        if found is not None:
            return section, found.group("rest").strip()
    return None


def _pieces(text: str) -> Iterable[str]:
    """The changes on one line: apart by commas and semicolons outside brackets, where a new change begins."""
    pieces: list[str] = []
    for part in re.split(r"[,，;；](?![^(（]*[)）])", text):
        if pieces and not _override(part.strip(), At()):
            pieces[-1] += "," + part
        else:
            pieces.append(part)
    return [p.strip() for p in pieces if p.strip()]


def _assignments(text: str) -> Sequence[str]:
    """Several `name=value` on one line, apart by commas outside brackets and quotes."""
    parts = re.split(r"[,，;；]\s*(?=`?[^\W\d][\w.-]*`?\s*[:：=])(?![^\[{(]*[\]})])", text)
    return [p.strip() for p in parts if p.strip()]


def _override(text: str, at: At) -> tuple[Override, ...]:
    """The changes that one piece of a request asks for: a skip may name several steps."""
    text = text.strip().rstrip("。.;；,，")
    found = _first("skip", text)
    if found is not None:
        return tuple(Override("skip", step, reason=_why(found), at=at) for step in _steps(found.group("step")))
    found = _first("add", text)
    if found is not None and (step := number(found.group("step"))) is not None:
        return (Override("add", step, found.group("text").strip(' :："“”'), at=at),)
    return ()


def _steps(text: str) -> Iterator[int]:
    """The numbers of `1, 2 and 4`, `1、2` or `1-3`, as far as they are numbers."""
    words = re.split(r"\s*(到|至|~|-|–|\bto\b|\bthrough\b|[,，、和与及&]|以及|\band\b|步骤?|第|\bsteps?\b)\s*", text)
    last, ranged = 0, False
    for word in filter(None, words):
        step = number(word)
        if step is None:
            ranged = ranged or word in ("到", "至", "~", "-", "–", "to", "through")
            continue
        yield from range(last + 1, step + 1) if ranged else (step,)
        last, ranged = step, False


def _why(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return (groups.get("why") or groups.get("why2") or "").strip()
