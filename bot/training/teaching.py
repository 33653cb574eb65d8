"""Runs a training of Rasa: tells how far it is, stops it when the task is cancelled, leaves a whole model or none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from bot.content import Content
from bot.errors import SetupError
from bot.paths import NLU
from bot.rasa.environment import PYTHON, rasa_environment
from bot.rasa.process import stop
from bot.training.compile import compile_content
from bot.training.progress import Progress, TrainingProgress

TICK: Final = 0.5
"""Seconds between two looks at the log."""
NICENESS: Final = 10
"""A bot that serves on the same machine goes first."""
_WORK: Final = ".training-"
_TOLD: Final = 15
"""Lines of the log that are shown when a training fails."""


async def teach(content: Content, target: Path, progress: Progress) -> None:
    """Train a model for `content` and put it at `target`, replacing it at once when it is complete.

    The caller holds the lock of the folder. Cancelling the task stops Rasa. Raises `SetupError` when it fails; the
    whole log is then in `training.log` beside `target`.
    """
    if not PYTHON.exists():
        raise SetupError("Rasa's environment is missing", "run `make run` once, or `uv sync` in nlu/")
    for left in target.parent.glob(f"{_WORK}*"):  # by a training that was killed
        shutil.rmtree(left, ignore_errors=True)
    work, log = Path(tempfile.mkdtemp(prefix=_WORK, dir=target.parent)), target.parent / "training.log"
    try:
        await asyncio.to_thread(compile_content, content, work / "build")
        code = await _run(work, log, progress)
        model = work / "model.tar.gz"
        if code != 0 or not model.exists():
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TOLD:])
            raise SetupError(f"training failed:\n{tail}", f"the whole log is in {log}")
        model.replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


async def _run(work: Path, log: Path, progress: Progress) -> int:
    """Run Rasa and report what its log says; returns its exit code."""
    build = work / "build"
    with log.open("wb") as output, log.open(encoding="utf-8", errors="replace") as written:
        process = await asyncio.create_subprocess_exec(
            PYTHON, "-m", "components.training", "train", "--config", "config.yml", "--domain", build / "domain",
            "--data", "data", build / "data", "--out", work, "--fixed-model-name", "model", "--skip-validation",
            "--force",  # Rasa's cache of earlier trainings is not used, and asking it would take time
            cwd=NLU, env=rasa_environment(), stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            so_far = TrainingProgress()
            while process.returncode is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), TICK)
                so_far.read(written.read())
                progress(so_far.share, so_far.stage)
        finally:
            await stop(process)
    assert process.returncode is not None
    return process.returncode
