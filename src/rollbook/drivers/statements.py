"""The statements of the hot path, built once: an append happens several times for every command of a run."""

from __future__ import annotations

import sqlalchemy as sa

from rollbook.drivers.chain import Stored
from rollbook.drivers.rows import ENDED
from rollbook.drivers.tables import entries, leases, runs
from rollbook.ports import RunRow

OF_RUN = sa.bindparam("of_run", type_=sa.Text)

TIP = (
    sa.select(runs.c.state, runs.c.head, runs.c.seq, leases.c.epoch)
    .select_from(sa.outerjoin(runs, leases, runs.c.run == leases.c.run))
    .where(runs.c.run == OF_RUN)
    .with_for_update(of=runs)
)
"""A run's newest entry and the epoch that may write behind it; the row stays locked until the transaction ends."""

ADVANCE = (
    sa.update(runs)
    .where(runs.c.run == OF_RUN)
    .values(state=sa.bindparam("new_state"), head=sa.bindparam("new_head"), seq=sa.bindparam("new_seq"))
)
WRITE = sa.insert(entries)
NEWEST = sa.select(runs.c.seq).where(runs.c.run == OF_RUN)
ENTRIES = (
    sa.select(*(entries.c[name] for name in Stored.__struct_fields__))
    .where(entries.c.run == OF_RUN, entries.c.seq > sa.bindparam("after"))
    .order_by(entries.c.seq)
)
RUNS = sa.select(*(runs.c[name] for name in RunRow.__struct_fields__)).order_by(runs.c.number)
UNFINISHED = RUNS.where(runs.c.state.not_in(sorted(ENDED)))
