"""Where a step function's arguments come from (DESIGN §10): braces of the phrase, ports and run values by annotation,
parameters by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin, get_type_hints

from rollbook.machine.ledger import Ledger
from rollbook.machine.program import Program, Task
from rollbook.model.deployment import Environment
from rollbook.model.plan import Bound
from rollbook.ports import Balancer, Clock, Cluster, Database, Host, Notifier, Project, Records, Registry, Reports
from rollbook.ports.deployment import DeploymentFacts
from rollbook.values import Duration, Image, Json, Percent, Prior, Release, RunInfo, Sampling, Server

if TYPE_CHECKING:
    from rollbook.drivers.performing import Ports

PORTS: dict[type, str] = {
    Host: "host", Balancer: "balancer", Registry: "registry", Project: "project", Notifier: "notifier",
    Records: "records", Reports: "reports", Clock: "clock", Cluster: "cluster",
    Database: "database",
}  # fmt: skip
MISSING = object()
SCENE: dict[type, str] = {Release: "release", Prior: "prior", RunInfo: "info", DeploymentFacts: "deployment"}


class Scene(NamedTuple):
    """One task in its run: what arguments are drawn from."""

    program: Program
    run: str
    task: Task
    ledger: Ledger
    late: Mapping[str, Json]

    @property
    def servers(self) -> list[Server]:
        """The lane's server, or all servers the stage is about."""
        plan = self.program.plan
        if self.task.server:
            names: tuple[str, ...] = (self.task.server,)
        else:
            names = self.task.stage.servers if self.task.stage and self.task.stage.servers else self.program.servers
        return [plan.servers[self.program.server_index[n]] for n in names]

    @property
    def prior(self) -> Prior:
        """The server's recorded prior state; empty before it is recorded or where no one server is meant."""
        return self.ledger.priors.get(self.task.server, Prior("", Image(""), {}, 0.0, in_rotation=False))

    @property
    def deployment(self) -> DeploymentFacts:
        """The environment's part of the deployment document; an empty one where the run has none."""
        plan = self.program.plan
        return plan.deployment or DeploymentFacts("", Environment(plan.environment))

    @property
    def release(self) -> Release:
        plan = self.program.plan
        repository, tag = (plan.image.repository, plan.image.tag) if plan.image else ("", plan.version)
        name = f"{repository}:{tag}" if repository else tag
        given = plan.image.digest if plan.image else ""
        image = Image(name, given or str(self.ledger.facts.get("image.digest", "")))
        return Release(plan.version, plan.environment, self.run, image, plan.configuration)

    @property
    def info(self) -> RunInfo:
        plan = self.program.plan
        number = self.task.item.from_step
        step = next((s for s in plan.steps if s.number == number), None)
        notices = tuple(fill(line, self.late) for line in step.notices) if step else ()
        return RunInfo(
            self.run, plan.environment, plan.version, plan.site.initiator, plan.language, plan.parameters, self.late,
            self.ledger.facts, number, notices, self.program.settings, self.traffic, self.unfinished,
            self.ledger.priors, self.ledger.schema,
        )  # fmt: skip

    @property
    def traffic(self) -> float | None:
        """The share of all traffic that a canary's release carries once this stage is over, 0 on the way back; None
        where servers simply return with the weight they had."""
        stage = self.task.stage
        if not self.program.canary:
            return None
        return 0.0 if stage is None else stage.traffic

    @property
    def unfinished(self) -> tuple[int, ...]:
        """Steps with a stage that is not behind the run, leaving out what runs at the end anyway (M16)."""
        ahead = (s for s in self.program.stages if s.zone not in ("criteria", "reporting") and s.step)
        return tuple(sorted({s.step for s in ahead if s.id not in self.ledger.left}))

    def shell_environment(self) -> dict[str, str]:
        """The environment's variables, secrets by name (M5), and parameters, upper-cased (DESIGN §8), lists joined by
        commas."""
        plan = self.program.plan
        named = {
            k.upper(): ",".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in plan.parameters.items()
        }
        variables = plan.deployment.variables if plan.deployment else {}
        return {
            **variables,
            **named,
            "VERSION": plan.version,
            "ENVIRONMENT": plan.environment,
            "ROLLBOOK_RUN": self.run,
        }


def arguments(
    function: Callable[..., object], bound: Bound, scene: Scene, sampling: Sampling, ports: Ports
) -> dict[str, Any]:
    """Keyword arguments for `function`. Raises TypeError, naming the argument, for one that has no source; loading
    refused such functions before."""
    found = {
        name: argument(name, kind, bound, scene, sampling, ports)
        for name, kind in hints(function).items()
        if name != "return"
    }
    missing = sorted(name for name, value in found.items() if value is MISSING and name not in defaulted(function))
    if missing:
        raise TypeError(f"{bound.binding}: nothing gives the argument {', '.join(missing)}")
    return {name: value for name, value in found.items() if value is not MISSING}


@lru_cache(maxsize=1024)
def hints(function: Callable[..., object]) -> dict[str, Any]:
    return get_type_hints(function)


def argument(name: str, kind: Any, bound: Bound, scene: Scene, sampling: Sampling, ports: Ports) -> Any:
    if name in bound.args:
        return typed(bound.args[name], kind)
    if (port := without_none(kind)) in PORTS:
        return getattr(ports, PORTS[port])
    if kind is Server:
        return scene.servers[0]
    if get_origin(kind) is list and kind.__args__ == (Server,):
        return scene.servers
    if kind in SCENE:
        return getattr(scene, SCENE[kind])
    if kind is Sampling:
        return sampling
    if name in scene.program.plan.parameters:
        return scene.program.plan.parameters[name]
    return MISSING


def defaulted(function: Callable[..., object]) -> frozenset[str]:
    """Names of the arguments that have a default."""
    code, defaults = function.__code__, function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    return frozenset(positional[len(positional) - len(defaults) :]) | frozenset(function.__kwdefaults__ or ())


def typed(value: Json, kind: Any) -> Any:
    """A literal as the annotation wants it: seconds → Duration, fraction → Percent; `X | None` counts as X."""
    kind = without_none(kind)
    if kind is Duration:
        return Duration(float(value))
    if kind is Percent:
        return Percent(float(value))
    return kind(value) if kind in (int, float, str) else value


def without_none(kind: Any) -> Any:
    """`X | None` counts as X."""
    return next((k for k in get_args(kind) if k is not NoneType), kind) if NoneType in get_args(kind) else kind


def fill(text: str, values: Mapping[str, Json]) -> str:
    """`${name}` replaced by late variables; unknown names stay (planning refused them unless manual: M4)."""
    for name, value in values.items():
        text = text.replace("${" + name + "}", str(value))
    return text
