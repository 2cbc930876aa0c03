"""A run's metrics as OpenTelemetry gauges, by the names that its document gives them (M45).

The provider is the process's own: `opentelemetry-instrument rollbook …`, or an OpenTelemetry distribution, sends them
wherever the machine's observability is; without one nothing is sent and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rollbook.values import Json

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

METER = "rollbook"


def record(
    metrics: Mapping[str, Json], attributes: Mapping[str, str], provider: MeterProvider | None = None
) -> tuple[str, ...]:
    """Set one gauge for each metric that has a number; returns their names. `attributes` go with each of them."""
    from opentelemetry.metrics import get_meter_provider

    meter = (provider or get_meter_provider()).get_meter(METER)
    numbers = {name: value for name, value in metrics.items() if isinstance(value, int | float)}
    for name, value in numbers.items():
        meter.create_gauge(name).set(value, dict(attributes))
    return tuple(numbers)
