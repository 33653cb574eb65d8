"""What Rasa writes is kept in a file that does not grow without end, and it learns no secret of ours."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot.rasa.environment import rasa_environment
from bot.rasa.log import keep_log


async def written(file: Path, program: str, largest: int) -> None:
    """Keep what a Python program prints."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await keep_log(process.stdout, file, largest)
    assert await process.wait() == 0


async def test_a_log_is_bounded_and_its_end_is_there(tmp_path: Path) -> None:
    file = tmp_path / "rasa.log"
    file.write_text("from an earlier start\n")
    await written(file, "for n in range(20_000): print('line', n)\nprint('the end')", 100_000)
    sizes = {path.name: path.stat().st_size for path in [file, tmp_path / "rasa.log.1"]}
    assert all(0 < size <= 100_000 for size in sizes.values())
    assert file.read_text().endswith("line 19999\nthe end\n")


async def test_a_small_log_is_only_added_to(tmp_path: Path) -> None:
    file = tmp_path / "rasa.log"
    for word in ("first", "second"):
        await written(file, f"print('{word}')", 100_000)
    assert file.read_text() == "first\nsecond\n"


async def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    await written(tmp_path / "no-folder" / "rasa.log", "print('x' * 1_000_000)", 100_000)


def test_rasa_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("TELEGRAM_BOT_TOKEN", "MUSAFIR_SECRET", "MUSAFIR_SECRET_OLD", "WEBHOOK_SECRET", "DESK_PASSWORD")
    for name in names:
        monkeypatch.setenv(name, "hidden-word")
    assert "hidden-word" not in rasa_environment().values()
