"""What can go wrong with one call of a port, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Words

SLOW_EFFECT_S = 45.0
HANG_S = 3600.0


class Touch(NamedTuple):
    """One call of a port. `touches` False for looks; `server` "" where none is meant."""

    port: str
    method: str
    server: str = ""
    touches: bool = True


When: TypeAlias = Literal["before", "after"]
Fault: TypeAlias = Literal["", "refused", "lost", "slow", "hang", "half"]
"""refused: the outside answers no (StepFailed) · lost: the connection is reset (Unreachable), before or after the
effect · slow: it happens, 45 s later · hang: no answer for an hour, then lost · half: half of it happens, then lost."""
Faults: TypeAlias = Callable[[Touch, When], Fault]
"""Asked before and after every call; may itself raise, e.g. to kill the engine at that point."""


def suffer(touch: Touch, fault: Fault) -> None:
    """Raise what the caller of a real port would see."""
    where = f"{touch.server or touch.port}: {touch.method}"
    if fault == "refused":
        raise StepFailed(Words(f"{where} was refused", f"{where} 被拒绝"), ("refused by the other side",))
    if fault in ("lost", "hang", "half"):
        raise Unreachable(Words(f"{where}: the connection was lost", f"{where}：连接中断"))
