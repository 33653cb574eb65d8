"""A training says how far it is, runs alone, and leaves a complete model or none."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.content import Content, Library
from bot.errors import SetupError
from bot.paths import ROOT
from bot.training import teaching
from bot.training.folder import ModelFolder
from bot.training.lock import TrainingBusyError, is_held, training_lock
from bot.training.progress import STAGES, TrainingProgress, part
from bot.training.trainer import State, Trainer

LOG = (Path(__file__).parent / "data" / "rasa_train.log").read_text(encoding="utf-8")
"""What `rasa train` wrote on a day, shortened where it repeats itself."""


class Clock:
    """Time that a test moves on; in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("size", [1, 7, 500, len(LOG)])
def test_the_log_of_a_training_is_followed_to_its_end(size: int) -> None:
    progress = TrainingProgress(Clock())
    seen = [(progress.share, progress.stage)]
    for begin in range(0, len(LOG), size):
        progress.read(LOG[begin : begin + size])
        seen.append((progress.share, progress.stage))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    if size < 10:
        assert list(dict.fromkeys(stage for _, stage in seen)) == [stage.name for stage in STAGES]


def test_the_clock_moves_a_stage_on_but_never_ends_it() -> None:
    clock = Clock()
    progress = TrainingProgress(clock)
    shares = []
    for clock.now in range(0, 4000, 5):
        shares.append(progress.share)
    assert shares == sorted(shares)
    assert shares[1] > shares[0]
    assert shares[-1] < STAGES[0].seconds / sum(stage.seconds for stage in STAGES)
    assert progress.stage == STAGES[0].name
    before = progress.share
    progress.read(f"{STAGES[0].mark}.\n")
    assert progress.share > before
    assert progress.stage == STAGES[1].name


def test_a_part_of_a_longer_work() -> None:
    told: list[float] = []
    half = part(lambda share, _: told.append(share), 0.5, 1.0)
    for share in (0.0, 0.5, 1.0):
        half(share, "x")
    assert told == [0.5, 0.75, 1.0]


def test_one_training_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "training.lock"
    assert not is_held(lock)
    with training_lock(lock):
        assert is_held(lock)
        with (
            pytest.raises(TrainingBusyError, match=rf"already running \(process {os.getpid()}\): wait"),
            training_lock(lock),
        ):
            pass
        assert is_held(lock), "who was turned away must not take the lock along"
    assert not is_held(lock)


def test_the_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "training.lock"
    code = (
        "import sys, time; from pathlib import Path; from bot.training.lock import training_lock\n"
        "with training_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, lock], stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert is_held(lock)
        with pytest.raises(TrainingBusyError, match=str(other.pid)), training_lock(lock):
            pass
        other.send_signal(signal.SIGKILL)
    with training_lock(lock):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_a_training_whose_process_died_has_failed(tmp_path: Path) -> None:
    trainer = Trainer(ModelFolder(tmp_path))
    assert trainer.status.state is State.IDLE
    status = {"state": "training", "share": 0.4, "stage": "x", "started_at": "2026-11-22T01:00:00Z"}
    (tmp_path / "training.json").write_text(json.dumps(status))
    with training_lock(trainer.folder.lock):
        assert trainer.status.state is State.TRAINING
        assert trainer.status.share == 0.4
    assert trainer.status.state is State.FAILED
    assert "interrupted" in trainer.status.message


async def test_nobody_trains_beside_a_training(content: Content, tmp_path: Path) -> None:
    trainer = Trainer(ModelFolder(tmp_path))
    with training_lock(trainer.folder.lock):
        with pytest.raises(TrainingBusyError):
            trainer.start(content)
        with pytest.raises(TrainingBusyError):
            await trainer.run(content)
    assert trainer.status.state is State.IDLE
    assert not await trainer.cancel()


@pytest.mark.slow
async def test_a_training_that_fails_says_why_and_leaves_nothing(
    content_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Python without Rasa: the real command fails at once."""
    monkeypatch.setattr(teaching, "PYTHON", Path(sys.executable))
    trainer = Trainer(ModelFolder(tmp_path / "models"))
    with pytest.raises(SetupError, match=r"(?s)training failed:.*No module named 'rasa'"):
        await trainer.run(Library(content_folder).read()[0])
    assert trainer.status.state is State.FAILED
    assert "No module named 'rasa'" in trainer.status.message
    assert "No module named 'rasa'" in (tmp_path / "models" / "training.log").read_text()
    left = {path.name for path in (tmp_path / "models").iterdir()}
    assert left == {"training.json", "training.lock", "training.log"}


@pytest.mark.rasa
async def test_a_training_that_is_stopped_leaves_nothing(content_folder: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    begun = asyncio.Event()
    trainer = Trainer(ModelFolder(models), on_progress=lambda share, stage: begun.set())
    trainer.start(Library(content_folder).read()[0])
    await asyncio.wait_for(begun.wait(), 120)
    assert trainer.status.state is State.TRAINING
    assert trainer.status.stage == STAGES[0].name
    children = _children()
    assert children
    assert await trainer.cancel()
    assert trainer.status.state is State.FAILED
    assert trainer.status.message == "stopped"
    assert not _children() & children
    assert {path.name for path in models.iterdir()} == {"training.json", "training.lock", "training.log"}
    assert not is_held(trainer.folder.lock)


def _children() -> set[str]:
    """Our processes that train a model, as `ps` lists them."""
    command = ["ps", "--ppid", str(os.getpid()), "-o", "pid,args"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line for line in listed.splitlines() if " components.training train " in line}
