"""One command, carried out through the ports: what a plan item is bound to is called, and its answer becomes an event.

Production and rehearsal share this; only the ports differ. Nothing here decides what happens next.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Protocol, TypeAlias

from rollbook.analysis.sequential import BLOCK_S
from rollbook.binding.markers import Mark
from rollbook.drivers.arguments import Scene, arguments
from rollbook.drivers.clock_gates import looked_at_clock
from rollbook.drivers.judging import judge, traffic_tests
from rollbook.drivers.looking import applied
from rollbook.drivers.progress import Tell
from rollbook.drivers.tails import KEPT_LINES, tails
from rollbook.machine.commands import (
    Effectful,
    LookAt,
    LookAtClock,
    LookForRequest,
    Perform,
    RecordPrior,
    RecordSchema,
    StandWatch,
    Survey,
)
from rollbook.machine.ledger import Ledger
from rollbook.machine.program import Program, Task
from rollbook.model import events as ev
from rollbook.model.events import STANDING
from rollbook.model.plan import Bound, PlanItem
from rollbook.ports import Balancer, Clock, Cluster, Database, Host, Notifier, Project, Records, Registry, Reports
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Counts, Json, Prior, Sampling, Server, Verdict


class Ports(Protocol):
    """Everything outside, by name; `wiring` makes the real one, `ports.fakes.FakeSite` is one for rehearsals."""

    @property
    def host(self) -> Host: ...
    @property
    def balancer(self) -> Balancer: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def project(self) -> Project: ...
    @property
    def notifier(self) -> Notifier: ...
    @property
    def records(self) -> Records: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def cluster(self) -> Cluster | None: ...
    @property
    def database(self) -> Database | None: ...


class Functions(Protocol):
    """Where bindings become functions: `binding.library.Library`."""

    def load(self, binding: str) -> Callable[..., object]: ...
    def mark(self, binding: str) -> Mark: ...


Redact: TypeAlias = Callable[[ev.Event], Coroutine[Any, Any, ev.Event]]
"""An event without the secrets that the outside said in it."""


async def as_it_is(event: ev.Event) -> ev.Event:
    """Where there are no secrets."""
    return event


class Performer:
    """Carries out single commands of one run."""

    def __init__(
        self,
        program: Program,
        run: str,
        ports: Ports,
        functions: Functions,
        requests: Callable[[], str],
        time_scale: float = 1.0,
        redact: Redact = as_it_is,
        tell: Tell = lambda _task, _phrase, _figures: None,
    ) -> None:
        self.tell = tell
        """Hears of every block of a test of real traffic."""
        self.redact = redact
        """Takes secrets out of what goes into the journal (M5)."""
        self.time_scale = time_scale
        self.program = program
        self.run = run
        self.ports = ports
        self.functions = functions
        self.tests = traffic_tests(program.plan)
        self.requests = requests
        """The id of a pending approval request for this environment and version, "" when there is none (M14)."""

    def limit_s(self, task: str) -> float:
        """Seconds after which the task counts as hung; a watch has its soak's time on top."""
        found = self.program.tasks[task]
        watched = found.stage.soak_s * self.time_scale if found.stage and found.stage.kind == "watch" else 0.0
        return found.item.limit_s + watched

    async def perform(self, command: Effectful, ledger: Ledger, late: Mapping[str, Json]) -> ev.Event:
        """Carry out one command; every way it can end is an event. Cancellation passes through to the caller."""
        return await self.redact(await self._performed(command, ledger, late))

    async def _performed(self, command: Effectful, ledger: Ledger, late: Mapping[str, Json]) -> ev.Event:
        if isinstance(command, LookAt):
            return await self._seen(command)
        if isinstance(command, RecordPrior):
            return await self._prior(command)
        if isinstance(command, RecordSchema):
            return await applied(command, self.ports.database, self._said)
        if isinstance(command, Survey):
            return await self._survey(command)
        if isinstance(command, LookForRequest):
            request = self.requests()
            return ev.RequestLooked(command.gate, bool(request), request)
        if isinstance(command, StandWatch):
            return await self._stand(self.program.standing[command.task], ledger, late)
        if isinstance(command, LookAtClock):
            return looked_at_clock(self.program.gates[command.gate], self.ports.clock.now())
        assert isinstance(command, Perform)
        return await self._task(self.program.tasks[command.task], ledger, late)

    async def _stand(self, task: Task, ledger: Ledger, late: Mapping[str, Json]) -> ev.Event:
        """Judge a watch's condition without an end: only a trip or a broken measure comes back. What cannot be seen now
        is looked at again: no data is never a verdict (M37)."""
        while True:
            event = await self._task(task, ledger, late)
            if isinstance(event, ev.Failed) or (isinstance(event, ev.Judged) and event.verdict == "fail"):
                return event
            await self.ports.clock.sleep(BLOCK_S)

    async def _task(self, task: Task, ledger: Ledger, late: Mapping[str, Json]) -> ev.Event:
        scene = Scene(self.program, self.run, task, ledger, late)
        try:
            if task.item.kind == "check":
                return await self._judged(task, await self._judge(task.item, scene), scene)
            if task.item.kind == "shell":
                return await self._shell(task, scene)
            return _finished(task, await self._call(task.item.bound[0], scene, Sampling()))
        except Unreachable as error:
            return ev.Unknown(task.id, self._said(error))
        except StepFailed as error:
            return ev.Failed(task.id, self._said(error), error.output[-KEPT_LINES:], error.hint.said(self._language))
        except Exception as error:  # a bug in a step function is that step's failure, told in full
            lines = traceback.format_exception(error)[-4:]
            return ev.Failed(
                task.id, f"{type(error).__name__}: {error}", tuple("".join(lines).splitlines()[-KEPT_LINES:])
            )

    async def _judge(self, item: PlanItem, scene: Scene) -> Verdict:
        async def call(bound: Bound, sampling: Sampling) -> Counts | Verdict:
            answer = await self._call(bound, scene, sampling)
            assert isinstance(answer, Counts | Verdict), f"{bound.binding} answered {answer!r}"
            return answer

        plan, clock, left = self.program.plan, self.ports.clock, self._left(scene)
        tell = partial(self.tell, scene.task.id)
        return await judge(
            item, call, clock, plan.site, tests=self.tests, language=plan.language, lasting_s=left, tell=tell,
            time_scale=self.time_scale,
        )  # fmt: skip

    def _left(self, scene: Scene) -> float | None:
        """Seconds that are left of a watch; None for conditions that are judged once."""
        stage = scene.task.stage
        if stage is None or stage.kind != "watch":
            return None
        if scene.task.id.startswith(STANDING):
            return math.inf
        gone = self.ports.clock.now() - scene.ledger.entered_at if scene.ledger.entered_at else 0.0
        return max(0.0, stage.soak_s * self.time_scale - gone)

    async def _call(self, bound: Bound, scene: Scene, sampling: Sampling) -> object:
        function = self.functions.load(bound.binding)
        answer = function(**arguments(function, bound, scene, sampling, self.ports))
        return await answer if hasattr(answer, "__await__") else answer

    async def _shell(self, task: Task, scene: Scene) -> ev.Event:
        kept = f"output/{task.id.replace('/', '.')}.log"
        environment = scene.shell_environment()
        ended = await self.ports.project.shell(task.item.code, task.item.limit_s, environment, kept)
        if ended.code:
            return ev.Failed(task.id, f"exit code {ended.code}", ended.lines[-KEPT_LINES:])
        return ev.Finished(task.id, ended.lines[-1] if ended.lines else "")

    async def _prior(self, command: RecordPrior) -> ev.Event:
        """What the server runs and serves now, and that it can be had again (M38). Nothing was touched yet: any failure
        is a plain failure of the task."""
        try:
            prior = await self._look(command.server)
            if prior.generation:
                await self.ports.host.retrievable(self._server(command.server), prior.generation)
            return ev.PriorRecorded(command.server, prior)
        except (Unreachable, StepFailed) as error:
            return ev.Failed(command.task, self._said(error), (), error.hint.said(self._language))

    async def _seen(self, command: LookAt) -> ev.Event:
        try:
            return ev.ServerSeen(command.server, await self._look(command.server))
        except (Unreachable, StepFailed) as error:
            return ev.Failed(command.key, self._said(error))

    async def _look(self, name: str) -> Prior:
        from rollbook.values import Image

        seen = await self.ports.host.inspect(self._server(name))
        pool = [e for e in await self.ports.balancer.pool() if e.server == name]
        serving = next((e for e in pool if e.state == "in"), None)
        instance = seen.instance(serving.generation if serving else seen.current)
        if instance is None:
            return Prior("", Image(""), {}, 0.0, in_rotation=False)
        weight = serving.weight if serving else 1.0
        return Prior(instance.generation, instance.image, instance.configuration, weight, serving is not None)

    async def _survey(self, command: Survey) -> ev.Event:
        try:
            seen = await self.ports.host.inspect(self._server(command.server))
        except Unreachable as error:
            return ev.Surveyed(command.task, command.server, reachable=False, detail=self._said(error))
        running = ", ".join(i.generation for i in seen.instances if i.running)
        return ev.Surveyed(command.task, command.server, reachable=True, detail=running)

    async def _judged(self, task: Task, verdict: Verdict, scene: Scene) -> ev.Judged:
        """The verdict; with a failure of instances, what they said last."""
        said: tuple[str, ...] = ()
        if verdict.state == "fail" and any(bound.judges for bound in task.item.bound):
            said = await tails(self.ports.host, scene.servers, self.run, self._said)
        return ev.Judged(task.id, verdict.state, verdict.detail, verdict.numbers, said)

    def _server(self, name: str) -> Server:
        return self.program.plan.servers[self.program.server_index[name]]

    @property
    def _language(self) -> str:
        return self.program.plan.language

    def _said(self, error: StepFailed | Unreachable) -> str:
        return error.words.said(self._language)


def _finished(task: Task, answer: object) -> ev.Finished:
    """A text is the detail; a mapping holds facts, and its "detail" says them in words."""
    if isinstance(answer, Mapping):
        return ev.Finished(task.id, str(answer.get("detail", "")), {k: v for k, v in answer.items() if k != "detail"})
    return ev.Finished(task.id, str(answer) if answer is not None else "")
