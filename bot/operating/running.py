"""Tells whether a bot or a desk runs on this machine, so that nothing is restored under its feet.

Every bot and desk holds a shared lock while it runs, a restore an exclusive one. The operating system gives both back
when their process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import SetupError
from bot.paths import VAR

logger = logging.getLogger(__name__)

_LOCK: Final = "running.lock"
_UNFINISHED: Final = "restore-unfinished"


@contextmanager
def marked_running(folder: Path = VAR) -> Iterator[None]:
    """Be known as running. Raises `SetupError` during a restore, and after one that was cut off."""
    try:
        handle = _lock(folder, fcntl.LOCK_SH)
    except BlockingIOError as error:
        raise SetupError("a backup is being restored", "wait until that has ended") from error
    except OSError as error:  # a folder that cannot be written: then nothing can be restored into it either
        logger.warning("%s cannot be written (%s)", folder, type(error).__name__)
        yield
        return
    try:
        if unfinished_mark(folder).exists():
            raise SetupError("a restore was cut off", "run `musafir restore` again with the same file")
        yield
    finally:
        os.close(handle)


@contextmanager
def while_stopped(folder: Path = VAR) -> Iterator[None]:
    """Keep bots and desks from starting. Raises `SetupError` while one runs, `OSError` when that cannot be told."""
    try:
        handle = _lock(folder, fcntl.LOCK_EX)
    except BlockingIOError as error:
        raise SetupError(
            "the bot or the desk is running", "stop both first: systemctl stop musafir musafir-desk, or Ctrl-C"
        ) from error
    try:
        yield
    finally:
        os.close(handle)


def is_running(folder: Path = VAR) -> bool:
    """True while a bot or a desk runs, or a restore. Raises `OSError` when that cannot be told."""
    if not (folder / _LOCK).exists():
        return False
    try:
        os.close(_lock(folder, fcntl.LOCK_EX))
    except BlockingIOError:
        return True
    return False


def unfinished_mark(folder: Path = VAR) -> Path:
    """The file that is there while things are being put into place; where it is left, no bot starts."""
    return folder / _UNFINISHED


def _lock(folder: Path, kind: int) -> int:
    folder.mkdir(exist_ok=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BaseException:
        os.close(handle)
        raise
    return handle
