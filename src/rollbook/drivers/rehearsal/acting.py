"""What a simulated command does to the simulated world, for each way in which it can go."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.drivers.performing import Performer
from rollbook.drivers.rehearsal.choices import Mode
from rollbook.drivers.rehearsal.migrating import install, is_about_schema, opening
from rollbook.drivers.rehearsal.simulation import RUN, SimEffects, finish
from rollbook.machine.commands import (
    Cancel,
    ClaimTargets,
    Effectful,
    LookAt,
    LookAtClock,
    LookForRequest,
    Perform,
    RecordPrior,
    RecordSchema,
)
from rollbook.machine.ledger import Ledger
from rollbook.machine.program import Program
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from rollbook.ports.fakes import FakeImage, FakeSite, World

DIGEST = "sha256:rehearsed"
BUILT_IN = "rollbook.steps."


class Acting:
    """Carries out the first pending command in one of its modes."""

    def __init__(self, program: Program, performer: Performer, site: FakeSite) -> None:
        self.program, self.performer, self.site = program, performer, site
        install(program, site)

    @staticmethod
    def opening(program: Program) -> World:
        """The world before the run: every server serves a baseline release; the new image is there to be pulled."""
        plan = program.plan
        world = World.of(program.servers)
        repository, tag = (plan.image.repository, plan.image.tag) if plan.image else ("", plan.version)
        image = FakeImage(f"{repository}:{tag}" if repository else tag, digest_of(plan), "rehearsed")
        built, published = (*world.built, image), (*world.published, image)
        return World(world.servers, built, published, schema=opening(program))

    def act(self, effects: SimEffects, mode: Mode, ledger: Ledger) -> Sequence[ev.Event]:
        """The outcome of the first pending command; the world is changed accordingly."""
        command = effects.acting()
        if mode in ("dies_before", "dies_after", "dies_half"):
            if mode != "dies_before":
                self._effect(command, ledger, half=mode == "dies_half")
            effects.pending.clear()
            return (ev.EngineStarted(0, RUN),)
        return (self._outcome(command, mode, ledger),)

    def _outcome(self, command: Effectful, mode: Mode, ledger: Ledger) -> ev.Event:
        if isinstance(command, ClaimTargets):
            return ev.Claimed(command.targets)
        if isinstance(command, LookForRequest):
            return ev.RequestLooked(command.gate, found=False)
        if isinstance(command, LookAtClock):
            return ev.WindowLooked(command.gate, open=mode == "ok")
        if isinstance(command, Cancel):
            return self._cancelled(command, mode, ledger)
        if isinstance(command, LookAt | RecordPrior) and mode == "fail_before":
            return ev.Failed(command.key if isinstance(command, LookAt) else command.task, "unreachable")
        if isinstance(command, RecordSchema) and mode == "cut":
            self.site.world = self.site.world.cutting("database")
        if not isinstance(command, Perform):
            return finish(self.performer.perform(command, ledger, {}))
        if self.program.tasks[command.task].item.kind == "check":
            return self._verdict(command.task, mode)
        return self._performed(command, mode, ledger)

    def _performed(self, command: Perform, mode: Mode, ledger: Ledger) -> ev.Event:
        if mode == "balancer_down":
            self.site.world = self.site.world.cutting("balancer")
        if mode in ("ok", "balancer_down"):
            return self._effect(command, ledger)
        if mode.endswith(("_after", "_half")):
            self._effect(command, ledger, half=mode.endswith("_half"))
        if mode == "cut":
            other = "database" if is_about_schema(self.program, command.task) else "registry"
            self.site.world = self.site.world.cutting(command.server or other)
        if mode.startswith(("fail", "hang")):
            return ev.Failed(command.task, mode)
        return ev.Unknown(command.task, mode)

    def _cancelled(self, command: Cancel, mode: Mode, ledger: Ledger) -> ev.Event:
        """Cancelled before or after its effect; or nobody can say."""
        if mode.endswith("_after"):
            self._effect(Perform(command.task, self.program.tasks[command.task].server), ledger)
        return ev.Unknown(command.task, mode) if mode.startswith("unknown") else ev.Cancelled(command.task)

    def _verdict(self, task: str, mode: Mode) -> ev.Event:
        if mode == "unknown_before":
            return ev.Unknown(task, mode)
        verdict = {"ok": "pass", "trip": "fail", "no_data": "no_data"}[mode]
        return ev.Judged(task, verdict)  # type: ignore[arg-type]

    def _effect(self, command: Effectful, ledger: Ledger, half: bool = False) -> ev.Event:
        """The effect itself: built-in steps run on the fakes; other people's code is never run in a rehearsal, it
        counts as done. `half`: of a migration, as far as it comes before its process dies."""
        if not isinstance(command, Perform):
            return finish(self.performer.perform(command, ledger, {}))
        item = self.program.tasks[command.task].item
        if item.kind == "check":
            return ev.Judged(command.task, "pass")
        acts = item.touches or item.effect == "once" or is_about_schema(self.program, command.task)
        if item.kind != "step" or not item.binding.startswith(BUILT_IN) or not acts:
            return ev.Finished(command.task, data=self._facts())
        install(self.program, self.site, half)
        return finish(self.performer.perform(command, ledger, {}))

    def _facts(self) -> dict[str, object]:
        return {"image.digest": digest_of(self.program.plan)}


def digest_of(plan: Plan) -> str:
    """The image of the rehearsed run: the one that a promotion gave it, else one that it builds."""
    return (plan.image.digest if plan.image else "") or DIGEST
