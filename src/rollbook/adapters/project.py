"""The project under test: a directory in which tools run, each as a process group of its own, ended as a whole."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from rollbook.adapters.secrets.revealing import revealed
from rollbook.commands import bash
from rollbook.ports import Completed
from rollbook.ports.secrets import KnownSecrets
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Words

KEPT_LINES = 200
LONGEST_LINE = 4000
CHUNK = 65536
GRACE_S = 2.0
"""Between asking a group of processes to end and ending it."""
DEAD_WITHIN_S = 5.0
POLL_S = 0.01


class ProjectDirectory:
    """`scratch_root` is the run's own folder for tool output. `redact` is applied to every line of output (M5).
    `shell_environment` is what shell text finds beside this process' own variables; where variables of a command say
    `secret:NAME`, it finds what `secrets` has."""

    def __init__(
        self,
        root: Path,
        scratch_root: Path,
        redact: Callable[[str], str] = str,
        environment: Mapping[str, str] | None = None,
        shell_environment: Mapping[str, str] | None = None,
        secrets: KnownSecrets | None = None,
    ) -> None:
        self.root = root
        self._secrets = secrets
        self._scratch = scratch_root
        self._redact = redact
        self._environment = dict(os.environ if environment is None else environment)
        self._shell_environment = dict(shell_environment or {})

    async def run(self, argv: Sequence[str], limit_s: float, environment: Mapping[str, str] | None = None) -> Completed:
        """Run to the end and return its exit code and last lines. At the limit: StepFailed; when cancelled: cancelled;
        in both cases no process of the group is left, or Unreachable says that this could not be verified."""
        return await self._followed(argv, limit_s, environment, Tail(self._redact))

    async def shell(
        self,
        script: str,
        limit_s: float,
        environment: Mapping[str, str] | None = None,
        keep: str = "",
        told: Callable[[str], None] | None = None,
    ) -> Completed:
        """`run` for shell text. Whatever it says goes to `told`, and to the end of the file `scratch(keep)`, line by
        line as it comes; redacted before both."""
        with self.scratch(keep).open("a", encoding="utf-8") if keep else nullcontext() as file:

            def heard(line: str) -> None:
                if file is not None:
                    file.write(line + "\n")
                    file.flush()
                if told is not None:
                    told(line)

            variables = {**self._shell_environment, **(environment or {})}
            return await self._followed(bash.script(script), limit_s, variables, Tail(self._redact, heard))

    def has(self, relative: str) -> bool:
        return (self.root / relative).exists()

    def read(self, relative: str) -> str | None:
        path = (self.root / relative).resolve()
        inside = path.is_relative_to(self.root.resolve())
        return path.read_text("utf-8", errors="replace") if inside and path.is_file() else None

    def scratch(self, name: str) -> Path:
        path = self._scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def output(self, name: str) -> str | None:
        path = self._scratch / name
        return path.read_text("utf-8", errors="replace") if path.is_file() else None

    async def _followed(
        self, argv: Sequence[str], limit_s: float, environment: Mapping[str, str] | None, tail: Tail
    ) -> Completed:
        given = await revealed(environment or {}, self._secrets, argv, self.root)
        process, output = await self._started(argv, {**self._environment, **given})
        reading = asyncio.ensure_future(tail.follow(output))
        try:
            await asyncio.wait_for(process.wait(), limit_s)
        except TimeoutError:
            raise StepFailed(_too_long(argv, limit_s), tail.lines()) from None
        finally:
            await end_group(process)
            await reading
        return Completed(process.returncode or 0, tail.lines())

    async def _started(
        self, argv: Sequence[str], environment: Mapping[str, str]
    ) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
        """The process and its output. The pipe is our own: asyncio's would make the end of the process wait for
        whatever the process left behind with the pipe open."""
        if not self.root.is_dir():
            raise StepFailed(Words(f"no project directory {self.root}", f"没有项目目录 {self.root}"))
        reading, writing = os.pipe()
        output = await _reader(reading)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=self.root,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError) as error:
            raise StepFailed(Words(f"cannot run {argv[0]}: {error.strerror}", f"无法运行 {argv[0]}")) from error
        finally:
            os.close(writing)
        return process, output


class Tail:
    """The last lines of a stream, redacted line by line so that no secret is cut in two by a chunk's border. Every line
    is told to `heard`, also those that are not kept."""

    def __init__(self, redact: Callable[[str], str], heard: Callable[[str], None] = lambda _: None) -> None:
        self._redact = redact
        self._heard = heard
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._open = b""

    async def follow(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(CHUNK):
            *whole, self._open = (self._open + chunk).split(b"\n")
            for line in whole:
                self._keep(line)
            self._open = self._open[:CHUNK]
        if self._open:
            self._keep(self._open)
            self._open = b""

    def _keep(self, line: bytes) -> None:
        said = self._said(line)
        self._lines.append(said)
        self._heard(said)

    def lines(self) -> tuple[str, ...]:
        last = (self._said(self._open),) if self._open else ()
        return (*self._lines, *last)[-KEPT_LINES:]

    def _said(self, line: bytes) -> str:
        said = self._redact(line.decode("utf-8", errors="replace").rstrip("\r"))
        # The end of a line that was cut may be the beginning of a secret.
        return said[:LONGEST_LINE] if len(line) < CHUNK else said[: max(0, len(said) - CHUNK // 2)][:LONGEST_LINE]


async def end_group(process: asyncio.subprocess.Process) -> None:
    """End whatever is left of the process' group, and see that it is gone (F7)."""
    if process.returncode is None and _signal(process.pid, signal.SIGTERM):
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_S)
    _signal(process.pid, signal.SIGKILL)
    await process.wait()
    if not await _gone(process.pid):
        raise Unreachable(
            Words(f"processes of group {process.pid} could not be ended", f"无法结束进程组 {process.pid} 中的进程")
        )


async def _gone(group: int) -> bool:
    """Whether no process of the group is alive, looked at until it is so or the bound is reached."""
    waited = 0.0
    while _signal(group, 0) and _lives(group):
        if waited >= DEAD_WITHIN_S:
            return False
        await asyncio.sleep(POLL_S)
        waited += POLL_S
    return True


def _lives(group: int) -> bool:
    """Whether a member still runs: one that is dead and waits for its parent to notice does not (Linux tells them
    apart; elsewhere every member counts)."""
    processes = Path("/proc")
    if not (processes / "self" / "stat").exists():
        return True
    return any(_alive_in(group, entry) for entry in processes.iterdir() if entry.name.isdigit())


def _alive_in(group: int, entry: Path) -> bool:
    try:
        state, _, member_of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(member_of) == group and state not in ("Z", "X")


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0))
    return reader


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group; False when there is no such group."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _too_long(argv: Sequence[str], limit_s: float) -> Words:
    return Words(f"{argv[0]} did not end within {limit_s:g}s", f"{argv[0]} 未能在 {limit_s:g} 秒内结束")
