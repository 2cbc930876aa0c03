"""What proves a bullet, in one line: its mark, where and when it was done, and what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.model.plan import PlanItem
from rollbook.values import Words
from rollbook.views.run_view import Mark, Proof, RunView
from rollbook.views.wording import colon, hour

WORST_FIRST: tuple[Mark, ...] = ("no", "unknown", "running", "yes", "skipped", "none")
MARK_WORDS: dict[Mark, Words] = {
    "yes": Words("yes", "是"),
    "no": Words("no", "否"),
    "unknown": Words("not known", "未知"),
    "running": Words("under way", "进行中"),
    "skipped": Words("left out", "未执行"),
    "none": Words("not reached", "未到达"),
}
SHOWN_OUTPUT = 3
"""Last lines of output quoted beside a failed bullet; the journal keeps more."""


def mark_word(mark: Mark) -> Words:
    return MARK_WORDS[mark]


def mark_of(view: RunView, item: PlanItem) -> Mark:
    """The worst that any server or wave says of the item; "skipped" when its step was left out."""
    proofs = view.proofs.get(item.id, ())
    if not proofs:
        return "skipped" if _skip_reason(view, item) is not None else "none"
    return min((proof.mark for proof in proofs), key=WORST_FIRST.index)


def evidence(view: RunView, item: PlanItem, language: str) -> str:
    """One line of what was seen; "" where nothing was. Journal entries are named by number (#12)."""
    proofs = view.proofs.get(item.id, ())
    if not proofs:
        reason = _skip_reason(view, item)
        return "" if reason is None else Words(f"skipped: {reason}", f"已跳过：{reason}").said(language)
    mark = mark_of(view, item)
    telling = [proof for proof in proofs if proof.mark == mark]
    said = "; ".join(dict.fromkeys(_said(proof, language) for proof in telling))
    others = _others(proofs, mark, language)
    newest = telling[-1]
    return " · ".join(part for part in (hour(newest.at), said, others, f"#{newest.seq}") if part)


def _skip_reason(view: RunView, item: PlanItem) -> str | None:
    """Why the item's step was left out; None when it was not."""
    number = str(item.from_step or item.id.partition(".")[0])
    step = next((step for step in view.steps if str(step.number) == number), None)
    return step.reason if step and step.state == "skipped" else None


def _said(proof: Proof, language: str) -> str:
    """ "server: detail", with the last lines of output where it failed."""
    where = proof.server or (Words(f"wave {proof.wave}", f"第 {proof.wave} 批").said(language) if proof.wave else "")
    tail = " | ".join(proof.output[-SHOWN_OUTPUT:])
    what = " | ".join(part for part in (proof.detail, tail) if part)
    return where + colon(language) + what if where and what else where or what


def _others(proofs: Sequence[Proof], mark: Mark, language: str) -> str:
    """How many more there are that say something else."""
    good = sum(proof.mark == "yes" for proof in proofs)
    if mark == "yes" or not good:
        return ""
    return Words(f"{good} others ✓", f"另有 {good} 处 ✓").said(language)
