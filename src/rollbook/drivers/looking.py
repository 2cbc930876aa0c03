"""What is applied to the database before a run's first migration (M31)."""

from __future__ import annotations

from collections.abc import Callable

from rollbook.machine.commands import RecordSchema
from rollbook.model import events as ev
from rollbook.ports import Database
from rollbook.problems import StepFailed, Unreachable


async def applied(
    command: RecordSchema, database: Database | None, say: Callable[[StepFailed | Unreachable], str]
) -> ev.Event:
    """The versions, None where nothing says which database it is. One that does not answer is Unknown: nothing may be
    done to it."""
    if database is None:
        return ev.SchemaRecorded()
    try:
        return ev.SchemaRecorded(tuple(row.version for row in await database.status()))
    except Unreachable as error:
        return ev.Unknown(command.task, say(error))
    except StepFailed as error:
        return ev.Failed(command.task, say(error), error.output)
