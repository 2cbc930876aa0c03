"""The database port over any dialect: each script and its record in one transaction, so that both are there or neither.

A killed process leaves what the database rolls back by itself; the next `up` goes on from what is applied (F9).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rollbook.adapters.sql import history
from rollbook.adapters.sql.session import Dialect, Session, SqlError, quoted
from rollbook.ports.database import Applied, Holder, Part, Proof, Script
from rollbook.ports.schema import pending, reversible
from rollbook.ports.statements import Statement, statements
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Words

T = TypeVar("T")


class SqlDatabase:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    async def status(self) -> tuple[Applied, ...]:
        return await self._with_session(history.applied, make=False)

    async def up(self, scripts: Sequence[Script], run: str) -> tuple[Applied, ...]:
        return await self._with_session(lambda session: _up(session, tuple(scripts), run))

    async def down(self, scripts: Sequence[Script], run: str) -> tuple[str, ...]:
        return await self._with_session(lambda session: _down(session, tuple(scripts), run))

    async def holder(self) -> Holder | None:
        if ours := await self._asked(self._dialect.holder):
            return Holder(ours)
        return await self._with_session(_row_lock, make=False)

    async def rows(self, parts: Sequence[Part]) -> tuple[int | None, ...]:
        return await self._with_session(lambda session: tuple(_rows(session, part) for part in parts), make=False)

    async def dump(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._asked(lambda: self._dialect.dump(path))

    async def restore_proof(self, path: Path) -> Proof:
        return await self._asked(lambda: self._dialect.restore_proof(path))

    async def _with_session(self, work: Callable[[Session], T], *, make: bool = True) -> T:
        """Run `work` in a thread. When cancelled, its statement is interrupted and its end awaited (F7)."""
        import asyncio  # a plan's look at the schema comes by here, and has no event loop

        session = await self._asked(lambda: self._dialect.connect(make=make))
        running = asyncio.ensure_future(asyncio.to_thread(work, session))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.to_thread(session.interrupt)
            await asyncio.wait([running])
            running.exception()
            raise
        except SqlError as error:
            raise self._answer(error) from error
        finally:
            await asyncio.to_thread(session.close)

    async def _asked(self, work: Callable[[], T]) -> T:
        import asyncio

        try:
            return await asyncio.to_thread(work)
        except SqlError as error:
            raise self._answer(error) from error

    def _answer(self, error: SqlError) -> StepFailed | Unreachable:
        said = error.said.splitlines() or ["?"]
        if error.lost:
            return Unreachable(LOST.format(name=self._dialect.shown, said=said[0]))
        return StepFailed(REFUSED.format(name=self._dialect.shown, said=said[0]), said)


def _row_lock(session: Session) -> Holder | None:
    for table, select, release in history.ROW_LOCKS:
        if session.has_table(table) and (held := session.query(select)):
            return Holder(str(held[0][0]), table, release)
    return None


def _rows(session: Session, part: Part) -> int | None:
    there = session.has_column(part.table, part.column) if part.column else session.has_table(part.table)
    if not there:
        return None
    counted = quoted(part.column) if part.column else "*"
    return int(session.query(f"SELECT count({counted}) FROM {quoted(part.table)}")[0][0])


def _up(session: Session, scripts: Sequence[Script], run: str) -> tuple[Applied, ...]:
    session.turn()
    todo = pending(scripts, history.applied(session))
    parts = {script.version: _statements(script.path, script.text) for script in todo}
    if todo:
        session.query(history.CREATE)
    done: list[Applied] = []
    for script in todo:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        row = Applied(script.version, script.path, script.checksum, run, at)
        rest = [s.version for s in todo[len(done) + 1 :]]
        _carry_out(
            session, script.path, parts[script.version], _recorded(session, row), [a.version for a in done], rest
        )
        done.append(row)
    return tuple(done)


def _down(session: Session, scripts: Sequence[Script], run: str) -> tuple[str, ...]:
    session.turn()
    todo = reversible(scripts, history.applied(session), run)
    parts = {script.version: _statements(_undo(script), script.undo or "") for script in todo}
    done: list[str] = []
    for script in todo:
        rest = [s.version for s in todo[len(done) + 1 :]]
        _carry_out(session, _undo(script), parts[script.version], _forgotten(session, script.version), done, rest)
        done.append(script.version)
    return tuple(done)


def _carry_out(
    session: Session,
    path: str,
    parts: Sequence[Statement],
    record: Callable[[], object],
    done: Sequence[str],
    rest: Sequence[str],
) -> None:
    """All statements and the record, or none of them. Raises StepFailed telling exactly how far it went."""
    session.begin()
    at: Statement | None = None
    try:
        for statement in parts:
            at = statement
            session.query(statement.text)
        at = None
        record()
        session.commit()
    except SqlError as error:
        if error.lost:
            raise
        session.rollback()
        raise _told(path, at, len(parts), error, done, rest) from error


def _told(
    path: str, at: Statement | None, count: int, error: SqlError, done: Sequence[str], rest: Sequence[str]
) -> StepFailed:
    said = error.said.splitlines() or ["?"]
    number, line = (at.number, at.line) if at else (count, 0)
    words = FAILED.format(path=path, number=number, count=count, line=line, said=said[0])
    shown = at.text.splitlines()[:5] if at else []
    return StepFailed(words, (*said, *shown), KEPT.format(path=path, done=_listed(done), rest=_listed(rest)))


def _statements(path: str, text: str) -> tuple[Statement, ...]:
    """Raises StepFailed, before anything is touched, for a script that does not leave transactions to us."""
    found = statements(text)
    wrong = next((s for s in found if s.controls_transactions), None)
    if wrong is not None:
        raise StepFailed(
            OWN_TRANSACTION.format(path=path, line=wrong.line, word=wrong.words[0].upper()), (), OWN_TRANSACTION_HINT
        )
    return found


def _recorded(session: Session, row: Applied) -> Callable[[], object]:
    mark = session.placeholder
    insert = (
        f"INSERT INTO {history.TABLE} (number, version, script, checksum, run, at) "
        f"SELECT coalesce(max(number), 0) + 1, {', '.join([mark] * 5)} FROM {history.TABLE}"
    )
    return lambda: session.query(insert, (row.version, row.script, row.checksum, row.run, row.at))


def _forgotten(session: Session, version: str) -> Callable[[], object]:
    return lambda: session.query(f"DELETE FROM {history.TABLE} WHERE version = {session.placeholder}", (version,))


def _undo(script: Script) -> str:
    return f"{script.path} (down)"


def _listed(versions: Sequence[str]) -> str:
    return ", ".join(versions) or "-"


LOST = Words("the database {name} cannot be reached: {said}", "无法连接数据库 {name}：{said}")
REFUSED = Words("the database {name} refused: {said}", "数据库 {name} 拒绝：{said}")
FAILED = Words(
    "{path}: statement {number} of {count} (line {line}) failed: {said}",
    "{path}：第 {number} 条语句（共 {count} 条，第 {line} 行）失败：{said}",
)
KEPT = Words(
    "{path} was rolled back whole; carried out before it: {done}; not tried: {rest}",
    "{path} 已整体回滚；在它之前已完成：{done}；尚未尝试：{rest}",
)
OWN_TRANSACTION = Words(
    "{path}, line {line}: a migration may not say {word}", "{path} 第 {line} 行：迁移脚本中不能使用 {word}"
)
OWN_TRANSACTION_HINT = Words(
    "leave it out: every script is one transaction together with its record", "请删去：每个脚本与其记录同在一个事务中"
)
