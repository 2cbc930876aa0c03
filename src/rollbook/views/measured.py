"""What was measured: the metrics by the template's own names (M45), and the series that the chart draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollbook.model.events import Judged, RollbackBegun, RunEnded, StageEntered
from rollbook.model.plan import Bound
from rollbook.values import Json
from rollbook.views.log import Log, place_of
from rollbook.views.run_view import Client, Sample
from rollbook.views.wording import metric_kinds

FINISHED = ("succeeded", "failed", "rolled_back", "aborted")


def metrics_of(log: Log, ending: str, earlier: Sequence[str]) -> dict[str, Json]:
    """Metric name as the template writes it → value; None for what nothing measures or has measured yet.

    duration in seconds, success_rate and error_rate as fractions of 1, response_time in milliseconds."""
    kinds = metric_kinds()
    return {name: _value(kinds.get(_last_word(name), ""), log, ending, earlier) for name in log.plan.metrics}


def samples_of(log: Log, client: Client | None) -> tuple[Sample, ...]:
    """Response time and error rate over the run: as the client saw them, else as they were judged."""
    if client and client.samples:
        return client.samples
    return tuple(sample for entry, event in log.of(Judged) for sample in _sampled(log, entry.at, event))


def _value(kind: str, log: Log, ending: str, earlier: Sequence[str]) -> Json:
    match kind:
        case "duration":
            return round(_duration(log), 3)
        case "success_rate":
            return _success_rate(ending, earlier)
        case "rollback_count":
            return sum(bool(event.servers) for _, event in log.of(RollbackBegun))
        case "response_time":
            seconds = _newest(log, "response_time", "probe")
            return None if seconds is None else round(seconds * 1000, 1)
        case "error_rate":
            return _newest(log, "error_rate", "traffic")
    return None


def _duration(log: Log) -> float:
    """From the run's creation to its first reporting step (M4), its end, or now."""
    ended = next((entry.at for entry, _ in log.of(RunEnded)), log.now)
    return (told_at(log) or ended) - log.entries[0].at


def told_at(log: Log) -> float | None:
    """When the first reporting step began."""
    reporting = (
        entry.at
        for entry, event in log.of(StageEntered)
        if event.stage in log.stages and log.stages[event.stage].zone == "reporting"
    )
    return next(reporting, None)


def _success_rate(ending: str, earlier: Sequence[str]) -> float | None:
    """Over the environment's finished runs, this one included."""
    states = [word for word in (*earlier, ending) if word in FINISHED]
    return round(states.count("succeeded") / len(states), 4) if states else None


def _newest(log: Log, kind: str, where: str) -> float | None:
    """The newest reading of a measure, preferring where the metric is defined to look (probes or real traffic)."""
    readings = list(_readings(log, kind))
    return next((value for looked, value in reversed(readings) if looked == where), None) or next(
        (value for _, value in reversed(readings)), None
    )


def _readings(log: Log, kind: str) -> Iterator[tuple[str, float]]:
    for _, event in log.of(Judged):
        for bound in _bounds(log, event.task):
            value = _reading(event)
            if value is not None and _kind_of(bound) == kind:
                yield bound.judges, value


def _sampled(log: Log, at: float, event: Judged) -> Iterator[Sample]:
    for bound in _bounds(log, event.task):
        value, kind = _reading(event), _kind_of(bound)
        if value is not None and kind == "response_time":
            yield Sample(at, p95_s=value)
        elif value is not None and kind == "error_rate":
            yield Sample(at, int(event.numbers.get("n", 0)), int(event.numbers.get("events", 0)), error_rate=value)


def _bounds(log: Log, task: str) -> tuple[Bound, ...]:
    item = log.items.get(place_of(task).item)
    return item.bound if item else ()


def _reading(event: Judged) -> float | None:
    """The observed number: a quantity as it is, a proportion as events of n."""
    numbers = event.numbers
    if "value" in numbers:
        return numbers["value"]
    if numbers.get("n"):
        return round(numbers.get("events", 0.0) / numbers["n"], 6)
    return None


def _kind_of(bound: Bound) -> str:
    """Which of the known metrics a measure is: by its function's name, else by its phrase."""
    function = bound.binding.partition("@")[0].rpartition(":")[2]
    kinds = metric_kinds()
    return kinds.get(function) or kinds.get(bound.phrase, "")


def _last_word(name: str) -> str:
    return name.rpartition(".")[2].strip().casefold()
