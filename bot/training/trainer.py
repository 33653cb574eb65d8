"""Trains, compares with the model that serves, and chooses; what it is at can be read from any process.

    trainer = Trainer()
    trainer.start(content)      # or: await trainer.run(content)
    trainer.status              # state, share, stage, ...
    await trainer.cancel()

A running bot changes over to the chosen model by itself (`bot.rasa.chosen`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.content import Content
from bot.content import exam as exams
from bot.content.edit import write
from bot.errors import MusafirError
from bot.paths import CONTENT
from bot.training.comparison import Comparison
from bot.training.examination import compare_models
from bot.training.folder import ModelFolder
from bot.training.lock import TrainingBusyError, is_held, training_lock
from bot.training.model import model_name
from bot.training.progress import Progress, part
from bot.training.teaching import teach

logger = logging.getLogger(__name__)

TRAINING_SHARE: Final = 0.8
"""Of the whole time when a comparison follows."""
BETWEEN_NOTES: Final = 1.0
"""Seconds between two versions of the state file within a stage."""


class State(StrEnum):
    """What a trainer is at."""

    IDLE = "idle"
    TRAINING = "training"
    COMPARING = "comparing"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_busy(self) -> bool:
        """True while there is something to wait for."""
        return self in (State.TRAINING, State.COMPARING)


@dataclass(frozen=True)
class Status:
    """How far the training is, or how the last one ended. `share` is of the whole work, from 0 to 1."""

    state: State = State.IDLE
    share: float = 0.0
    stage: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    model: str | None = None
    taken_over: bool = False
    """The model is the chosen one."""
    message: str = ""
    """How it ended, in a sentence. More about the model is in `ModelFolder.report`."""


_STATUS: Final = TypeAdapter(Status)


class Trainer:
    """One for a folder of models. `on_progress` is told as well what the state file says."""

    def __init__(
        self, folder: ModelFolder | None = None, content_root: Path = CONTENT, on_progress: Progress | None = None
    ) -> None:
        self.folder = folder or ModelFolder()
        self._content_root = content_root
        self._on_progress = on_progress
        self._task: asyncio.Task[Status] | None = None
        self._status = Status()
        self._noted_at = 0.0

    @property
    def status(self) -> Status:
        """What is going on in this or another process. A training whose process has died has failed."""
        status = self._read()
        if status.state.is_busy and not is_held(self.folder.lock):
            status = self._read()  # it may have ended just now, and written so before it let go of the lock
            if status.state.is_busy:
                return replace(status, state=State.FAILED, message="the training was interrupted; start it again")
        return status

    def start(self, content: Content) -> None:
        """Begin `run` in the background, for `status` to follow. Raises `TrainingBusyError` while one is running."""
        if is_held(self.folder.lock) or (self._task and not self._task.done()):
            raise TrainingBusyError("a training is already running", "wait until it has ended")
        self._task = asyncio.create_task(self.run(content))
        self._task.add_done_callback(_log_failure)

    async def cancel(self) -> bool:
        """Stop what `start` began. False when there is nothing to stop, or when it runs in another process."""
        if self._task is None or self._task.done():
            return False
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return True

    async def run(self, content: Content, *, force: bool = False) -> Status:
        """Train the model for `content` unless it is there, compare it, and choose it unless it is worse.

        With `force` it is chosen also when it is worse. Raises `TrainingBusyError` when a training is running, else
        `SetupError` when training or comparing fails: the chosen model then stays as it was.
        """
        with training_lock(self.folder.lock):
            self._status = Status(State.TRAINING, started_at=datetime.now(UTC), stage="reading the content")
            self._write()
            try:
                await self._take_over(content, force=force)
            except BaseException as error:
                self._end(State.FAILED, _sentence(error))
                raise
        return self._status

    async def _take_over(self, content: Content, *, force: bool) -> None:
        folder, model = self.folder, await asyncio.to_thread(model_name, content)
        before = folder.chosen()
        self._status = replace(self._status, model=model)
        if model == before:
            self._end(State.DONE, "nothing has changed since the last training", taken_over=True)
            return
        exam = exams.read(self._content_root) if before else []
        training_share = TRAINING_SHARE if exam else 1.0
        if folder.file(model).exists():
            training_share = 0.0
        else:
            await teach(content, folder.file(model), part(self._progress(State.TRAINING), 0.0, training_share))
        comparison = None
        if before and exam:
            told = part(self._progress(State.COMPARING), training_share, 1.0)
            comparison = await compare_models(folder, before, model, content, exam, told)
        taken_over = force or comparison is None or comparison.not_worse
        note = _note(before, comparison, taken_over=taken_over)
        folder.add_report(model, note, refused=not taken_over, comparison=comparison)
        if taken_over:
            folder.choose(model)
        folder.prune(model)
        self._end(State.DONE, note, taken_over=taken_over)

    @property
    def _file(self) -> Path:
        return self.folder.root / "training.json"

    def _progress(self, state: State) -> Progress:
        def progress(share: float, stage: str) -> None:
            is_new = stage != self._status.stage
            self._status = replace(self._status, state=state, share=share, stage=stage)
            if self._on_progress:
                self._on_progress(share, stage)
            if is_new or time.monotonic() - self._noted_at >= BETWEEN_NOTES:
                self._write()

        return progress

    def _end(self, state: State, message: str, *, taken_over: bool = False) -> None:
        share = 1.0 if state is State.DONE else self._status.share
        self._status = replace(
            self._status, state=state, share=share, message=message, taken_over=taken_over, ended_at=datetime.now(UTC)
        )
        self._write()

    def _read(self) -> Status:
        try:
            return _STATUS.validate_json(self._file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return Status()

    def _write(self) -> None:
        self._noted_at = time.monotonic()
        with contextlib.suppress(OSError):  # a full disk must not hide what went wrong
            write(self._file, _STATUS.dump_json(self._status, indent=1).decode() + "\n")


def _note(before: str | None, comparison: Comparison | None, *, taken_over: bool) -> str:
    if comparison:
        return comparison.reason + (", taken over all the same" if taken_over and not comparison.not_worse else "")
    if before:
        return "not compared: there are no questions in content/exam/"
    return "the first model: there is none to compare it with"


def _sentence(error: BaseException) -> str:
    if isinstance(error, MusafirError):
        return str(error)
    return "stopped" if isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)) else type(error).__name__


def _log_failure(task: asyncio.Task[Status]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("the training failed: %s", _sentence(error))
