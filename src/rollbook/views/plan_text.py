"""A plan as a release engineer reads it before saying yes: what happens, in which order, judged how, undone how."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rollbook.model.gates import Approver, Gate
from rollbook.model.plan import Bound, Limit, Plan, PlanItem, PlanStep, Repair, RollbackRule
from rollbook.values import Json, Words
from rollbook.views.columns import in_columns
from rollbook.views.plan_variables import variable_lines
from rollbook.views.wording import aim, colon, length, metric_kinds, percent, titled

DECISIONS = {
    "run": ("▶", Words("run", "执行")),
    "skip": ("–", Words("skip", "跳过")),
    "pending": ("‖", Words("pending", "待定")),
}
ACTIONS = {
    "stop": Words("stop, nothing to undo", "终止，无需回滚"),
    "restore": Words("restore the old release", "恢复旧版本"),
    "switch_back": Words("switch back, the service stays up", "切换回旧版本，服务保持可用"),
    "manual": Words("a person decides", "由人工处理"),
}
WHERE = {
    "probe": Words("probe requests to the server", "对服务器的探测请求"),
    "traffic": Words("real traffic", "真实流量"),
    "": Words("", ""),
}
OPEN_END = 10**9


def text_of(plan: Plan, digest: str, language: str) -> Iterator[str]:
    yield titled(plan.title, aim(plan.version, plan.environment))
    yield from in_columns(_head(plan, digest, language))
    yield from _section(Words("Changed by the request", "请求所作的修改"), language, _changes(plan))
    yield from _section(Words("Steps", "步骤"), language, _steps(plan, language))
    yield from _section(_waves_title(plan), language, _waves(plan, language))
    yield from _section(Words("Variables", "环境变量"), language, variable_lines(plan, language))
    yield from _section(Words("Gates", "关口"), language, _gates(plan, language))
    yield from _section(Words("Success criteria", "成功判定"), language, _criteria(plan, language))
    yield from _section(Words("If a step fails", "步骤失败时"), language, _rollback(plan, language))
    yield from _section(Words("Repairs", "修正"), language, _repairs(plan, language))
    yield from _section(Words("Notes", "说明"), language, (f"  · {note}" for note in plan.notes))
    yield from _section(Words("Not yet: blockers", "尚不能执行：阻碍"), language, _blockers(plan, language))


def _section(title: Words, language: str, lines: Iterator[str]) -> Iterator[str]:
    """A heading and its lines; nothing when there are none."""
    body = list(lines)
    if body:
        yield from ("", title.said(language), *body)


def _head(plan: Plan, digest: str, language: str) -> list[tuple[str, str]]:
    def row(en: str, zh: str, value: str) -> tuple[str, str]:
        return Words(en, zh).said(language), value

    protected = Words(", protected", "，受保护").said(language) if plan.site.protected else ""
    rows = [
        row("plan", "计划", digest),
        *(row("document", "文档", f"{source.path} (sha256 {source.sha256[:12]})") for source in plan.documents),
        row("site", "站点", titled(plan.site.name, plan.site.environment + protected, plan.site.initiator)),
        *((name, _value(value)) for name, value in plan.parameters.items()),
    ]
    if plan.image:
        rows.append(row("image", "镜像", f"{plan.image.repository}:{plan.image.tag}"))
    if plan.late:
        rows.append(row("known later", "运行时才知", ", ".join(plan.late)))
    if (judging := _judging_s(plan)) > 0:
        rows.append(row("judging", "判定约需", f"≈ {length(judging)}"))
    return rows


def _judging_s(plan: Plan) -> float:
    """Expected time spent in judging and soaking: lanes of one stage run side by side."""
    items = plan.items()
    slowest = (
        max((sum(b.expected_s for i in lane.items for b in items[i].bound) for lane in stage.lanes), default=0.0)
        for stage in plan.program
        if stage.kind == "judge"
    )
    return sum(slowest) + sum(stage.soak_s for stage in plan.program)


def _value(value: Json) -> str:
    return f"[{', '.join(str(v) for v in value)}]" if isinstance(value, list | tuple) else str(value)


def _changes(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        yield f"  {change.text}"
        if change.before:
            yield f"    - {change.before}"
        if change.after:
            yield f"    + {change.after}"


def _steps(plan: Plan, language: str) -> Iterator[str]:
    rows: list[tuple[str, ...]] = []
    for step in plan.steps:
        mark, word = DECISIONS[step.decision]
        reason = f": {step.reason}" if step.reason else ""
        rows.append((f"{mark} {step.number:>2}. {step.title} [{step.kind}]", f"{word.said(language)}{reason}"))
        if step.decision != "skip":
            rows += [_item_row(item, "  ·", language) for item in step.items]
            rows += [_item_row(check, "  ?", language) for check in step.checks]
    yield from in_columns(rows, widest=56)


def _item_row(item: PlanItem, mark: str, language: str) -> tuple[str, ...]:
    """Text, then binding, source line and how it is judged."""
    added = Words(" (added)", "（新增）").said(language) if item.added else ""
    judged = [words for bound in item.bound if (words := _judged(bound, language))]
    line = f":{item.line}" if item.line else ""
    return (f"  {mark} {_first_line(item.text)}{added}", " · ".join([f"{_short(item.binding)}{line}", *judged]))


def _first_line(text: str) -> str:
    first, _, more = text.partition("\n")
    return f"{first} …" if more.strip() else first


def _short(binding: str) -> str:
    """Bindings of the built-in library without their package and hash: `deploying:start`."""
    parts = (part.partition("@")[0].removeprefix("rollbook.steps.") for part in binding.split("; "))
    return "; ".join(parts)


def _judged(bound: Bound, language: str) -> str:
    """How a condition is judged: a limit that it does not state itself (M6), where it looks, how much it needs."""
    parts = []
    if bound.limit and bound.limit.source:
        parts.append(_limit(bound, bound.limit))
    if bound.judges:
        parts.append(WHERE[bound.judges].said(language))
    if bound.samples:
        parts.append(Words(f"{bound.samples} samples", f"{bound.samples} 个样本").said(language))
    if bound.expected_s:
        parts.append(f"≈ {length(bound.expected_s)}")
    return ", ".join(parts)


def _limit(bound: Bound, limit: Limit) -> str:
    """ "< 1% (docs/release.md:151)"; only the place where the measure's unit is not known here: the notes say it."""
    kind = metric_kinds().get(bound.binding.partition("@")[0].rpartition(":")[2], "")
    values = {"response_time": f"{limit.value * 1000:g} ms", "error_rate": f"{limit.value * 100:g}%"}
    return f"{limit.op} {values[kind]} ({limit.source})" if kind in values else f"({limit.source})"


def _waves_title(plan: Plan) -> Words:
    out, all_of_them = plan.site.max_out, len(plan.servers)
    return Words(
        f"Waves ({plan.strategy}; at most {out} of {all_of_them} servers out of rotation at once)",
        f"批次（{plan.strategy}；共 {all_of_them} 台，同时离开流量的最多 {out} 台）",
    )


def _waves(plan: Plan, language: str) -> Iterator[str]:
    rows = []
    for wave in plan.waves:
        soak = Words(f"then watched {length(wave.soak_s)}", f"之后观察 {length(wave.soak_s)}").said(language)
        back = Words(f"back when {wave.rollback_when}", f"回滚条件：{wave.rollback_when}").said(language)
        share = Words(f"{percent(wave.traffic)} of traffic", f"流量 {percent(wave.traffic)}").said(language)
        judged = [words for item in wave.watch for bound in item.bound if (words := _judged(bound, language))]
        parts = [share, *([soak] if wave.soak_s else []), *([back] if wave.rollback_when else []), *judged]
        rows.append((f"{wave.number}", ", ".join(wave.servers), " · ".join(parts)))
    yield from in_columns(rows)


def _gates(plan: Plan, language: str) -> Iterator[str]:
    for gate in plan.gates:
        mode = Words("optional", "可选") if gate.mode == "optional" else Words("required", "必须")
        step = Words(f"step {gate.step}", f"步骤 {gate.step}").said(language) if gate.step else gate.id
        yield f"  ‖ {gate.title} ({step}, {mode.said(language)})"
        yield from (f"      {line}" for line in _gate_lines(gate, language))


def _gate_lines(gate: Gate, language: str) -> Iterator[str]:
    if gate.reason:
        yield gate.reason
    if gate.approvers:
        yield _need(gate.need).said(language) + colon(language) + " · ".join(_approver(a) for a in gate.approvers)
    if gate.timeout_s:
        yield Words(f"within {length(gate.timeout_s)}", f"时限 {length(gate.timeout_s)}").said(language)
    if gate.channels:
        yield Words("told by ", "通知方式：").said(language) + ", ".join(gate.channels)
    yield from (f"{choice.name}: {choice.text}" for choice in gate.choices)


def _need(need: str | int) -> Words:
    if need == "any":
        return Words("any one of", "任一人")
    return Words("every role of", "每个角色") if need == "all" else Words(f"{need} persons of", f"{need} 人")


def _approver(approver: Approver) -> str:
    people = ", ".join(person for person in approver.people if person != approver.role)
    return f"{approver.role} ({people})" if people else approver.role


def _criteria(plan: Plan, language: str) -> Iterator[str]:
    yield from in_columns([_item_row(item, "?", language) for item in plan.criteria], indent=0, widest=56)


def _rollback(plan: Plan, language: str) -> Iterator[str]:
    rows = [(_range(rule), ACTIONS[rule.action].said(language), rule.text) for rule in plan.rollback]
    uncovered = [step for step in plan.steps if not _covered(step, plan)]
    for action, steps in groupby(uncovered, key=lambda step: step.rollback):
        numbers = [step.number for step in steps]
        rows.append((_span(numbers), ACTIONS[action].said(language), _default(language)))
    yield from in_columns(rows)


def _span(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"


def _covered(step: PlanStep, plan: Plan) -> bool:
    return any(rule.first <= step.number <= rule.last for rule in plan.rollback)


def _default(language: str) -> str:
    return Words("(no range names it)", "（没有范围提到它）").said(language)


def _range(rule: RollbackRule) -> str:
    last = "…" if rule.last >= OPEN_END else str(rule.last)
    return last if str(rule.first) == last else f"{max(1, rule.first)}–{last}"


def _repairs(plan: Plan, language: str) -> Iterator[str]:
    yield from (f"  ~ {r.what}{colon(language)}{r.why}{_place(r, plan)}" for r in plan.repairs)


def _place(repair: Repair, plan: Plan) -> str:
    """The line; with its document where there are several."""
    document = repair.document if len(plan.documents) > 1 else ""
    return f" ({document}:{repair.line})" if repair.line else ""


def _blockers(plan: Plan, language: str) -> Iterator[str]:
    for blocker in plan.blockers:
        place = f"{blocker.document}:{blocker.line}: " if blocker.line else ""
        yield f"  ✗ {place}{blocker.text} [{blocker.rule}]"
        if blocker.hint:
            yield f"      {Words('hint', '提示').said(language)}{colon(language)}{blocker.hint}"
