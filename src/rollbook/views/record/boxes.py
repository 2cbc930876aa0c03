"""The checklist by its evidence: a box is ticked by what the run saw, never by what the document claims (M20, M24)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollbook.model.deployment import Deployment
from rollbook.model.facts import Closing
from rollbook.model.filling import Tick
from rollbook.model.plan import Plan, PlanItem
from rollbook.values import Words
from rollbook.views.evidence import WORST_FIRST, mark_of
from rollbook.views.gates import answer_words
from rollbook.views.run_view import Mark, Proof, RunView
from rollbook.views.wording import GATE_WORDS, PROOF_MARKS, clock, titled

GATE_SIGNS = {"passed": "✓", "rejected": "✗", "timed_out": "✗"}
BY_MACHINE = Words("automatic", "自动")
TAKEN_BACK = Words("taken back", "已撤回")
NOT_REACHED = Words("not reached", "未到达")


def ticks_of(plan: Plan, view: RunView, document: Deployment) -> dict[int, Tick]:
    """Line of an item → what became of it. Items that nothing speaks of, or that are not decided yet, have none."""
    closings = {closing.line: closing for closing in plan.deployment.closings} if plan.deployment else {}
    found: dict[int, Tick] = {}
    for entry in document.checklist:
        line = entry.item.at.line
        tick = _tick(plan, view, document, line, closings.get(line))
        if tick:
            found[line] = tick
    return found


def _tick(plan: Plan, view: RunView, document: Deployment, line: int, closing: Closing | None) -> Tick | None:
    settled = _settled(view, document, line, closing) or _gated(plan, view, document, line)
    if settled:
        return settled
    if closing and closing.how in ("evidence", "waived"):
        return Tick("✓" if closing.how == "evidence" else "⊘", titled(clock(view.created), closing.said))
    items = _at_line(plan, document, line) or tuple(_covering(plan, closing))
    return _judged(view, items, document.language) if items else None


def _settled(view: RunView, document: Deployment, line: int, closing: Closing | None) -> Tick | None:
    """What was settled when the run was made, as the journal has it."""
    for closed in view.checklist:
        if closed.line == line and closed.document in ("", document.source.path):
            sign = "⊘" if closed.how == "waived" else "✓"
            detail = closed.detail or (closing.said if closing else "")
            return Tick(sign, titled(clock(view.created), detail, f"#{closed.seq}"))
    return None


def _gated(plan: Plan, view: RunView, document: Deployment, line: int) -> Tick | None:
    """What a gate of its own settled: by a person, or by the clock (a release window)."""
    lines = {g.id: g.line for g in plan.gates if g.kind != "approval" and g.document in ("", document.source.path)}
    for gate in view.gates:
        sign = GATE_SIGNS.get(gate.state)
        if lines.get(gate.id) == line and sign:
            said = [answer_words(answer, document.language, at=True) for answer in gate.answers]
            state = GATE_WORDS[gate.state].said(document.language)
            return Tick(sign, "; ".join(said) or titled(clock(gate.opened or view.created), state))
    return None


def _at_line(plan: Plan, document: Deployment, line: int) -> tuple[PlanItem, ...]:
    """The plan's items that stand on a line of the document."""
    path = document.source.path
    return tuple(i for i in _items(plan) if i.line == line and (i.document or plan.documents[0].path) == path)


def _covering(plan: Plan, closing: Closing | None) -> Iterator[PlanItem]:
    """What of the template does the item's work."""
    if closing is None:
        return
    for item in _items(plan):
        bindings = [bound.binding.partition("@")[0] for bound in item.bound]
        rotates = item.touches or item.leaves or item.returns
        if rotates if closing.how == "rotation" else closing.said in bindings:
            yield item


def _items(plan: Plan) -> Iterator[PlanItem]:
    for step in plan.steps:
        yield from (*step.items, *step.checks)


def _judged(view: RunView, items: Sequence[PlanItem], language: str) -> Tick | None:
    """All of its parts done: ✓. Any failed or unknown: that. Some done in a run that went back: ✗."""
    marks = {item.id: _mark(view, item) for item in items}
    worst: Mark = min(marks.values(), key=WORST_FIRST.index)
    done = [item for item in items if marks[item.id] == "yes"]
    begun = [item for item in items if mark_of(view, item) == "yes"]
    if worst == "running" or (worst == "none" and not (view.over or view.ending)):
        return None
    if len(done) == len(items):
        return Tick("✓", _said(view, items, "yes", language))
    if worst in ("no", "unknown"):
        return Tick(PROOF_MARKS[worst], _said(view, [i for i in items if marks[i.id] == worst], worst, language))
    if begun:
        servers = dict.fromkeys(p.server for i in begun for p in view.proofs.get(i.id, ()) if p.server)
        at = clock(view.turned or view.ended or view.looked)
        return Tick("✗", titled(at, TAKEN_BACK.said(language), ", ".join(servers)))
    skipped = [_reason(view, item) for item in items]
    return Tick("·", next(filter(None, skipped), NOT_REACHED.said(language)))


def _mark(view: RunView, item: PlanItem) -> Mark:
    """The item's own mark; what was done to servers is not done where the run went back, or not through all waves."""
    mark = mark_of(view, item)
    step = next((step for step in view.steps if step.number == item.from_step), None)
    undone = step is not None and (step.state == "partial" or (step.waves > 0 and view.turned is not None))
    return "none" if mark == "yes" and undone else mark


def _reason(view: RunView, item: PlanItem) -> str:
    return next((step.reason for step in view.steps if step.number == item.from_step), "")


def _said(view: RunView, items: Sequence[PlanItem], mark: Mark, language: str) -> str:
    """When, by whom, what was seen, and the journal's entry that proves it."""
    proofs = sorted((p for i in items for p in view.proofs.get(i.id, ()) if p.mark == mark), key=lambda p: p.seq)
    newest = proofs[-1]
    by_hand = all(item.kind == "manual" for item in items)
    who = "" if by_hand else BY_MACHINE.said(language)
    return titled(clock(newest.at), who, _seen(proofs, len(items)), f"#{newest.seq}")


def _seen(proofs: Sequence[Proof], parts: int) -> str:
    """The detail of one part; of several the servers on which they were done."""
    details = list(dict.fromkeys(proof.detail for proof in proofs if proof.detail))
    servers = list(dict.fromkeys(proof.server for proof in proofs if proof.server))
    if parts == 1 and len(details) == 1:
        return details[0]
    return ", ".join(servers) if servers else "; ".join(details[-2:])
