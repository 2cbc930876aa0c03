"""The journal in memory: same rules, same hash chain, no file. For rehearsals and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rollbook.drivers import chain, fencing
from rollbook.drivers.rows import ENDED, EXISTS, MOVED_ON, NO_RUN, refuse_held, state_after
from rollbook.drivers.watching import watch
from rollbook.model.events import Entry, Event
from rollbook.ports import Lease, Request, RunRow
from rollbook.problems import Conflict, Refused
from rollbook.values import Words


class MemoryJournal:
    """ports.Journal for one process."""

    def __init__(self) -> None:
        self._plans: dict[str, bytes] = {}
        self._rows: dict[str, RunRow] = {}
        self._entries: dict[str, list[chain.Stored]] = {}
        self._claims: dict[str, str] = {}
        self._leases: dict[str, Lease] = {}
        self._requests: dict[str, Request] = {}
        self._closed: dict[str, str] = {}

    def create(
        self,
        run: str,
        plan_hash: str,
        plan: bytes,
        row: Mapping[str, str],
        events: Sequence[Event],
        *,
        targets: Sequence[str] = (),
    ) -> None:
        if run in self._rows:
            raise Conflict(EXISTS.format(run=run))
        refuse_held(self.claim(run, targets))
        sealed = chain.seal(run, chain.START, 0, float(row["at"]), events)
        self._plans.setdefault(plan_hash, plan)
        self._entries[run] = list(sealed)
        self._rows[run] = _row(run, plan_hash, row, sealed, state_after("running", events))

    def plan(self, run: str) -> bytes:
        return self._plans[self._row(run).plan]

    def read(self, run: str, after: int = 0) -> tuple[Entry, ...]:
        return tuple(chain.opened(stored) for stored in self._entries.get(run, ()) if stored.seq > after)

    def newest(self, run: str) -> int:
        return self._rows[run].seq if run in self._rows else 0

    def append(self, run: str, after: int, epoch: int | None, events: Sequence[Event], now: float) -> tuple[Entry, ...]:
        if not events:
            return ()
        current = fencing.checked(run, epoch, self._leases[run].epoch if run in self._leases else 0)
        if self.newest(run) != after:
            raise Conflict(MOVED_ON.format(run=run, after=after, newest=self.newest(run)))
        row = self._rows[run]
        sealed = chain.seal(run, chain.Tip(after, row.head), current, now, events)
        state = state_after(row.state, events)
        self._entries[run] += sealed
        self._rows[run] = msgspec.structs.replace(row, state=state, head=sealed[-1].hash, seq=sealed[-1].seq)
        if state in ENDED:
            self.release(run)
        return tuple(chain.opened(stored) for stored in sealed)

    async def watch(self, run: str, after: int, timeout_s: float) -> tuple[Entry, ...]:
        return await watch(self, run, after, timeout_s)

    def audit(self, run: str) -> tuple[Words, ...]:
        row = self._row(run)
        return chain.breaks(run, self._entries[run], row.plan, self._plans[row.plan], row.head)

    def runs(self, *, unfinished: bool = False) -> tuple[RunRow, ...]:
        return tuple(row for row in self._rows.values() if not (unfinished and row.state in ENDED))

    def claim(self, run: str, targets: Sequence[str]) -> Mapping[str, str]:
        foreign = {t: self._claims[t] for t in sorted(set(targets)) if self._claims.get(t, run) != run}
        if not foreign:
            self._claims.update(dict.fromkeys(targets, run))
        return foreign

    def release(self, run: str) -> None:
        self._claims = {target: holder for target, holder in self._claims.items() if holder != run}

    def claims(self) -> Mapping[str, str]:
        return dict(sorted(self._claims.items()))

    def lease(
        self,
        run: str,
        worker: str,
        now: float,
        ttl_s: float,
        *,
        host: str = "",
        pid: int = 0,
        lock: str = "",
        instead_of: int = 0,
    ) -> int:
        self._row(run)
        held = self._leases.get(run)
        epoch = fencing.judge(held, worker, now, instead_of) if held else 1
        self._leases[run] = Lease(run, epoch, worker, host, pid, lock, now + ttl_s)
        return epoch

    def lease_of(self, run: str) -> Lease | None:
        return self._leases.get(run)

    def give_up(self, run: str, worker: str) -> None:
        held = self._leases.get(run)
        if held and held.worker == worker:
            self._leases[run] = msgspec.structs.replace(held, expires=0.0)

    def open_request(self, request: Request) -> None:
        self._requests[request.id] = request

    def requests(self, environment: str, version: str) -> tuple[Request, ...]:
        wanted = (environment, version)
        still_open = (r for r in self._requests.values() if r.id not in self._closed)
        return tuple(r for r in still_open if (r.environment, r.version) == wanted)

    def close_request(self, request_id: str, run: str) -> None:
        if request_id in self._requests:
            self._closed[request_id] = run

    def _row(self, run: str) -> RunRow:
        if run not in self._rows:
            raise Refused(NO_RUN.format(run=run))
        return self._rows[run]


def _row(run: str, plan_hash: str, row: Mapping[str, str], sealed: Sequence[chain.Stored], state: str) -> RunRow:
    summary = {key: row.get(key, "") for key in ("environment", "version", "title")}
    tip = sealed[-1]
    return RunRow(run, state, created=float(row["at"]), plan=plan_hash, head=tip.hash, seq=tip.seq, **summary)
