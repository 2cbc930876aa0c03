"""Leases as rows: taken, renewed and ended inside the caller's transaction."""

from __future__ import annotations

import sqlalchemy as sa

from rollbook.drivers.fencing import judge
from rollbook.drivers.tables import leases
from rollbook.ports import Lease


def take(db: sa.Connection, wish: Lease, now: float, instead_of: int) -> int:
    """Take or renew; returns the epoch. A holder that renews keeps its epoch, a new one gets the next.
    Raises Conflict while another holder is live, unless its epoch is `instead_of`."""
    held = current(db, wish.run, for_update=True)
    if held is None:
        return _write(db, sa.insert(leases), wish, 1)
    epoch = judge(held, wish.worker, now, instead_of)
    return _write(db, sa.update(leases).where(leases.c.run == wish.run), wish, epoch)


def current(db: sa.Connection, run: str, for_update: bool = False) -> Lease | None:
    query = sa.select(*(leases.c[name] for name in Lease.__struct_fields__)).where(leases.c.run == run)
    row = db.execute(query.with_for_update() if for_update else query).one_or_none()
    return Lease(*row) if row else None


def end(db: sa.Connection, run: str, worker: str) -> None:
    db.execute(leases.update().where(leases.c.run == run, leases.c.worker == worker).values(expires=0.0))


def _write(db: sa.Connection, statement: sa.Insert | sa.Update, wish: Lease, epoch: int) -> int:
    values = {name: getattr(wish, name) for name in Lease.__struct_fields__}
    db.execute(statement.values(**(values | {"epoch": epoch})))
    return epoch
