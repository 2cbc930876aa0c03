"""What `rollbook migrate` shows: each script and whether it is applied; what an act does, and loses."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from rollbook.model.migrations import Drift, MigrationRow, SchemaChange, SchemaStatus
from rollbook.values import Words
from rollbook.views.columns import in_columns

APPLIED = Words("applied", "已执行")
PENDING = Words("not applied", "未执行")
REVERSIBLE = {True: Words("reversible", "可回滚"), False: Words("not reversible", "不可回滚"), None: Words("", "")}
DRIFT: dict[Drift, Words] = {
    "": Words("", ""),
    "edited": Words("edited after it was applied", "执行之后被修改过"),
    "missing": Words("the script is not there", "脚本不存在"),
    "stated": Words("not the script whose checksum the document states", "与文档所写校验和不一致"),
    "unknown": Words("nobody kept its checksum", "没有保存校验和"),
    "undocumented": Words("not in the document", "文档中没有"),
}
BY_COMMAND = Words("run by `{command}`", "由 `{command}` 执行")
BY_TABLE = Words("run from the table of scripts", "按脚本表执行")
NONE = Words("no migrations", "没有迁移")
HELD = Words("somebody is migrating: {who}", "有人正在迁移：{who}")
HELD_ROW = Words(
    "{row} says that somebody is migrating: {who}; if that is dead, `{release}` takes the lock away",
    "{row} 表示有人正在迁移：{who}；若其已结束，可用 `{release}` 解除",
)
WILL = {"up": Words("to be applied to {where}: {versions}", "将在 {where} 执行：{versions}"),
        "down": Words("to be reversed in {where}: {versions}", "将在 {where} 回滚：{versions}")}  # fmt: skip
DONE = {"up": Words("applied to {where}: {versions}", "已在 {where} 执行：{versions}"),
        "down": Words("reversed in {where}: {versions}", "已在 {where} 回滚：{versions}")}  # fmt: skip
NOTHING = {"up": Words("{where}: everything is applied", "{where}：全部已执行"),
           "down": Words("{where}: nothing is applied", "{where}：没有已执行的迁移")}  # fmt: skip
LOST = Words("lost: {what}", "会失去：{what}")


def render(status: SchemaStatus, form: str, language: str) -> str:
    """`form`: "text" or "json"."""
    if form == "json":
        rows = [_fields(row, language) for row in status.rows]
        return _json({**msgspec.structs.asdict(status), "rows": rows, "pending": status.pending})
    way = BY_COMMAND.format(command=status.command) if status.command else BY_TABLE
    lines = [f"{status.environment} · {way.said(language)}", ""]
    lines += list(in_columns([_cells(row, language) for row in status.rows])) or [f"  {NONE.said(language)}"]
    if status.holder:
        words = HELD_ROW if status.lock else HELD
        said = words.format(who=status.holder, row=status.lock, release=status.release)
        lines += ["", said.said(language)]
    return "\n".join(lines)


def render_change(change: SchemaChange, form: str, language: str, done: bool, code: str = "") -> str:
    """What will be or was done, with what is lost; `code` is what a yes to it names."""
    if form == "json":
        return _json({**msgspec.structs.asdict(change), "done": done, "code": code})
    if not change.versions:
        return NOTHING[change.direction].format(where=change.environment).said(language)
    words = (DONE if done else WILL)[change.direction]
    said = words.format(where=change.environment, versions=", ".join(change.versions)).said(language)
    lost = [] if done else [f"  {LOST.format(what=what).said(language)}" for what in change.lost]
    return "\n".join([said, *lost])


def _cells(row: MigrationRow, language: str) -> list[str]:
    state = (APPLIED if row.applied else PENDING).said(language)
    when = " ".join(part for part in (row.at, row.run) if part)
    notes = " · ".join(w for w in (REVERSIBLE[row.reversible].said(language), DRIFT[row.drift].said(language)) if w)
    return ["✓" if row.applied else "·", row.version, row.description or row.script, state, when, notes]


def _fields(row: MigrationRow, language: str) -> dict[str, Any]:
    return {**msgspec.structs.asdict(row), "note": DRIFT[row.drift].said(language)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
