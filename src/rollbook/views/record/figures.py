"""Canary stages and migrations as they really were, beside what the document asked for."""

from __future__ import annotations

from collections.abc import Mapping

from rollbook.model.filling import AppliedMigration, Measured
from rollbook.model.plan import Plan
from rollbook.values import Json, Words
from rollbook.views.gates import answer_words
from rollbook.views.run_view import RunView, WatchView, WaveView
from rollbook.views.wording import capital, length, percent_exact, titled

PROMOTED = Words("promoted", "通过")
BY_PERSON = Words("promoted by a person", "人工放行")
ROLLED_BACK = Words("rolled back", "已回滚")
HELD = Words("held", "挂起")
UNDER_WAY = Words("under way", "进行中")
NOT_REACHED = Words("not reached", "未到达")
EVIDENCE = Words("evidence {evidence} of {threshold}", "证据 {evidence}，阈值 {threshold}")
APPLIED = Words("applied by {run}", "由 {run} 执行")
WAS_THERE = Words("was applied before", "此前已执行")
REVERSED = Words("applied and reversed by {run}", "由 {run} 执行后又回滚")
NOT_APPLIED = Words("not applied", "未执行")


def stages_of(plan: Plan, view: RunView, language: str) -> dict[int, Measured]:
    """Line of a canary stage → its figures; nothing for a run without canary stages."""
    lines = {wave.number: wave.line for wave in plan.waves if wave.canary}
    return {lines[wave.number]: measured(view, wave, language) for wave in view.waves if lines.get(wave.number)}


def measured(view: RunView, wave: WaveView, language: str) -> Measured:
    if wave.started is None:
        return Measured(verdict=NOT_REACHED.said(language))
    watch = max(wave.watch, key=lambda w: w.canary.requests, default=None)
    sent = watch.canary if watch else None
    return Measured(
        _traffic(wave),
        str(sent.requests) if sent and sent.requests else "-",
        str(sent.failed) if sent and sent.requests else "-",
        verdict(view, wave).said(language),
        length(wave.seconds) if wave.seconds is not None else "-",
        _evidence(view, wave, language),
    )


def verdict(view: RunView, wave: WaveView) -> Words:
    """What became of a stage: a pass without data is a person's."""
    if wave.state == "done":
        undecided = any(watch.state in ("no_data", "standing") for watch in wave.watch)
        return BY_PERSON if undecided else PROMOTED
    if wave.state == "stopped" or view.turned is not None:
        return ROLLED_BACK
    return HELD if any(gate.state == "open" for gate in view.gates) else UNDER_WAY


def _traffic(wave: WaveView) -> str:
    """The share that was really sent to the release; where no other release serves, all of it."""
    if wave.share is not None:
        return percent_exact(wave.share)
    alone = wave.traffic >= 1 and any(w.canary.requests and not w.stable.requests for w in wave.watch)
    return "100%" if alone else "-"


def _evidence(view: RunView, wave: WaveView, language: str) -> str:
    told = [titled(watch.text, *_of_watch(watch, language)) for watch in wave.watch]
    gates = [gate for gate in view.gates if f"w{wave.number}." in gate.id and gate.answers]
    answers = [answer_words(answer, language, at=True) for gate in gates for answer in gate.answers]
    return "; ".join([*told, *answers]) or "-"


def _of_watch(watch: WatchView, language: str) -> tuple[str, ...]:
    evidence = ""
    if watch.evidence is not None and watch.threshold is not None:
        at = {"evidence": capital(watch.evidence), "threshold": capital(watch.threshold)}
        evidence = EVIDENCE.format(**at).said(language)
    return (watch.detail, evidence, f"#{watch.seq}" if watch.seq else "")


def migrations_of(plan: Plan, view: RunView, language: str) -> dict[int, AppliedMigration]:
    """Line of a migration → what became of it; nothing where the run did not look at the schema."""
    after = _listed(view.facts, "migrations.after")
    if plan.deployment is None or after is None:
        return {}
    ours, gone = _listed(view.facts, "migrations.applied") or (), _listed(view.facts, "migrations.reversed") or ()
    found: dict[int, AppliedMigration] = {}
    for row in plan.deployment.migrations:
        words = (
            REVERSED if row.version in gone else APPLIED if row.version in ours
            else WAS_THERE if row.version in after else NOT_APPLIED
        )  # fmt: skip
        said = words.said(language).format(run=view.id)
        found[row.at.line] = AppliedMigration(said, _checksum(plan, view, row.script, row.version))
    return found


def _listed(facts: Mapping[str, Json], name: str) -> tuple[str, ...] | None:
    value = facts.get(name)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else None


def _checksum(plan: Plan, view: RunView, script: str, version: str) -> str:
    """SHA-256 of the script: as the database keeps it, else as the survey found it."""
    kept = view.facts.get("migrations.checksums")
    if isinstance(kept, dict) and kept.get(version):
        return str(kept[version])
    files = plan.facts.get("files")
    found = files.get(script) if isinstance(files, dict) else None
    return str(found.get("sha256") or "") if isinstance(found, dict) else ""
