"""What must hold after every event and in every end state of a run (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.drivers.rehearsal.migrating import broken_schema
from rollbook.drivers.rehearsal.simulation import RUN
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.ports.fakes import ServerWorld, World
from rollbook.values import Words

OVERLOAD = Words("more traffic on a server than it can carry", "某台服务器承受的流量超过其能力")
FLOOR = Words("capacity under the floor by our act", "我方操作使容量低于下限")
UNRECORDED = Words("touched before its prior state was recorded", "在记录先前状态之前就被改动")
BETWEEN = Words("a server is left between releases", "有服务器停在两个版本之间")
NOT_OUT = Words("a server is left out of rotation", "有服务器留在流量之外")
NOT_NEW = Words("succeeded although a server does not run the new release", "有服务器未运行新版本却报告成功")
NOT_OLD = Words("not every server is back on its own prior release", "并非每台服务器都回到自己的先前版本")
TOUCHED = Words("ended as failed although something was touched", "结束状态为 failed，但已有改动")
BAD_END = Words("not an end state", "不是合法的结束状态")
STUCK = Words("the run waits for nothing that can come", "运行在等待不可能发生的事")
UNTOUCHED = Words("a server is restored that was never touched", "回滚了从未改动过的服务器")
UNPROVOKED = Words("a command fails although nothing went wrong: {error}", "未发生任何故障，命令却失败：{error}")
GATE_OPEN = Words("ended with a gate open", "结束时仍有关卡打开")
CLAIMED = Words("ended and still holds its targets", "已结束却仍占用目标")
ENDS = ("succeeded", "failed", "rolled_back", "aborted", "frozen")


def broken(program: Program, start: World, state: State, world: World) -> Iterator[Words]:
    """Invariants that this situation breaks."""
    if world is not start:
        yield from _floor(program, start, state, world)
        yield from _recorded(start, state, world)
        yield from _overload(program, state, world)
    yield from broken_schema(program, start, state, world)
    if any(not state.targets[i].touched for i in state.undo_order):
        yield UNTOUCHED
    if state.phase == "ended":
        yield from _end(program, start, state, world)


def _floor(program: Program, start: World, state: State, world: World) -> Iterator[Words]:
    """Serving servers never fall under the floor, unless a person allowed it or answered for a server."""
    allowed = any(p.startswith(("floor:", "skip:")) for p in state.passed) or any(t.by_hand for t in state.targets)
    serving = sum(_able(s) for s in world.servers)
    before = sum(_able(s) for s in start.servers)
    out = 0 if program.plan.beside else program.plan.site.max_out
    if not allowed and not state.skipped and serving < before - out:
        yield FLOOR


def _overload(program: Program, state: State, world: World) -> Iterator[Words]:
    """Nobody gets more than its usable share, or than an even share where that is more (F4, M33)."""
    usable = program.plan.site.usable_share
    if not program.canary or usable <= 0 or any(t.by_hand for t in state.targets):
        return
    weights = [sum(e.weight for e in s.pool if e.state == "in" and s.answers(e.generation)) for s in world.servers]
    total, able = sum(weights), sum(w > 0 for w in weights)
    if total and max(weights) / total > max(usable, 1 / able) + 1e-6:
        yield OVERLOAD


def _recorded(start: World, state: State, world: World) -> Iterator[Words]:
    for index, (now, then) in enumerate(zip(world.servers, start.servers, strict=True)):
        if now is not then and now.pool != then.pool and not state.targets[index].known:
            yield UNRECORDED
            return


def _end(program: Program, start: World, state: State, world: World) -> Iterator[Words]:
    if state.end not in ENDS:
        yield BAD_END
    if state.gates:
        yield GATE_OPEN
    if state.claimed:
        yield CLAIMED
    if state.end == "frozen" or state.skipped:
        return
    pairs = [
        (now, then) for now, then, t in zip(world.servers, start.servers, state.targets, strict=True) if not t.by_hand
    ]
    if any(_between(now, then) for now, then in pairs):
        yield BETWEEN
    if state.end == "succeeded":
        failed = sum(t.failed for t in state.targets)
        if sum(not _is_new(now) for now, _ in pairs) > failed and _rotates(program):
            yield NOT_NEW
    elif state.end == "failed":
        if any(_shape(now) != _shape(then) for now, then in pairs):
            yield TOUCHED
    elif any(not _is_old(now, then) for now, then in pairs):
        yield NOT_OLD


def _between(now: ServerWorld, then: ServerWorld) -> bool:
    """Draining, serving two releases, or serving one with the other's configuration."""
    serving = [e for e in now.pool if e.state == "in" and e.weight > 0]
    if any(e.state == "draining" for e in now.pool) or len(serving) > 1:
        return True
    if not serving:
        return any(e.state == "in" for e in then.pool)
    return now.current != serving[0].generation


def _is_new(now: ServerWorld) -> bool:
    instance = now.instance(RUN)
    return bool(instance and instance.running and any(e.generation == RUN and e.state == "in" for e in now.pool))


def _is_old(now: ServerWorld, then: ServerWorld) -> bool:
    """Its own prior release serves with its configuration, and the new one does not run."""
    instance = now.instance(RUN)
    return _shape(now) == _shape(then) and not (instance and instance.running)


def _able(server: ServerWorld) -> bool:
    """Whether the server takes requests as soon as it is given weight."""
    return any(e.state == "in" and server.answers(e.generation) for e in server.pool)


def _shape(server: ServerWorld) -> tuple[object, ...]:
    """What users and the balancer see of a server: entries, active configuration, what serves."""
    running = tuple(i.generation for i in server.instances if i.running)
    return server.pool, server.current, running


def _rotates(program: Program) -> bool:
    return any(item.returns for item in program.items.values() if not item.id.startswith("restore"))
