"""Who may write a run's journal, and since which epoch (M41, M42): the rules, whatever store keeps them."""

from __future__ import annotations

from rollbook.ports import Lease
from rollbook.problems import Conflict, Fenced
from rollbook.values import Words


def judge(held: Lease, worker: str, now: float, instead_of: int) -> int:
    """The epoch that `worker` gets beside the lease `held`. Raises Conflict when the holder is live and another."""
    if held.worker == worker and held.expires:
        return held.epoch
    if held.expires > now and held.epoch != instead_of:
        raise Conflict(HELD.format(run=held.run, worker=held.worker, host=held.host, pid=held.pid))
    return held.epoch + 1


def checked(run: str, epoch: int | None, newest: int) -> int:
    if epoch is not None and epoch != newest:
        raise Fenced(FENCED.format(run=run, epoch=epoch, newest=newest))
    return newest


HELD = Words(
    "run {run} is being carried by {worker} (process {pid} on {host})",
    "运行 {run} 正由 {worker} 执行（{host} 上的进程 {pid}）",
)
FENCED = Words(
    "run {run}: this worker's epoch {epoch} is over, epoch {newest} holds the run now",
    "运行 {run}：本执行者的任期 {epoch} 已结束，现由任期 {newest} 持有",
)
