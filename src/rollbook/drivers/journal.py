"""The journal in SQL: SQLite beside the project by default, PostgreSQL where one machine is outgrown; the same code.

Every write is one transaction that checks before it writes: the newest entry (Conflict) and the worker's epoch
(Fenced). A killed process leaves either the whole append or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from rollbook.drivers import chain, lease_rows, statements, tables
from rollbook.drivers.fencing import checked
from rollbook.drivers.rows import ENDED, EXISTS, MOVED_ON, NO_RUN, refuse_held, state_after
from rollbook.drivers.watching import watch
from rollbook.model.events import Entry, Event
from rollbook.ports import Lease, Request, RunRow
from rollbook.problems import Conflict, Refused
from rollbook.values import Words


class SqlJournal:
    """ports.Journal over SQLAlchemy Core. Safe for several threads and any number of processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writes=True)
        with self._write() as db:
            tables.metadata.create_all(db)

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
        at = float(row["at"])
        sealed = chain.seal(run, chain.START, 0, at, events)
        summary = {key: row.get(key, "") for key in ("environment", "version", "title")}
        with self._write() as db:
            if _newest(db, run):
                raise Conflict(EXISTS.format(run=run))
            refuse_held(_claim(db, run, targets))
            number = (db.scalar(sa.select(sa.func.max(tables.runs.c.number))) or 0) + 1
            state = {"state": state_after("running", events), "head": sealed[-1].hash, "seq": len(sealed)}
            _keep_plan(db, plan_hash, plan)
            db.execute(
                tables.runs.insert().values(run=run, number=number, created=at, plan=plan_hash, **summary, **state)
            )
            _insert(db, sealed)
            lease_rows.none_yet(db, run)

    def plan(self, run: str) -> bytes:
        joined = sa.join(tables.runs, tables.plans, tables.runs.c.plan == tables.plans.c.hash)
        with self._read() as db:
            body = db.scalar(sa.select(tables.plans.c.body).select_from(joined).where(tables.runs.c.run == run))
        if body is None:
            raise Refused(NO_RUN.format(run=run))
        return _octets(body)

    def read(self, run: str, after: int = 0) -> tuple[Entry, ...]:
        with self._read() as db:
            return tuple(chain.opened(stored) for stored in _stored(db, run, after))

    def newest(self, run: str) -> int:
        with self._read() as db:
            return _newest(db, run)

    def append(self, run: str, after: int, epoch: int | None, events: Sequence[Event], now: float) -> tuple[Entry, ...]:
        if not events:
            return ()
        with self._write() as db:
            row = db.execute(statements.TIP, {"of_run": run}).one_or_none()
            current = checked(run, epoch, row.epoch or 0 if row else 0)
            if row is None or row.seq != after:
                raise Conflict(MOVED_ON.format(run=run, after=after, newest=row.seq if row else 0))
            sealed = chain.seal(run, chain.Tip(after, row.head), current, now, events)
            state = state_after(row.state, events)
            tip = {"new_state": state, "new_head": sealed[-1].hash, "new_seq": sealed[-1].seq}
            db.execute(statements.ADVANCE, {"of_run": run, **tip})
            _insert(db, sealed)
            if state in ENDED:
                db.execute(tables.claims.delete().where(tables.claims.c.run == run))
        return tuple(chain.opened(stored) for stored in sealed)

    async def watch(self, run: str, after: int, timeout_s: float) -> tuple[Entry, ...]:
        return await watch(self, run, after, timeout_s)

    def audit(self, run: str) -> tuple[Words, ...]:
        with self._read() as db:
            row = db.execute(sa.select(tables.runs).where(tables.runs.c.run == run)).one_or_none()
            if row is None:
                raise Refused(NO_RUN.format(run=run))
            plan = db.scalar(sa.select(tables.plans.c.body).where(tables.plans.c.hash == row.plan)) or b""
            return chain.breaks(run, _stored(db, run, 0), row.plan, _octets(plan), row.head)

    def runs(self, *, unfinished: bool = False) -> tuple[RunRow, ...]:
        rows = statements.UNFINISHED if unfinished else statements.RUNS
        with self._read() as db:
            return tuple(RunRow(*row) for row in db.execute(rows))

    def claim(self, run: str, targets: Sequence[str]) -> Mapping[str, str]:
        with self._write() as db:
            return _claim(db, run, targets)

    def release(self, run: str) -> None:
        with self._write() as db:
            db.execute(tables.claims.delete().where(tables.claims.c.run == run))

    def claims(self) -> Mapping[str, str]:
        with self._read() as db:
            return dict(_pairs(db, sa.select(tables.claims).order_by(tables.claims.c.target)))

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
        wish = Lease(run, 0, worker, host, pid, lock, now + ttl_s)
        with self._write() as db:
            return lease_rows.take(db, wish, now, instead_of)

    def lease_of(self, run: str) -> Lease | None:
        with self._read() as db:
            return lease_rows.current(db, run)

    def give_up(self, run: str, worker: str) -> None:
        with self._write() as db:
            lease_rows.end(db, run, worker)

    def open_request(self, request: Request) -> None:
        values = {name: getattr(request, name) for name in Request.__struct_fields__}
        with self._write() as db:
            db.execute(tables.requests.insert().values(run="", **values))

    def requests(self, environment: str, version: str) -> tuple[Request, ...]:
        table = tables.requests.c
        fields = [table[name] for name in Request.__struct_fields__]
        open_ones = sa.and_(table.environment == environment, table.version == version, table.run == "")
        with self._read() as db:
            return tuple(
                Request(*row) for row in db.execute(sa.select(*fields).where(open_ones).order_by(table.opened))
            )

    def close_request(self, request_id: str, run: str) -> None:
        with self._write() as db:
            db.execute(tables.requests.update().where(tables.requests.c.id == request_id).values(run=run))

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._writing.begin() as db:
            yield db

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as db:
            yield db


def _octets(body: bytes | str) -> bytes:
    """A stored plan; text where somebody wrote it by hand, for SQLite keeps what it is given."""
    return body.encode() if isinstance(body, str) else bytes(body)


def _newest(db: sa.Connection, run: str) -> int:
    return int(db.scalar(statements.NEWEST, {"of_run": run}) or 0)


def _stored(db: sa.Connection, run: str, after: int) -> list[chain.Stored]:
    return [chain.Stored(*row) for row in db.execute(statements.ENTRIES, {"of_run": run, "after": after})]


def _insert(db: sa.Connection, sealed: Sequence[chain.Stored]) -> None:
    names = chain.Stored.__struct_fields__
    db.execute(statements.WRITE, [{name: getattr(entry, name) for name in names} for entry in sealed])


def _keep_plan(db: sa.Connection, plan_hash: str, plan: bytes) -> None:
    known = db.scalar(sa.select(tables.plans.c.hash).where(tables.plans.c.hash == plan_hash))
    if known is None:
        db.execute(tables.plans.insert().values(hash=plan_hash, body=plan))


def _claim(db: sa.Connection, run: str, targets: Sequence[str]) -> Mapping[str, str]:
    wanted = sorted(set(targets))
    _one_claimer_at_a_time(db)
    held = dict(_pairs(db, sa.select(tables.claims).where(tables.claims.c.target.in_(wanted))))
    foreign = {target: holder for target, holder in held.items() if holder != run}
    fresh = [{"target": target, "run": run} for target in wanted if target not in held]
    if fresh and not foreign:
        db.execute(tables.claims.insert(), fresh)
    return foreign


def _one_claimer_at_a_time(db: sa.Connection) -> None:
    """SQLite writers are alone anyway; on PostgreSQL two claims must not both find the targets free."""
    if db.dialect.name == "postgresql":
        db.execute(sa.text("LOCK TABLE claims IN EXCLUSIVE MODE"))


def _pairs(db: sa.Connection, query: sa.Select[Any]) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in db.execute(query)]
