"""The project under test: a directory in which tools run, each as a process group of its own, ended as a whole."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from shutil import which
from tempfile import mkstemp

import msgspec

from rollbook.adapters.kept_output import kept_in
from rollbook.adapters.locking import try_lock
from rollbook.adapters.process_groups import end_group
from rollbook.adapters.secrets.revealing import revealed
from rollbook.commands import bash
from rollbook.ports import Completed
from rollbook.ports.secrets import KnownSecrets
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Json, Words

KEPT_LINES = 200
LONGEST_LINE = 4000
CHUNK = 65536
POLL_S = 0.01


class ProjectDirectory:
    """`scratch_root` is the run's own folder for tool output. `redact` is applied to every line of output (M5).
    `shell_environment` is what shell text finds beside this process' own variables; where variables of a command say
    `secret:NAME`, it finds what `secrets` has. Whatever KUBECONFIG says elsewhere, shell text finds `kubeconfig`."""

    def __init__(
        self,
        root: Path,
        scratch_root: Path,
        redact: Callable[[str], str] = str,
        environment: Mapping[str, str] | None = None,
        shell_environment: Mapping[str, str] | None = None,
        secrets: KnownSecrets | None = None,
        kubeconfig: Mapping[str, Json] | None = None,
    ) -> None:
        self._kubeconfig = kubeconfig
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
        with (
            kept_in(self.scratch(keep) if keep else None, told) as heard,
            self._mark(keep) if keep else nullcontext() as mark,
            self._own_kubeconfig() as own,
        ):
            variables = {**self._shell_environment, **(environment or {}), **own}
            return await self._followed(bash.script(script), limit_s, variables, Tail(self._redact, heard), mark)

    async def outlast(self, keep: str, limit_s: float) -> None:
        with self._mark(keep, take=False) as mark:
            waited = 0.0
            while not try_lock(mark):
                if waited >= limit_s:
                    raise Unreachable(LEFT_RUNNING.format(keep=self.scratch(keep), limit=limit_s))
                await asyncio.sleep(POLL_S)
                waited += POLL_S

    @contextmanager
    def _mark(self, keep: str, take: bool = True) -> Iterator[int]:
        """A file beside the output whose lock lives as long as any process of the command, also after this one (F9)."""
        mark = os.open(self.scratch(f"{keep}.running"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if take:
                try_lock(mark)
            yield mark
        finally:
            os.close(mark)

    @contextmanager
    def _own_kubeconfig(self) -> Iterator[dict[str, str]]:
        """A file that its owner alone may read, there for as long as the command runs (M29)."""
        if self._kubeconfig is None:
            yield {}
            return
        file, path = mkstemp(".json", "kubeconfig.", self.scratch("kubeconfig").parent)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(msgspec.json.encode(self._kubeconfig))
            yield {"KUBECONFIG": path}
        finally:
            os.unlink(path)

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
        self,
        argv: Sequence[str],
        limit_s: float,
        environment: Mapping[str, str] | None,
        tail: Tail,
        mark: int | None = None,
    ) -> Completed:
        given = await revealed(environment or {}, self._secrets, argv, self.root)
        held, leash = os.pipe()
        try:
            process, output = await self._started(argv, {**self._environment, **given}, mark, held)
            reading = asyncio.ensure_future(tail.follow(output))
            try:
                await asyncio.wait_for(process.wait(), limit_s)
            except TimeoutError:
                raise StepFailed(_too_long(argv, limit_s), tail.lines()) from None
            finally:
                await end_group(process)
                await reading
        finally:
            os.close(leash)
        return Completed(process.returncode or 0, tail.lines())

    async def _started(
        self, argv: Sequence[str], environment: Mapping[str, str], mark: int | None, held: int
    ) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
        """The process and its output. The pipe is our own: asyncio's would make the end of the process wait for
        whatever the process left behind with the pipe open. `held` is the end of the leash by which the process knows
        that we live; it is closed here."""
        reading, writing = os.pipe()
        output = await _reader(reading)
        try:
            self._refuse_missing(argv[0], environment)
            process = await asyncio.create_subprocess_exec(
                *bash.leashed(tuple(argv)),
                cwd=self.root,
                env=environment,
                stdin=held,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
                pass_fds=() if mark is None else (mark,),
            )
        finally:
            os.close(writing)
            os.close(held)
        return process, output

    def _refuse_missing(self, program: str, environment: Mapping[str, str]) -> None:
        """Raise StepFailed where there is no such directory, or no such program in it or on the path."""
        if not self.root.is_dir():
            raise StepFailed(Words(f"no project directory {self.root}", f"没有项目目录 {self.root}"))
        wanted = str(self.root / program) if os.sep in program else program
        if which(wanted, path=environment.get("PATH", os.defpath)) is None:
            raise StepFailed(Words(f"cannot run {program}: no such program", f"无法运行 {program}：没有这个程序"))


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


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0))
    return reader


def _too_long(argv: Sequence[str], limit_s: float) -> Words:
    return Words(f"{argv[0]} did not end within {limit_s:g}s", f"{argv[0]} 未能在 {limit_s:g} 秒内结束")


LEFT_RUNNING = Words(
    "what an engine that died left running does not end within {limit:g} s: {keep}",
    "已中断的引擎留下的命令未能在 {limit:g} 秒内结束：{keep}",
)
