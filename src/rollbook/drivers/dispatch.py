"""Dispatch by DBOS: somebody carries every run that can go on. The only module that imports `dbos`.

A stretch of a run, from one park to the next, is one DBOS workflow "RUN/SEQ" on a queue; its body is the loop. DBOS
holds no truth: the body may start again at any moment and goes on from the journal, and a body that should not run
finds the lease taken and ends. What DBOS gives is that it runs: on one worker of many, within limits for each
environment, at a later time for timers, and again when its worker has died.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos import WorkflowStatus as Stretch

NAME = "rollbook"
QUEUE = "stretches"
WORKFLOW = "stretch"
VERSION = "stretches-1"
"""DBOS runs a workflow only on the version that enqueued it. Truth is in the journal, so any Rollbook may go on with a
parked run (F12): this changes only if the arguments of the body do."""
POLL_S = 0.2
"""How often the queue is looked at: most of what a worker costs that only watches a canary, 4 % of a core at 0.05 s."""

Body = Callable[[str], Coroutine[Any, Any, str]]
"""Carries a run by its id; the answer is for DBOS's own record."""


class Limits(NamedTuple):
    """How many stretches run side by side: in one environment over all workers, and in one worker."""

    environment: int = 8
    worker: int = 16


class Dispatcher:
    """DBOS as launched in this process. One per process: DBOS itself is."""

    def __init__(self, engine: sa.Engine, worker: str) -> None:
        self._engine = engine
        self._worker = worker

    def launch(self, body: Body, limits: Limits = Limits()) -> None:
        """Start serving the queue in threads of this process. The executor id is the worker's own name: two processes
        that shared one would re-run each other's live work."""

        async def stretch(run: str) -> str:
            return await body(run)

        DBOS(config=self._config())
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(stretch)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=limits.worker,
            partition_concurrency=limits.environment,
            polling_interval_sec=POLL_S,
            on_conflict="always_update",
        )

    def enqueue(self, run: str, key: str, environment: str, delay_s: float = 0.0) -> None:
        """Have the run carried, once for each `key` (the journal's entry number, or a timer's time)."""
        options: Any = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": f"{run}/{key}",
            "app_version": VERSION,
            "queue_partition_key": environment or "any",
        }
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        DBOS.enqueue_workflow_with_options(options, run)

    def orphans(self) -> dict[str, tuple[str, ...]]:
        """Executors other than this one that began stretches and have not ended them, with the runs of those."""
        found: dict[str, list[str]] = {}
        for stretch in self._pending():
            if stretch.executor_id and stretch.executor_id != self._worker:
                found.setdefault(stretch.executor_id, []).append(stretch.workflow_id.partition("/")[0])
        return {executor: tuple(runs) for executor, runs in found.items()}

    def recover(self, executor: str) -> None:
        """Put the stretches of a dead executor back on the queue. Only for executors known to be dead."""
        DBOS._recover_pending_workflows([executor])

    def stop(self) -> None:
        DBOS.destroy(destroy_registry=True)

    def _pending(self) -> list[Stretch]:
        return DBOS.list_workflows(status="PENDING", name=WORKFLOW, load_input=False, load_output=False)

    def _config(self) -> DBOSConfig:
        return {
            "name": NAME,
            "system_database_engine": self._engine,
            "system_database_url": self._engine.url.render_as_string(hide_password=False),
            "executor_id": self._worker,
            "application_version": VERSION,
            "log_level": "ERROR",
            "serializer": DBOSPortableJSONSerializer(),
        }
