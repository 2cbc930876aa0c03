"""Alert rules, links to dashboards and logs, and the runbook's known problems."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.documents.approvals import split_label, split_names
from rollbook.documents.blocks import Block, Line
from rollbook.documents.deployment.cells import cell_of, seconds_of, unit_of, untagged
from rollbook.documents.deployment.conditions import sustained_of
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.documents.deployment.standing import check_severity
from rollbook.documents.vocabulary import meaning
from rollbook.model.deployment import AlertRule, Link, RunbookRow
from rollbook.model.literals import normalised
from rollbook.model.phrases import plain_text
from rollbook.values import At


def read_alerts(table: Table, found: Found) -> None:
    """One alert a row. Where metric and threshold are columns of their own, they make the condition together."""
    for row in table.grid.rows:
        line = _condition_line(table, row)
        condition, inside_s = sustained_of(line.text, line.at, found.notes, compares="threshold" in table.shape.columns)
        name = table.text(row, "name") or table.text(row, "metric") or (condition.text if condition else "")
        if condition is None:
            if name:
                found.notes.problem("alert-without-condition", line.at if line.at.line else row[0].at, name=name)
            else:
                table.keep(row, "severity", found)
            continue
        lasting = table.cell(row, "for")
        for_s = None if lasting.blank else seconds_of(lasting.text, unit_of(table.head("for")))
        if for_s is None and not lasting.blank:
            found.notes.problem("unread-duration", lasting.at, text=lasting.text)
        channels = split_names(table.text(row, "channels"))[0]
        severity = table.text(row, "severity")
        check_severity(severity, table.line(row, "severity").at, found.notes)
        at = row[0].at
        found.alerts.append(AlertRule(name, condition, severity, channels, inside_s if for_s is None else for_s, at))
    keep_others(table, found)


def _condition_line(table: Table, row: tuple[Line, ...]) -> Line:
    condition = table.line(row, "condition")
    if not cell_of(condition).blank and "threshold" not in table.shape.columns:
        return condition
    metric, threshold = (table.line(row, m) for m in ("metric", "threshold"))
    if cell_of(threshold).blank:
        return condition
    if cell_of(metric).blank:
        metric = condition if not cell_of(condition).blank else table.line(row, "name")
    return Line(f"{metric.text} {threshold.text}", threshold.at)


def read_runbook(table: Table, found: Found) -> None:
    """One known problem a row."""
    for row in table.grid.rows:
        problem, symptom = table.text(row, "problem"), table.text(row, "symptom")
        steps = steps_of(table.line(row, "steps").text) if table.text(row, "steps") else ()
        if (problem or symptom) and not steps:
            line = table.line(row, "steps")
            found.notes.problem("runbook-without-steps", line.at, name=problem or symptom)
        if problem or symptom or steps:
            found.runbook.append(RunbookRow(problem or symptom, symptom, steps, row[0].at))
    keep_others(table, found)


def steps_of(text: str) -> tuple[str, ...]:
    """The steps of one cell: lines, else numbers that count up from one, else arrows or semicolons."""
    text = untagged(text)
    lines = [line for line in re.split(r"\s*<br\s*/?>\s*", text, flags=re.IGNORECASE) if line.strip()]
    if len(lines) < 2:
        lines = _numbered(text) or [p for p in re.split(r"\s*(?:→|->|；|;\s)\s*", text) if p.strip()]
    bare = (re.sub(_MARK, "", line.strip()) for line in lines)
    return tuple(plain for line in bare if (plain := plain_text(line).strip(" ;；")))


_MARK = r"^(?:[(（]?\d{1,2}[.)）、．:：]\s*|[①-⑳]\s*|[-*•]\s+|步骤\s*\d+\s*[:：.]?\s*|step\s+\d+\s*[:.]?\s*)"


def _numbered(text: str) -> list[str]:
    """The parts of `1. a 2. b`; [] where no numbers count up from one."""
    marks: list[re.Match[str]] = []
    for found in re.finditer(r"(?<![\d.\w])[(（]?(\d{1,2})[.)）、．](?!\d)\s*|([①-⑳])\s*", text):
        value = int(found.group(1)) if found.group(1) else ord(found.group(2)) - ord("①") + 1
        if value == len(marks) + 1:
            marks.append(found)
    if not marks or (len(marks) == 1 and marks[0].start() > 0):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    lead = text[: marks[0].start()].strip()
    return [*([lead] if lead else []), *(text[m.end() : end] for m, end in zip(marks, ends, strict=True))]


def read_links(table: Table, found: Found) -> None:
    """A table of names and addresses."""
    for row in table.grid.rows:
        label = table.text(row, "label")
        if label:
            found.links.append(Link(label, _url(table.line(row, "url").text), row[0].at))
    keep_others(table, found)


def links_of(block: Block) -> Iterator[Link]:
    """The links of a list: `- Grafana: https://…`, `- [Kibana](https://…)`, `- 日志查询: [链接]`."""
    for item in block.children:
        line = item.head
        target = _TARGET.search(line.text)
        label, value = split_label(line)
        if target and (not value.text or line.text.lstrip().startswith("[")):
            yield Link(plain_text(target.group(1)), target.group(2), line.at)
        elif value.text and not value.text.startswith("//"):
            yield Link(label, _url(value.text), line.at)
        elif url := _URL.search(line.text):
            yield Link(plain_text(line.text[: url.start()]).strip(" :：<(-") or url.group(), url.group(), line.at)


def is_link_list(block: Block) -> bool:
    """Whether a list holds links: every item an address, or a blank for one."""
    heads = [item.head.text for item in block.children]
    return bool(heads) and all(_URL.search(h) or _BLANK.search(h) for h in heads) and not any(map(_BOX.match, heads))


_TARGET = re.compile(r"\[([^\]]+)\]\(\s*<?(\S+?)>?(?:\s+\"[^\"]*\")?\s*\)")
_URL = re.compile(r"(?:https?|grafana|kibana)://[^\s<>)|`]+")
_BLANK = re.compile(r"[:：]\s*(?:\[[^\]\d]*\]|<[^>]*>|tbd|待定|待补充|-)?\s*$", re.IGNORECASE)
_BOX = re.compile(r"\s*\[[ xX]\]")


def _url(text: str) -> str:
    """The address in a text; "" for a blank (M3)."""
    if target := _TARGET.search(text):
        return target.group(2)
    if url := _URL.search(text):
        return url.group()
    cell = cell_of(Line(text, At()))
    return "" if cell.blank or not re.search(r"[./]", normalised(cell.text)) else cell.text


def take_problem(title: str, at: At, blocks: list[Block], found: Found) -> bool:
    """A known problem below a heading of its own: its symptom as a `label: value` line, its steps as a list."""
    symptom = ""
    steps: list[str] = []
    for block in blocks:
        lines = [item.head for item in block.children] if block.kind == "list" else list(block.lines)
        for line in lines if block.kind in ("list", "paragraph") else ():
            label, value = split_label(line)
            known = meaning("deployment", "runbook", label)
            if known == "symptom" and value.text:
                symptom = plain_text(value.text)
            elif known == "steps" and value.text:
                steps += steps_of(value.text)
            elif block.kind == "list":
                steps.append(plain_text(line.text))
    if not steps:
        return False
    found.runbook.append(RunbookRow(title, symptom, tuple(steps), at))
    return True
