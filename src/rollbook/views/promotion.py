"""A promotion as a reader sees it: folded from its journal and from the run that it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.machine.promoting import Walk, current_run, fold
from rollbook.model.events import Entry, NodeEnded, NodeStarted, RunEnded, VerbAsked
from rollbook.model.promotion import Node, Promotion
from rollbook.values import Json, Language, Words
from rollbook.views.columns import in_columns
from rollbook.views.pretty import pretty
from rollbook.views.run import open_gate_lines
from rollbook.views.run_view import RunView
from rollbook.views.wording import RUN_WORDS, aim, clock, length, titled

NodeViewWord: TypeAlias = Literal["pending", "running", "waiting", "paused", "succeeded", "failed", "kept", "skipped"]


class NodeView(msgspec.Struct, frozen=True):
    number: int
    title: str
    kind: str
    environment: str
    mark: str
    state: NodeViewWord
    run: str = ""
    end: str = ""
    """How its run ended."""
    started: float | None = None
    seconds: float | None = None
    detail: str = ""
    line: int = 0
    begun: bool = True
    """False: its run could not be created."""


class PromotionView(msgspec.Struct, frozen=True):
    """`state` as a run's. `digest`: the one image, once it is known."""

    id: str
    state: str
    title: str
    language: Language
    document: str
    version: str
    environment: str
    initiator: str
    commit: str
    digest: str
    nodes: tuple[NodeView, ...]
    created: float
    ended: float | None
    plan: str
    head: str
    seq: int
    cause: str = ""
    """Why it stopped, with the node and its run."""
    next: tuple[str, ...] = ()
    """What to type next."""
    notes: tuple[str, ...] = ()
    orphaned: bool = False
    waiting_for: RunView | None = None
    """The run that a person has to answer."""

    @property
    def over(self) -> bool:
        return self.ended is not None


def promotion_view(
    plan_hash: str, promotion: Promotion, entries: Sequence[Entry], child: RunView | None = None
) -> PromotionView:
    """`child`: the run that is awaited now."""
    walk = fold(promotion, (e.event for e in entries))
    nodes = tuple(_node(n, i, walk, entries, child) for i, n in enumerate(promotion.nodes))
    state, ended = _state(walk, child), next((e.at for e in entries if isinstance(e.event, RunEnded)), None)
    run = entries[0].run
    return PromotionView(
        run, state, promotion.title, promotion.language, promotion.document, promotion.version, promotion.environment,
        promotion.initiator, promotion.commit, walk.digest, nodes, entries[0].at, ended, plan_hash, entries[-1].hash,
        entries[-1].seq, _cause(nodes, walk, promotion), _next(run, promotion, nodes, walk), promotion.notes,
        waiting_for=child if child is not None and child.open_gates else None,
    )  # fmt: skip


def render(view: PromotionView, form: str, language: str) -> str:
    """`form` is "text" or "json"."""
    return pretty(as_json(view)) if form == "json" else "\n".join(text_of(view, language))


def as_json(view: PromotionView) -> dict[str, Json]:
    built: dict[str, Json] = msgspec.to_builtins(view)
    waiting = built.pop("waiting_for")
    gates = waiting["gates"] if waiting else []
    return {**built, "gates": [{**g, "run": waiting["id"]} for g in gates if g["state"] == "open"]}


def text_of(view: PromotionView, language: str) -> Iterator[str]:
    yield titled(view.title, view.id, state_words(view.state, language))
    took = "" if view.ended is None else TOOK.format(time=length(view.ended - view.created)).said(language)
    yield titled(aim(view.version, view.environment), view.initiator, clock(view.created), took)
    if view.digest:
        yield IMAGE.format(digest=view.digest).said(language)
    if view.commit:
        yield COMMIT.format(commit=view.commit).said(language)
    yield from (f"  {note}" for note in view.notes)
    yield ""
    yield from in_columns([cells_of(node, language) for node in view.nodes])
    yield from closing(view, language)


def closing(view: PromotionView, language: str) -> Iterator[str]:
    """Why it stopped or waits, and what to type."""
    child = view.waiting_for
    for gate in child.open_gates if child else ():
        yield ""
        yield f"‖ {child.id if child else ''} · {gate.title}"
        yield from open_gate_lines(child, gate, language) if child else ()
    if view.cause:
        yield from ("", view.cause)
    if view.orphaned:
        yield ORPHANED.said(language)
    yield from (f"  $ {command}" for command in view.next)


def cells_of(node: NodeView, language: str) -> tuple[str, ...]:
    """One node: mark, text, how it stands, its run, how long."""
    how = NODE_WORDS[node.state].said(language)
    took = length(node.seconds) if node.seconds is not None else ""
    mark = DRAWN[node.mark].said(language) if node.mark in DRAWN else ""
    return f"{MARKS[node.state]} {node.number}", node.title, mark, how, node.run, took, node.detail


def state_words(state: str, language: str) -> str:
    """A failed promotion may have touched much: it is not said as a failed run is."""
    return (STATES.get(state) or RUN_WORDS[state]).said(language)


def _node(node: Node, index: int, walk: Walk, entries: Sequence[Entry], child: RunView | None) -> NodeView:
    state = walk.nodes[index]
    began = next((e.at for e in entries if isinstance(e.event, NodeStarted) and e.event.run == state.run), None)
    over = next((e for e in entries if isinstance(e.event, NodeEnded) and e.event.run == state.run), None)
    word: NodeViewWord = state.word
    if word == "running" and child is not None and (child.open_gates or child.state in ("paused", "frozen")):
        word = "paused" if child.state == "paused" else "waiting"
    detail = (over.event.detail if over is not None and isinstance(over.event, NodeEnded) else "") or node.note
    if node.kept is not None:
        detail = f"{node.kept.promotion}"
    return NodeView(
        node.number, node.text, node.kind, node.environment, node.mark, word, state.run, state.end, began,
        over.at - began if over is not None and began is not None else None, detail, node.line,
        not isinstance(over.event, NodeEnded) or over.event.begun if over is not None else True,
    )  # fmt: skip


def _state(walk: Walk, child: RunView | None) -> str:
    if walk.end:
        return walk.end
    if child is not None and not child.over:
        return child.state
    return "paused" if walk.paused else "running"


def _cause(nodes: Sequence[NodeView], walk: Walk, promotion: Promotion) -> str:
    failed = next((n for n in nodes if n.state == "failed"), None)
    if failed is None:
        return ""
    end = RUN_WORDS[failed.end] if failed.begun else NOT_BEGUN
    why = MIXED.said(promotion.language) if walk.mixed else titled(end.said(promotion.language), failed.detail)
    return STOPPED.format(number=failed.number, node=failed.title, run=failed.run, why=why).said(promotion.language)


def _next(run: str, promotion: Promotion, nodes: Sequence[NodeView], walk: Walk) -> tuple[str, ...]:
    """Look at the failed run, and how to go on from its node with the same image; or how to go on with what waits."""
    failed = next((n for n in nodes if n.state == "failed"), None)
    if failed is None:
        return (f"rollbook resume {run}",) if walk.paused and not walk.end else ()
    look = (f"rollbook show {failed.run}",) if failed.begun else ()
    again = promotion.command or f"rollbook promote {promotion.document} -p version={promotion.version}"
    return (*look, again + (f" --from {failed.number}" if failed.number > 1 else ""))


def awaited(promotion: Promotion, entries: Sequence[Entry]) -> str:
    """The run that the promotion waits for; "" between runs."""
    return current_run(fold(promotion, (e.event for e in entries)))


def story(promotion: Promotion, entries: Sequence[Entry], language: str) -> Iterator[tuple[float, str, str]]:
    """Time, mark and text of what happened."""
    titles = {n.number: n.text for n in promotion.nodes}
    for entry in entries:
        event = entry.event
        if isinstance(event, NodeStarted):
            yield entry.at, "running", BEGAN.format(node=titles[event.node], run=event.run).said(language)
        elif isinstance(event, NodeEnded):
            how = RUN_WORDS[event.state].said(language) if event.begun else NOT_BEGUN.said(language)
            how = titled(how, event.detail)
            mark = "yes" if event.state == "succeeded" else "no"
            yield entry.at, mark, OVER.format(node=titles[event.node], run=event.run, how=how).said(language)
        elif isinstance(event, VerbAsked):
            yield entry.at, "none", f"{event.person}: {event.verb}" + (f" “{event.reason}”" if event.reason else "")
        elif isinstance(event, RunEnded):
            yield entry.at, "yes" if event.state == "succeeded" else "no", state_words(event.state, language)


MARKS = {
    "pending": "·", "running": "▶", "waiting": "‖", "paused": "‖", "succeeded": "✓",
    "failed": "✗", "kept": "✓", "skipped": "–",
}  # fmt: skip
NODE_WORDS = {
    "pending": Words("to come", "未开始"),
    "running": Words("running", "进行中"),
    "waiting": Words("waiting for a person", "等待人工"),
    "paused": Words("paused", "已暂停"),
    "succeeded": Words("done", "完成"),
    "failed": Words("failed", "失败"),
    "kept": Words("passed before", "此前已通过"),
    "skipped": Words("nothing to run", "无需执行"),
}
STATES = {
    "running": Words("under way", "进行中"),
    "failed": Words("stopped at a failure", "因失败停止"),
    "aborted": Words("aborted", "已中止"),
}
DRAWN = {
    "automatic": Words("automatic", "自动"),
    "manual": Words("manual", "手动"),
    "pull_request": Words("by pull request", "PR 触发"),
}
TOOK = Words("took {time}", "用时 {time}")
IMAGE = Words("image {digest}", "镜像 {digest}")
COMMIT = Words("commit {commit}", "提交 {commit}")
ORPHANED = Words("the process that carried this promotion is gone", "执行本流水线的进程已不存在")
STOPPED = Words("stopped at {number}. {node} (run {run}): {why}", "停在 {number}. {node}（运行 {run}）：{why}")
NOT_BEGUN = Words("could not be started", "无法启动")
MIXED = Words("its image is another than the promoted one", "它的镜像不是流水线的镜像")
BEGAN = Words("{node}: run {run}", "{node}：运行 {run}")
OVER = Words("{node}: {how} (run {run})", "{node}：{how}（运行 {run}）")
