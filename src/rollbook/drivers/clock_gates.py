"""A release window's gate and the clock on the wall: what is looked up, and until when a closed one is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rollbook.model import events as ev
from rollbook.model.gates import Gate
from rollbook.model.windows import opening, zone_of


def looked_at_clock(gate: Gate, now: float) -> ev.WindowLooked:
    """How the gate's windows stand at `now`, in seconds since the Unix epoch. A time zone that this machine does not
    know keeps them closed: people can still override them."""
    try:
        found = opening(gate.windows, now)
        if found.opens is None:
            return ev.WindowLooked(gate.id, found.open)
        return ev.WindowLooked(gate.id, found.open, found.opens, shown(found.opens, gate))
    except LookupError as unknown:
        return ev.WindowLooked(gate.id, open=False, said=f"{unknown.args[0]}?")


def shown(moment: float, gate: Gate) -> str:
    """A moment as the wall clock of the first window shows it: `2026-01-10 22:00 +0800`."""
    zone = zone_of(gate.windows[0].zone) if gate.windows else None
    return datetime.fromtimestamp(moment, zone).astimezone(zone).strftime("%Y-%m-%d %H:%M %z")


def opens_at(entries: Sequence[ev.Entry], gate: str) -> float | None:
    """When the gate's window opens, as the newest look said."""
    looks = (e.event for e in reversed(entries) if isinstance(e.event, ev.WindowLooked) and e.event.gate == gate)
    newest = next(looks, None)
    return newest.opens if newest else None
