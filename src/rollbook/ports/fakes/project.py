"""A simulated project under test: tools answer and write at once what they are told to, good news by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.commands import bash
from rollbook.ports import Completed
from rollbook.ports.fakes.faults import Touch
from rollbook.ports.fakes.tooling import Tool, ToolRun, good_tools

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite


class FakeProject:
    """`tools`: program or module name → its behaviour. `outputs` holds what was written, by scratch name."""

    def __init__(self, site: FakeSite, root: Path = Path("/rehearsed/project")) -> None:
        self._site = site
        self.root = root
        self.tools: dict[str, Tool] = dict(good_tools())
        self.files: set[str] = {"pyproject.toml", "tests"}
        self.outputs: dict[str, str] = {}
        self.ran: list[tuple[str, ...]] = []
        self.texts: dict[str, str] = {}
        """Files whose text is asked for, by path."""

    async def run(
        self,
        argv: Sequence[str],
        limit_s: float,  # noqa: ARG002
        environment: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Completed:
        touch = Touch("project", "run", touches=False)
        half = self._site.before(touch)
        self.ran.append(tuple(argv))
        tool = next((self.tools[word] for word in argv if word in self.tools), None)
        done = tool(argv) if tool else ToolRun(Completed(0), {})
        if not half:
            self.outputs.update(done.files)
        self._site.after(touch, half)
        return done.completed

    async def shell(
        self,
        script: str,
        limit_s: float,
        environment: Mapping[str, str] | None = None,
        keep: str = "",
        told: Callable[[str], None] | None = None,
    ) -> Completed:
        done = await self.run(bash.script(script), limit_s, environment)
        for line in done.lines:
            if told is not None:
                told(line)
        if keep:
            self.outputs[keep] = self.outputs.get(keep, "") + "".join(f"{line}\n" for line in done.lines)
        return done

    async def outlast(self, keep: str, limit_s: float) -> None:  # noqa: ARG002
        """Nothing that is simulated outlives its engine."""
        touch = Touch("project", "outlast", touches=False)
        self._site.before(touch)
        self._site.after(touch)

    def has(self, relative: str) -> bool:
        return relative in self.files or relative in self.texts

    def read(self, relative: str) -> str | None:
        return self.texts.get(relative, "SELECT 1;" if relative.endswith(".sql") else None)

    def scratch(self, name: str) -> Path:
        return self.root / ".scratch" / name

    def output(self, name: str) -> str | None:
        return self.outputs.get(name)
