"""Who has signed a document and who has not, and what a signature did."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rollbook.model.deployment import Deployment, SignOff
from rollbook.values import Words

DOCUMENT = Words("document status: {status}", "文档状态：{status}")
SIGNED = Words("signed", "已签署")
MISSING = Words("not signed ({status})", "未签署（{status}）")
NO_ROWS = Words("the document has no sign-off table", "文档没有审批表")


def render(document: Deployment, missing: Sequence[SignOff], form: str, language: str) -> str:
    """`form`: "text" or "json"."""
    if form == "json":
        rows = [_fields(row, row not in missing) for row in document.signoffs]
        return json.dumps({"status": document.front.status, "signoffs": rows}, ensure_ascii=False, indent=2)
    lines = [DOCUMENT.said(language).format(status=document.front.status or "—")]
    lines += [_line(row, row not in missing, language) for row in document.signoffs]
    return "\n".join(lines if document.signoffs else [*lines, NO_ROWS.said(language)])


def _line(row: SignOff, signed: bool, language: str) -> str:
    said = SIGNED.said(language) if signed else MISSING.said(language).format(status=row.status.text or "—")
    given = "  ".join(cell.text for cell in (row.name, row.date) if not cell.blank)
    return f"  {'✓' if signed else '·'} {row.role}  {given}{'  ' if given else ''}{said}"


def _fields(row: SignOff, signed: bool) -> dict[str, object]:
    texts = {key: "" if cell.blank else cell.text for key, cell in (("name", row.name), ("date", row.date))}
    return {"role": row.role, **texts, "status": row.status.text, "signed": signed, "line": row.at.line}
