"""File locks that end with their process: how a dead worker is known at once on the host where it lived."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType


class FileLock:
    """An exclusive lock on a file, held until `drop` or the end of the process, however it ends."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @staticmethod
    def make(path: Path) -> FileLock | None:
        """A new lock file that is held from the moment it can be seen; None when there is one of that name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(prefix=".fresh-", dir=path.parent)
        lock = _locked(path, descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert lock is not None, "nobody else knows the file yet"
        try:
            os.link(fresh, path)
        except FileExistsError:
            lock.drop()
            return None
        finally:
            os.unlink(fresh)
        return lock

    @staticmethod
    def wait(path: Path) -> FileLock:
        """The lock, as soon as its holder drops it. For locks that are held for moments only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(path, os.open(path, os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_EX)
        assert lock is not None, "a blocking lock is always had"
        return lock

    def drop(self, *, forget: bool = False) -> None:
        """Give the lock back; with `forget` the file goes too."""
        if forget:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.drop()


def is_dead(path: Path) -> bool:
    """Whether the process that made and held the lock file is gone. A missing file proves nothing.

    The look is a shared lock: two that look at once do not take each other for the holder."""
    try:
        lock = _locked(path, os.open(path, os.O_RDWR), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    if lock is None:
        return False
    lock.drop()
    return True


def _locked(path: Path, descriptor: int, how: int) -> FileLock | None:
    os.set_inheritable(descriptor, False)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return FileLock(path, descriptor)
