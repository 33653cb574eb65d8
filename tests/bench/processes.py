"""The processes of a contender: started apart, measured, and stopped with all their children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_STOP_SECONDS: Final = 15.0


@asynccontextmanager
async def process(
    *command: str | Path, folder: Path, environment: Mapping[str, str], log: Path, nice: int = 0
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `command` in `folder` while the context is open; yields it. What it prints goes to `log`."""
    with log.open("ab") as file:
        started = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=(lambda: os.nice(nice)) if nice else None,
        )
    try:
        yield started
    finally:
        await _stop(started)


async def _stop(started: asyncio.subprocess.Process) -> None:
    family = list(_family(started.pid))
    with contextlib.suppress(ProcessLookupError):
        started.terminate()
    try:
        await asyncio.wait_for(started.wait(), _STOP_SECONDS)
    except TimeoutError:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await started.wait()


def memory(pid: int) -> float:
    """MB that a process and all its children hold, each shared page counted once (PSS)."""
    return sum(_proportional(member) for member in _family(pid)) / 1024


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process and all its children have used so far, those that ended left out."""
    return sum(_ticks(member) for member in _family(pid)) / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _proportional(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.partition("\nPss:")[2].split()[0])


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])
