"""Amounts in cents, so that sums are exact."""

from __future__ import annotations

import msgspec


class Money(msgspec.Struct, frozen=True, order=True):
    cents: int

    @staticmethod
    def of(text: str) -> Money:
        """Read `12.50` or `12`. Raises ValueError for anything else."""
        whole, point, rest = text.strip().partition(".")
        if point and len(rest) != 2:
            raise ValueError(f"not an amount: {text!r}")
        sign = -1 if whole.startswith("-") else 1
        return Money(int(whole) * 100 + sign * int(rest or 0))

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)

    def times(self, count: int) -> Money:
        return Money(self.cents * count)

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02d}"
