"""A simulated project under test: tools answer and write at once what they are told to, good news by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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

    def has(self, relative: str) -> bool:
        return relative in self.files

    def scratch(self, name: str) -> Path:
        return self.root / ".scratch" / name

    def output(self, name: str) -> str | None:
        return self.outputs.get(name)
