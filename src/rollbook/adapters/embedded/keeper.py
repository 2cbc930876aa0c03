"""Runs one program for as long as a file exists: Envoy cannot watch for the end of its own site.

    python -I -S keeper.py FILE PROGRAM ARGUMENT…

Ends the program when FILE is gone or when it is itself asked to end; the program never outlives it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from types import FrameType

LOOK_S = 2.0
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def main(file: str, argv: list[str]) -> int:
    libc = ctypes.CDLL(None)

    def die_with_parent() -> None:
        libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)

    # The keeper has one thread, so running code between fork and exec is safe.
    program = subprocess.Popen(argv, close_fds=False, preexec_fn=die_with_parent)  # noqa: PLW1509

    def forward(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        program.send_signal(number)

    signal.signal(signal.SIGTERM, forward)
    while os.path.exists(file):
        try:
            return program.wait(LOOK_S)
        except subprocess.TimeoutExpired:
            continue
    program.kill()
    return program.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
