"""`show` by the contract of DESIGN §11, the live lines, and metrics as OpenTelemetry gauges."""

from __future__ import annotations

import io
import json

import jsonschema
import pytest

from journals import BEGAN, view_of
from plans import release_plan
from rollbook.adapters.metrics import record
from rollbook.model import events as ev
from rollbook.views.live import line_of, live, picture, watch
from rollbook.views.run import render
from rollbook.views.run_view import Client, Sample
from rollbook.views.wording import length, metric, percent, sparkline
from walking import Walk, failing

SHOW = {
    "type": "object",
    "required": [
        "id", "state", "environment", "version", "steps", "waves", "servers", "gates", "metrics", "client", "cause",
    ],
    "properties": {
        "state": {
            "enum": [
                "running", "waiting", "paused", "rolling_back", "succeeded", "failed", "rolled_back", "aborted",
                "frozen",
            ]
        },
        "steps": {
            "type": "array",
            "items": {"type": "object", "required": ["number", "title", "state", "started", "seconds"]},
        },
        "servers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "before", "after", "state"],
                "properties": {"before": {"type": "string"}, "after": {"type": "string"}},
            },
        },
        "client": {
            "type": "object",
            "required": ["sent", "failed"],
            "properties": {"sent": {"type": "integer"}, "failed": {"type": "integer"}},
        },
        "metrics": {"type": "object"},
    },
}  # fmt: skip


def walks() -> dict[str, Walk]:
    return {
        "new": Walk(release_plan(2)).until("s1/run/1.1"),
        "waiting": Walk(release_plan(2, approval=True)).on(),
        "paused": Walk(release_plan(2)).until("s3/run/3.1").ask("pause"),
        "succeeded": Walk(release_plan(3)).on(),
        "one server": Walk(release_plan(1)).on(),
        "failed": Walk(release_plan(2), failing("s3/run/3.1")).on(),
        "rolled back": Walk(release_plan(2), failing("w1.s7/app-1/7.3")).on(),
        "frozen": Walk(release_plan(2), failing("w1.s7/app-1/7.3", "restore/app-1/restore.4")).on(),
    }


@pytest.mark.parametrize("name", list(walks()))
def test_show_json_has_the_contracts_shape_in_every_state(name: str) -> None:
    jsonschema.validate(json.loads(render(view_of(walks()[name]), "json", "en")), SHOW)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", list(walks()))
def test_show_text_and_the_live_picture_are_drawn_in_every_state(name: str, language: str) -> None:
    from rich.console import Console

    view = view_of(walks()[name], Client(10, 1, (Sample(BEGAN + 3, 10, 1, 0.02),)))
    assert view.id in render(view, "text", language)
    screen = io.StringIO()
    Console(file=screen, width=100, force_terminal=False).print(picture(view, language))
    assert all(server.name in screen.getvalue() for server in view.servers)


def test_an_open_gate_says_what_to_type() -> None:
    view = view_of(Walk(release_plan(2, approval=True)).on())
    assert f"rollbook approve {view.id} s5 --as li" in render(view, "text", "en")


def test_a_frozen_run_says_which_verbs_go_on_from_here() -> None:
    view = view_of(walks()["frozen"])
    text = render(view, "text", "en")
    assert f"rollbook retry {view.id} --as operator" in text
    assert "rollbook approve" not in text


def test_a_gate_that_asks_whether_it_happened_takes_yes_and_no() -> None:
    walk = Walk(release_plan(2)).until("s3/run/3.1")
    walk.say(ev.Unknown("s3/run/3.1", "connection lost"))
    walk.say(ev.GateOpened("doubt:s3/run/3.1", "did it happen?"))
    view = view_of(walk)
    text = render(view, "text", "en")
    assert f"rollbook done {view.id} 3.1 --as operator" in text
    assert f"rollbook reject {view.id} 3.1 --as operator" in text


def test_many_servers_fit_on_the_screen() -> None:
    from rich.console import Console

    screen = io.StringIO()
    view = view_of(Walk(release_plan(40)).until("w30.s7/app-30/7.3"))
    Console(file=screen, width=100).print(picture(view, "en"))
    assert "app-30" in screen.getvalue()
    assert "and 28 more" in screen.getvalue()
    assert len(screen.getvalue().splitlines()) < 45


def test_following_without_a_terminal_tells_each_event_once() -> None:
    whole = Walk(release_plan(2)).on()
    part = Walk(release_plan(2)).until("s3/run/3.1")
    out = io.StringIO()
    watch([view_of(part), view_of(part), view_of(whole)], out, "en")
    lines = out.getvalue().splitlines()
    assert lines == [line_of(moment, "en") for moment in view_of(whole).timeline]


def test_m45_metrics_are_opentelemetry_gauges_by_the_templates_names() -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    told = record(
        {"deployment.duration": 26.2, "deployment.rollback_count": 0, "service.error_rate": None},
        {"environment": "production"},
        MeterProvider([reader]),
    )
    assert told == ("deployment.duration", "deployment.rollback_count")
    data = reader.get_metrics_data()
    assert data is not None
    points = {
        m.name: (p.value, dict(p.attributes or {}))
        for r in data.resource_metrics
        for s in r.scope_metrics
        for m in s.metrics
        for p in m.data.data_points
    }
    assert points == {
        "deployment.duration": (26.2, {"environment": "production"}),
        "deployment.rollback_count": (0, {"environment": "production"}),
    }


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0s"), (0.44, "0.4s"), (12.4, "12s"), (60, "1m"), (185, "3m05s"), (3720, "1h02m"), (86400, "24h")],
)
def test_lengths_are_short(seconds: float, said: str) -> None:
    assert length(seconds) == said


def test_metrics_are_shown_with_their_units() -> None:
    assert metric("deployment.duration", 26.15) == "26s"
    assert metric("health_check.response_time", 11.1) == "11.1 ms"
    assert metric("service.error_rate", 0.0657) == "6.57%"
    assert metric("deployment.rollback_count", 1) == "1"
    assert metric("service.error_rate", None) == "-"
    assert percent(1 / 3) == "33.3%"


def test_a_sparkline_is_as_long_as_its_values() -> None:
    assert sparkline([0, 1, 2, 4]) == "▁▃▅█"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


def test_what_the_machine_journals_is_said_in_both_languages() -> None:
    """Every reason that the machine's source writes is in the table: a new one must be added here."""
    import re
    from pathlib import Path

    import rollbook.machine
    from rollbook.views.reasons import reason_words

    sources = "\n".join(p.read_text() for p in Path(rollbook.machine.__file__).parent.glob("*.py"))
    written = re.findall(
        r'(?:Froze\(f?|ask\([^"\n]*(?:f"[^"]*"), |ask\(state, CHANGED, |Decided\([^"]*"skip", )"([^"]+)"', sources
    )
    assert len(written) >= 5
    for reason in written:
        said = reason_words(re.sub(r"\{.*?\}", "app-1", reason))
        assert said.zh != said.en, reason


class Screen(io.StringIO):
    """A terminal to write to."""

    def isatty(self) -> bool:
        return True


def test_following_on_a_terminal_draws_the_picture_and_leaves_the_last_one() -> None:
    screen = Screen()
    watch([view_of(walks()["waiting"]), view_of(walks()["succeeded"])], screen, "zh")
    drawn = screen.getvalue()
    assert "等待人工" in drawn
    assert drawn.rindex("app-3") > drawn.rindex("等待人工")


def test_the_live_picture_shows_a_notice_below() -> None:
    screen = Screen()
    with live(lambda: view_of(walks()["succeeded"]), screen, "en", lambda: "being parked"):
        pass
    assert "being parked" in screen.getvalue()
    assert "succeeded" in screen.getvalue()
