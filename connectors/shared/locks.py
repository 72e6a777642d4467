"""How does one process at a time hold a name, on every system? (a lock that a killed process gives up by dying)"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EACCES, EAGAIN, EDEADLK
from pathlib import Path
from typing import Final

_TAKEN: Final = frozenset({EACCES, EAGAIN, EDEADLK, 36})
"""What a lock that another one holds answers (36: EDEADLOCK on Windows); anything else is trouble."""

if sys.platform == "win32":
    import msvcrt

    def _try(number: int) -> None:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

    def _release(number: int) -> None:
        os.lseek(number, 0, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_UN)


@contextmanager
def held(path: Path, wait: Callable[[float], None] = time.sleep, step: float = 0.05) -> Iterator[None]:
    """Holds the lock file `path` (made when it is not there, never removed); waits while another process or thread
    does. `wait` may raise to give up."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                _try(number)
                break
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                wait(step)
        try:
            yield
        finally:
            _release(number)
    finally:
        os.close(number)
