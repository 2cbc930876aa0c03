"""The last lines of a bad release's instances: what repeats is said once."""

from __future__ import annotations

from rollbook.drivers.tails import KEPT_LINES, counted, tails
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Server, Words


class Talking:
    """A host whose instances said these lines."""

    def __init__(self, **lines: tuple[str, ...]) -> None:
        self.lines = lines

    async def tail(self, server: Server, generation: str, lines: int) -> tuple[str, ...]:
        if server.name not in self.lines:
            raise Unreachable(Words("gone", "失联"))
        return self.lines[server.name][-lines:]


def said(error: StepFailed | Unreachable) -> str:
    return error.words.en


def test_a_line_that_repeats_is_said_once_where_it_came_last() -> None:
    assert counted(["up", "bad", "bad", "down", "bad"]) == ("up", "down", "bad (×3)")


async def test_every_server_has_its_share_of_the_lines() -> None:
    many = tuple(f"line {n}" for n in range(100))
    host = Talking(a=many, b=("x", "x"))
    found = await tails(host, [Server("a"), Server("b"), Server("c")], "r1", said)  # type: ignore[arg-type]
    assert len(found) <= KEPT_LINES
    assert found[-2:] == ("b: x (×2)", "c: gone")
    assert found[0] == "a: line 94"
