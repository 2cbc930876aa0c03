"""Decision blocks (`判断逻辑`): if / elif / else with conditions, and what each branch does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from rollbook.documents.blocks import Block, Line
from rollbook.documents.conditions import read_condition
from rollbook.documents.fields import Field
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import longest_first, table
from rollbook.documents.vocabulary.patterns import matched
from rollbook.documents.yaml_reading import scalar
from rollbook.model.conditions import Condition
from rollbook.model.literals import normalised
from rollbook.model.words import number
from rollbook.model.workflow import Branch, Decision, Effect
from rollbook.values import At, Json


def read_decision(part: Field, notes: Notes) -> Decision | None:
    """The decision that a field spells, in a fence, as lines or as nested bullets; None when it holds no branch."""
    opened: list[_Open] = []
    value = [part.value] if part.value.text else []
    for line in _merged([*value, *decision_lines(part.blocks)]):
        head = branch_head(line)
        if head:
            _open_branch(head, line, opened, notes)
        elif opened:
            opened[-1].effects += effects_of(line, notes)
        else:
            notes.problem("effect-without-branch", line.at)
    branches = tuple(Branch(b.condition, tuple(b.effects), b.at) for b in opened)
    return Decision(branches, part.at) if branches else None


def decision_lines(blocks: Iterable[Block], depth: int = 0) -> Iterator[Line]:
    """Every line of the blocks, bullets indented by their depth."""
    for block in blocks:
        if block.kind == "item":
            inner = [child for child in block.children if child.kind != "list"]
            yield from decision_lines(inner, depth)
            yield from decision_lines((c for c in block.children if c.kind == "list"), depth + 1)
        elif block.kind in ("list", "quote"):
            yield from decision_lines(block.children, depth)
        elif block.kind == "table":
            yield from _rows(block)
        else:
            yield from (Line("    " * depth + line.text, line.at) for line in block.lines if line.text.strip())


def _rows(block: Block) -> Iterator[Line]:
    """Rows of a table as branches: the condition in the first column, what follows in the others."""
    for row in block.children[1:]:
        cells = [cell.head for cell in row.children if cell.head.text.strip()]
        if len(cells) > 1:
            head = cells[0].text if matched("effects", "branch", cells[0].text) else f"if {cells[0].text}"
            yield Line(f"{head}: {', '.join(cell.text for cell in cells[1:])}", cells[0].at)


def effects_of(line: Line, notes: Notes) -> list[Effect]:
    """The effects on one line, apart by arrows and commas; what is none of them is logged, and warned about if it
    sounds like one."""
    found: list[Effect] = []
    text = line.text
    for start, end in _pieces(text):
        piece = text[start:end].strip()
        at = At(line.at.line, line.at.column + len(text[:start].lstrip()) + _blank(text[start:end]) * bool(start))
        effect = _effect(piece, at)
        if effect.kind == "log" and found and found[-1].kind == "log":
            joined = text[text.index(found[-1].text) : end].strip()
            found[-1] = Effect("log", joined, text=joined, at=found[-1].at)
        else:
            found.append(effect)
    for effect in found:
        if effect.kind == "log" and _suspect(effect.text):
            notes.problem("unread-effect", effect.at, text=effect.text)
    return found


class Head(msgspec.Struct):
    """A branch head: `kind` if, elif or else; `condition` its text; `rest` what follows the colon on the line."""

    kind: str
    condition: Line
    rest: Line


def branch_head(line: Line) -> Head | None:
    """`if x:` in either language, with or without its colon; None for any other line."""
    text, indent = line.text.strip(), len(line.text) - len(line.text.lstrip())
    colon = _head_colon(text)
    head, rest = (text[:colon], text[colon + 1 :]) if colon >= 0 else _split_then(text)
    found = matched("effects", "branch", head.strip("*_ "))
    if not found or not (colon >= 0 or rest or found.meaning == "else" or _ended(head) != head.strip(" ,，")):
        return None
    condition = _ended(found.slots.get("x") or "")
    place = At(line.at.line, line.at.column + max(text.find(condition), 0))
    after = Line(rest.strip(), At(line.at.line, line.at.column + text.find(rest.strip()) if rest.strip() else indent))
    return Head(found.meaning, Line(condition, place), after)


class _Open(msgspec.Struct):
    condition: Condition | None
    at: At
    indent: int
    kind: str
    effects: list[Effect] = []


def _open_branch(head: Head, line: Line, opened: list[_Open], notes: Notes) -> None:
    indent = len(line.text) - len(line.text.lstrip())
    if opened and indent > opened[0].indent:
        notes.problem("nested-decision", line.at)
        return
    if head.kind != "if" and (not opened or opened[-1].kind == "else"):
        notes.problem("branch-without-if", line.at)
    condition = None if head.kind == "else" else read_condition(head.condition.text, head.condition.at, notes.names)
    opened.append(_Open(condition, line.at, indent, head.kind))
    if head.rest.text:
        opened[-1].effects += effects_of(head.rest, notes)


def _merged(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.text.strip()]


def _head_colon(text: str) -> int:
    """Where the head's colon stands: the first outside quotes and code, but not `:=`; -1 for none."""
    found = re.search(r"[:：](?!=)", _masked(text))
    return found.start() if found else -1


def _masked(text: str) -> str:
    """`text` with blanks in place of what stands in quotes or code marks."""
    return re.sub(r"\"[^\"]*\"|`[^`]*`|'[^']*'", lambda found: " " * len(found.group()), text)


def _split_then(text: str) -> tuple[str, str]:
    """A head without a colon: apart after `else`, at `then` / `则`, at an arrow, or at a comma."""
    for word in longest_first("effects", "branch", "else"):
        if text.lower().startswith(word) and _effect(text[len(word) :].strip(" ,，"), At()).kind != "log":
            return word, text[len(word) :].strip(" ,，")
    if (found := re.search(r"\bthen\b|则|那么", _masked(text))) and found.start():
        return text[: found.end()].strip(), text[found.end() :].strip(" ,，")
    return _split_arrow(text)


def _split_arrow(text: str) -> tuple[str, str]:
    found = re.search(_arrows(), text) or re.search(r"[,，]", text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _arrows() -> str:
    return "|".join(re.escape(sign) for sign in longest_first("wording", "arrow", "signs"))


def _ended(condition: str) -> str:
    """`condition` without a closing `then`, `则` or `时`."""
    text = condition.strip(" ,，")
    for word in longest_first("effects", "head", "end"):
        if text.lower().endswith(word if not word.isascii() else f" {word}") and len(text) > len(word):
            return text[: -len(word)].strip(" ,，")
    return text


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each piece between arrows, commas and semicolons outside quotes and brackets."""
    start = 0
    for found in re.finditer(rf"\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|(?P<cut>{_arrows()}|[,，;；])", text):
        if found["cut"]:
            if text[start : found.start()].strip():
                yield start, found.start()
            start = found.end()
    if text[start:].strip():
        yield start, len(text)


def _effect(piece: str, at: At) -> Effect:
    text = _unfilled(piece.strip(" .。*"))
    found = matched("effects", "effect", text)
    if not found:
        return Effect("log", piece, text=piece, at=at)
    meaning, slots = found
    if meaning in ("required", "optional", "none"):
        return Effect("approval", meaning, text=piece, at=at)
    if meaning == "set":
        return Effect("set", _value(slots["x"]), slots["name"], piece, at)
    step = number(slots["n"])
    if step is None:
        return Effect("log", piece, text=piece, at=at)
    return Effect("goto" if meaning == "goto" else "skip", step, text=piece, at=at)


def _unfilled(text: str) -> str:
    """`text` without small words in front (`直接`, `then`)."""
    words = longest_first("effects", "filler", "start")
    plain = normalised(text)
    while word := next((w for w in words if plain.lower().startswith(w + " " * w[-1].isascii())), None):
        if matched("effects", "effect", plain):
            return plain
        plain = plain[len(word) :].strip()
    return plain


def _value(text: str) -> Json:
    """The value of a `set`: true, a number, or text without its quotes."""
    plain = text.strip().strip("`")
    quoted = re.fullmatch(r"\"([^\"]*)\"|'([^']*)'", plain)
    return (quoted.group(1) or quoted.group(2) or "") if quoted else scalar(plain)


def _suspect(text: str) -> bool:
    plain = normalised(text).lower()
    return any(word in plain for word in table("effects", "suspect")["words"]) and not _mild(plain)


def _mild(plain: str) -> bool:
    """A text that speaks of requests to look at is a log line even though it names approvals."""
    return plain.startswith(tuple(table("effects", "suspect")["mild"]))


def _blank(text: str) -> int:
    return len(text) - len(text.lstrip())
