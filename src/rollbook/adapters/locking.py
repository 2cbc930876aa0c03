"""The kernel's lock on an open file: it ends with its last holder, however that ends."""

from __future__ import annotations

import fcntl


def try_lock(descriptor: int, shared: bool = False) -> bool:
    """Take the lock of an open file if it is free; `shared` locks stand in the way of exclusive ones only."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
