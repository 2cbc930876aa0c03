"""Hand-made plans for tests of the machine, the loop and the rehearsal: the shape of a rolling release."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from msgspec.structs import replace

from rollbook.binding.markers import MARK, Mark
from rollbook.model.deployment import CanaryStage, Environment, Migration
from rollbook.model.facts import DeploymentFacts
from rollbook.model.gates import Approver, Gate
from rollbook.model.plan import Bound, Plan, PlanImage, PlanItem, PlanStep, RollbackRule, SiteFacts, Wave
from rollbook.model.windows import Span, Window
from rollbook.model.workflow import RollbackAction
from rollbook.planning.canary import canary_waves
from rollbook.planning.program import Fleet, compile_program
from rollbook.values import Server

RESTORE = (
    "withdraw",
    "stop_new",
    "restore_configuration",
    "start_prior",
    "await_prior",
    "verify_prior",
    "rejoin_prior",
)
BESIDE = ("start_prior", "await_prior", "verify_prior", "rejoin_prior", "withdraw", "stop_new", "restore_configuration")


class Functions:
    """drivers.performing.Functions over importable modules."""

    def load(self, binding: str) -> Callable[..., object]:
        module, _, name = binding.partition("@")[0].partition(":")
        return getattr(importlib.import_module(module), name)

    def mark(self, binding: str) -> Mark:
        return getattr(self.load(binding), MARK)


def item(item_id: str, name: str, scope: str = "server", step: int = 0) -> PlanItem:
    binding = f"rollbook.steps.{name}"
    mark = Functions().mark(binding)
    return PlanItem(
        item_id, name, name, "step", (Bound(name, binding, "step"),), scope, mark.effect, mark.touches,
        mark.leaves_rotation, mark.returns_to_rotation, limit_s=30.0, from_step=step, migrates=mark.migrates,
    )  # fmt: skip


def check(item_id: str, name: str, step: int = 0) -> PlanItem:
    return PlanItem(item_id, name, name, "check", (Bound(name, "test:" + name, "check"),), "wave", from_step=step)


def code(item_id: str, name: str, effect: str = "idempotent", step: int = 0) -> PlanItem:
    return PlanItem(item_id, name, name, "step", (Bound(name, "test:" + name, "step"),), effect=effect, from_step=step)


def steps(approval: bool = False) -> tuple[PlanStep, ...]:
    gate = "s5" if approval else ""
    return (
        step(1, "action", "stop", (code("1.1", "lint", "pure", 1),), (check("1.?1", "clean", 1),)),
        step(3, "action", "stop", (code("3.1", "build", step=3), code("3.2", "push", step=3)), ()),
        step(5, "approval", "stop", (), (), gate),
        step(6, "parallel", "restore",
             (item("6.1", "traffic:leave", step=6), item("6.2", "traffic:wait_for_requests", step=6),
              item("6.3", "traffic:stop", step=6)), (check("6.?1", "idle", 6),)),
        step(7, "parallel", "restore",
             (item("7.1", "release:pull", step=7), item("7.2", "release:configure", step=7),
              item("7.3", "release:start", step=7), item("7.4", "release:await_ready", step=7)),
             (check("7.?1", "healthy", 7),)),
        step(8, "action", "switch_back", (item("8.1", "health:port", step=8),), (check("8.?1", "error rate", 8),)),
        step(9, "action", "switch_back",
             (item("9.1", "routing:rejoin", step=9), item("9.2", "routing:route", "wave", step=9)),
             (check("9.?1", "balanced", 9),)),
        step(10, "action", "switch_back", (code("10.1", "notify", step=10),), ()),
    )  # fmt: skip


def step(
    number: int,
    kind: str,
    rollback: RollbackAction,
    items: tuple[PlanItem, ...],
    checks: tuple[PlanItem, ...],
    gate: str = "",
) -> PlanStep:
    return PlanStep(number, f"step {number}", kind, "run", items=items, checks=checks, rollback=rollback, gate=gate)


def release_plan(
    servers: int = 3, approval: bool = False, max_out: int = 1, max_failures: int = 0, version: str = "v2.0.0"
) -> Plan:
    names = tuple(f"app-{n + 1}" for n in range(servers))
    waves = tuple(Wave(n + 1, names[i : i + max_out], 0.0) for n, i in enumerate(range(0, servers, max_out)))
    roles = {"tech lead": ("li",), "ops lead": ("wang",)}
    gates = (Gate("s5", "approval", "approval", 5, approvers=tuple(Approver(r, p) for r, p in roles.items()),
                  timeout_s=86400.0),) if approval else ()  # fmt: skip
    live = tuple(s for s in steps(approval) if s.kind != "approval" or approval)
    criteria = (check("criteria.1", "all healthy"),)
    beside = servers == 1
    names_of_restore = BESIDE if beside else RESTORE
    return Plan(
        documents=(), language="en", title="release", environment="production", version=version, parameters={},
        site=SiteFacts("test", "production", max_out=max_out, max_failures=max_failures, roles=roles),
        servers=tuple(Server(n) for n in names), steps=live, waves=waves, strategy="rolling", gates=gates,
        criteria=criteria, rollback=(RollbackRule(0, 5, "stop", ""), RollbackRule(6, 7, "restore", "")),
        restore=tuple(item(f"restore.{i + 1}", f"restoring:{n}") for i, n in enumerate(names_of_restore)),
        program=compile_program(live, waves, gates, criteria, (10,), beside),
        image=PlanImage("shop", version), configuration={"release": version}, beside=beside,
    )  # fmt: skip


def windowed_plan(*spans: Span, approval: bool = True, servers: int = 2) -> Plan:
    """A rolling release behind a release window in UTC; its gate stands behind the approval, if there is one."""
    base = release_plan(servers, approval=approval)
    approvers = base.gates[0].approvers if approval else ()
    windows = (Window("window", spans, "UTC"),)
    gates = (*base.gates, Gate("window", "window", "release window", 0, approvers=approvers, windows=windows))
    program = compile_program(base.steps, base.waves, gates, base.criteria, (10,), base.beside)
    return replace(base, gates=gates, program=program)


def canary_plan(servers: int = 3, stages: tuple[float, ...] = (0.05, 0.2, 0.5, 1.0), max_out: int = 1) -> Plan:
    """A release by traffic: each stage is watched, the old releases stop last."""
    base = release_plan(servers, max_out=max_out)
    usable = round(1 / (servers - max(1, servers // 4)), 6)
    shift = (item("shift.1", "routing:route", "wave"),)
    table = tuple(CanaryStage(n + 1, traffic, 60.0) for n, traffic in enumerate(stages))
    names = tuple(s.name for s in base.servers)
    waves = canary_waves(names, table, usable, 60.0, lambda s: (check(f"w{s.number}.watch.1", "error rate"),))
    live = tuple(stopping(s) for s in base.steps)
    program = compile_program(live, waves, (), base.criteria, (10,), fleet=Fleet(max_out, usable, shift))
    return replace(
        base, steps=live, waves=waves, strategy="canary", program=program, shift=shift,
        site=replace(base.site, usable_share=usable),
        restore_beside=tuple(item(f"beside.{i + 1}", f"restoring:{n}") for i, n in enumerate(BESIDE)),
    )  # fmt: skip


def migrating_plan(servers: int = 2, asks: bool = True, approval: bool = False, reversible: bool = True) -> Plan:
    """A release that migrates by its table of scripts before the rotation, and whose rollback speaks of the schema."""
    base = release_plan(servers, approval=approval)
    rows = tuple(Migration(v, f"migrations/{v}.sql", reversible=reversible) for v in ("V001", "V002"))
    migrate = step(4, "action", "stop", (item("4.1", "migrate:up", "run", 4),), ())
    live = tuple(sorted((*base.steps, migrate), key=lambda s: s.number))
    down = item("schema.2", "reversing:down", "run")
    agreed = replace(down, bound=(replace(down.bound[0], args={"agreed": True}),), asks=asks)
    return replace(
        base, steps=live, take_back=(item("schema.1", "reversing:look", "run"), agreed),
        program=compile_program(live, base.waves, base.gates, base.criteria, (10,), base.beside),
        deployment=DeploymentFacts("deploy.md", Environment("production"), migrations=rows),
    )  # fmt: skip


def stopping(step: PlanStep) -> PlanStep:
    return replace(step, items=tuple(replace(i, stops=i.text == "traffic:stop") for i in step.items))
