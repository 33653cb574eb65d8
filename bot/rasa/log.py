"""What Rasa's process writes, kept in a file that does not grow without end."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final

LARGEST: Final = 2_000_000
"""Bytes of a log; then it becomes `….1`, and the one before it goes."""
_CHUNK: Final = 65_536


async def keep_log(stream: asyncio.StreamReader, file: Path, largest: int = LARGEST) -> None:
    """Append what comes through `stream` to `file` until it ends. A full disk loses the log and stops nothing."""
    while chunk := await stream.read(_CHUNK):
        with contextlib.suppress(OSError):
            _append(chunk, file, largest)


def _append(chunk: bytes, file: Path, largest: int) -> None:
    if file.exists() and file.stat().st_size + len(chunk) > largest:
        file.replace(file.with_name(f"{file.name}.1"))
    with file.open("ab") as log:
        log.write(chunk)
