"""A canary as it is judged: weights, both sides' errors, the test's evidence, what is left of the soak, gates."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from journals import BEGAN, entries_of
from plans import canary_plan
from rollbook.drivers.progress import ProgressFile, read_progress
from rollbook.model import events as ev
from rollbook.views.canary import bar, plain_lines
from rollbook.views.fold import Onlooker, fold
from rollbook.views.live import fitted, told, watch
from rollbook.views.run import as_json
from rollbook.views.run_view import RunView
from rollbook.views.watches import nearness
from walking import Walk

TASK = "w1.soak/w1.watch.1/w1.watch.1"
FIGURES = {
    "n": 900.0, "events": 30.0, "limit": 0.01, "seconds": 14.0, "evidence": 20.0, "threshold": 400.0, "needed": 3000.0,
    "seen_n": 800.0, "seen_events": 12.0, "seen_stable_n": 15200.0, "seen_stable_events": 15.0, "at": BEGAN + 60,
}  # fmt: skip


def looked(walk: Walk, progress: Mapping[str, Mapping[str, Mapping[str, float]]], later: float = 0.0) -> RunView:
    entries = entries_of(walk)
    now = entries[-1].at + later
    return fold(walk.program.plan, walk.state, entries, Onlooker(now=now, progress=progress))


def watched() -> Walk:
    """A canary in the soak of its first stage."""
    return Walk(canary_plan()).until(TASK)


def held() -> Walk:
    """A canary whose first stage waits for a person, for lack of data."""
    undecided = ev.Judged(TASK, "no_data", "12 of 800", {"n": 800.0, "events": 12.0, "seen_n": 800.0})
    return Walk(canary_plan(), lambda c: undecided if getattr(c, "task", "") == TASK else None).on()


def test_a_stage_under_way_shows_the_newest_block_of_its_test() -> None:
    wave = looked(watched(), {TASK: {"error rate": FIGURES}}).waves[0]
    (test,) = wave.watch
    assert test.state == "running"
    assert (test.canary.requests, test.canary.failed, test.canary.rate) == (800, 12, 0.015)
    assert (test.stable.requests, test.stable.failed) == (15200, 15)
    assert (test.evidence, test.threshold, test.needed) == (20.0, 400.0, 3000)
    assert test.progress == pytest.approx(0.5)
    assert wave.share == 0.05


def test_what_is_left_of_a_soak_runs_down_with_the_clock() -> None:
    walk = watched()
    assert looked(walk, {}).waves[0].soak_s == 60.0
    fresh, later = (looked(walk, {}, seconds).waves[0].left_s for seconds in (0.0, 20.0))
    assert fresh is not None
    assert later == pytest.approx(fresh - 20.0)
    assert looked(walk, {}, 500.0).waves[0].left_s == 0.0


def test_without_anybody_telling_a_test_is_shown_as_under_way_without_figures() -> None:
    (test,) = looked(watched(), {}).waves[0].watch
    assert (test.state, test.evidence, test.canary.rate) == ("running", None, None)


def test_m37_a_held_stage_is_shown_as_judged_on() -> None:
    view = looked(held(), {ev.STANDING + TASK: {"error rate": FIGURES}})
    (test,) = view.waves[0].watch
    assert view.state == "waiting"
    assert (test.state, test.evidence) == ("standing", 20.0)
    assert [gate.state for gate in view.gates if gate.kind == "hold"] == ["open"]


def test_a_held_stage_without_newer_figures_keeps_its_verdict() -> None:
    (test,) = looked(held(), {}).waves[0].watch
    assert (test.state, test.detail) == ("no_data", "12 of 800")


def test_m37_a_trip_while_the_stage_is_held_is_the_stage_s_verdict() -> None:
    walk = held()
    walk.say(ev.Judged(ev.STANDING + TASK, "fail", "90 of 900", {"n": 900.0, "events": 90.0, "seen_n": 900.0}))
    (test,) = looked(walk, {ev.STANDING + TASK: {"error rate": FIGURES}}).waves[0].watch
    assert (test.state, test.detail) == ("tripped", "90 of 900")


def test_a_finished_run_takes_no_figure_from_the_side_stream() -> None:
    view = looked(Walk(canary_plan()).on(), {TASK: {"error rate": FIGURES}})
    assert {test.state for wave in view.waves for test in wave.watch} == {"passed"}
    assert all(wave.left_s is None for wave in view.waves)


def test_f04_the_weight_follows_the_stages_and_is_nothing_once_the_run_goes_back() -> None:
    assert looked(Walk(canary_plan()).until("s3/run/3.1"), {}).weight == 0.0
    assert looked(watched(), {}).weight == 0.05
    assert looked(Walk(canary_plan()).on(), {}).weight == 1.0
    bad = ev.Judged(TASK, "fail", "bad", {"n": 1.0})
    assert looked(Walk(canary_plan(), lambda c: bad if getattr(c, "task", "") == TASK else None).on(), {}).weight == 0.0


@pytest.mark.parametrize(("evidence", "near"), [(0.4, 0.0), (1.0, 0.0), (20.0, 0.5), (400.0, 1.0), (1e9, 1.0)])
def test_m34_evidence_nears_its_threshold_by_magnitude(evidence: float, near: float) -> None:
    assert nearness(evidence, 400.0) == pytest.approx(near, abs=0.001)


def test_json_has_the_figures_of_every_stage() -> None:
    shown = as_json(looked(watched(), {TASK: {"error rate": FIGURES}}))
    assert shown["weight"] == 0.05
    first = shown["waves"][0]
    assert first["watch"][0]["canary"] == {"requests": 800, "failed": 12, "rate": 0.015}
    assert first["watch"][0]["evidence"] == 20.0
    assert first["left_s"] is not None


def drawn(view: RunView, language: str, columns: int, lines: int) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=columns, height=lines, force_terminal=False)
    console.print(fitted(view, language, lines))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [80, 120])
def test_the_picture_fits_the_terminal_and_says_everything(language: str, columns: int) -> None:
    view = looked(held(), {ev.STANDING + TASK: {"error rate": FIGURES}})
    for lines in (24, 60):
        rows = drawn(view, language, columns, lines)
        assert all(cell_len(row) <= columns for row in rows)
        text = "\n".join(rows)
        for wanted in ("5%", "12", "800", "20 ·", "400", "rollbook approve"):
            assert wanted in text
        assert ("judged on" if language == "en" else "继续判定") in text
    assert len(drawn(view, language, columns, 24)) < len(drawn(view, language, columns, 60))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "stage 1 · 5% · error rate"), ("zh", "阶段 1 · 5% · error rate")]
)
def test_without_a_terminal_tests_are_told_in_lines_but_not_at_every_look(language: str, said: str) -> None:
    def at(seconds: float) -> RunView:
        return looked(watched(), {TASK: {"error rate": {**FIGURES, "at": BEGAN + seconds}}})

    out = io.StringIO()
    watch([at(60), at(62), at(64), at(72)], out, language)
    lines = [line for line in out.getvalue().splitlines() if said in line]
    assert len(lines) == 2
    assert "20/400" in lines[0]
    assert "800/3000" in lines[0]


def test_a_new_state_is_told_at_once() -> None:
    tests: dict[str, float] = {}
    running = looked(watched(), {TASK: {"error rate": FIGURES}})
    standing = looked(held(), {ev.STANDING + TASK: {"error rate": {**FIGURES, "at": BEGAN + 61}}})
    assert len([*plain_lines(running, tests, "en"), *plain_lines(standing, tests, "en")]) == 2


def test_a_run_without_a_canary_tells_no_tests() -> None:
    from plans import release_plan

    walk = Walk(release_plan(2)).on()
    view = looked(walk, {})
    out = io.StringIO()
    told([view], out, "en")
    assert view.weight is None
    assert "stage" not in out.getvalue()


@pytest.mark.parametrize(("share", "filled"), [(0.0, 0), (0.001, 1), (0.5, 12), (1.0, 24), (7.0, 24)])
def test_a_bar_shows_the_least_and_never_overflows(share: float, filled: int) -> None:
    assert bar(share) == "█" * filled + "░" * (24 - filled)


def test_progress_survives_its_file_and_a_broken_one_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "k2" / "watch.json"
    assert read_progress(path) == {}
    ProgressFile(path).tell(TASK, "error rate", FIGURES)
    assert read_progress(path) == {TASK: {"error rate": FIGURES}}
    path.write_text("{half", encoding="utf-8")
    assert read_progress(path) == {}
    assert looked(watched(), read_progress(path)).waves[0].watch[0].evidence is None


def test_a_disk_that_refuses_does_not_stop_a_test(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    ProgressFile(tmp_path / "runs" / "k2" / "watch.json").tell(TASK, "error rate", FIGURES)
    assert replace(looked(watched(), {}), facts={}).weight == 0.05
