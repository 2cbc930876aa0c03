"""Rehearsal: every failure of a plan, explored over simulated journal, clock and ports by the loop that runs it."""

from rollbook.drivers.rehearsal.explorer import Rehearsal, Violation, rehearse

__all__ = ["Rehearsal", "Violation", "rehearse"]
