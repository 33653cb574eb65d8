"""One training at a time on a machine: two would slow each other down and write over each other's files."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import SetupError

_ATTEMPTS: Final = 5
_PAUSE: Final = 0.05
"""Seconds. `is_held` holds the lock for an instant too; that must not turn a training away."""


class TrainingBusyError(SetupError):
    """Another process, or another task of this one, trains at the moment."""


@contextmanager
def training_lock(file: Path) -> Iterator[None]:
    """Hold the lock; `file` then names our process. Raises `TrainingBusyError` when somebody else holds it.

    The operating system gives the lock back when its process ends, however it ends: a file that is left is no lock.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        for attempt in range(_ATTEMPTS):
            if _take(handle):
                break
            time.sleep(_PAUSE if attempt < _ATTEMPTS - 1 else 0)
        else:
            owner = os.pread(handle, 20, 0).decode().strip()
            raise TrainingBusyError(f"a training is already running (process {owner})", "wait until it has ended")
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_held(file: Path) -> bool:
    """True while a training runs, in this process or in another."""
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _take(handle)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
