"""Leases as rows: taken, renewed and ended inside the caller's transaction."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from rollbook.drivers.fencing import judge
from rollbook.drivers.rows import NO_RUN
from rollbook.drivers.tables import leases
from rollbook.ports import Lease
from rollbook.problems import Refused


def none_yet(db: sa.Connection, run: str) -> None:
    """The row of a run that no worker has held yet: two that come together then meet at its lock."""
    never = Lease(run, 0, "")
    db.execute(sa.insert(leases).values(**_values(never)))


def take(db: sa.Connection, wish: Lease, now: float, instead_of: int) -> int:
    """Take or renew; returns the epoch. A holder that renews keeps its epoch, a new one gets the next.
    Raises Conflict while another holder is live, unless its epoch is `instead_of`; Refused for an unknown run."""
    row = db.execute(_of(wish.run).with_for_update()).one_or_none()
    if row is None:
        raise Refused(NO_RUN.format(run=wish.run))
    epoch = judge(Lease(*row), wish.worker, now, instead_of)
    taken = msgspec.structs.replace(wish, epoch=epoch)
    db.execute(sa.update(leases).where(leases.c.run == wish.run).values(**_values(taken)))
    return epoch


def current(db: sa.Connection, run: str) -> Lease | None:
    """The newest lease, live or not; None when no worker ever held the run."""
    row = db.execute(_of(run)).one_or_none()
    return Lease(*row) if row and row.epoch else None


def end(db: sa.Connection, run: str, worker: str) -> None:
    db.execute(leases.update().where(leases.c.run == run, leases.c.worker == worker).values(expires=0.0))


def _of(run: str) -> sa.Select[Any]:
    return sa.select(*(leases.c[name] for name in Lease.__struct_fields__)).where(leases.c.run == run)


def _values(lease: Lease) -> dict[str, Any]:
    return {name: getattr(lease, name) for name in Lease.__struct_fields__}
