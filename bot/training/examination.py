"""Asks a model the questions of the exam, through the whole way that a Telegram message takes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from bot import evaluate as evaluation
from bot.content import Content
from bot.content.exam import ExamRow
from bot.dialogue import Dialogue
from bot.errors import SetupError
from bot.paths import VAR
from bot.rasa import RasaClient
from bot.rasa.process import RasaProcess, free_port
from bot.training.comparison import Comparison, compare
from bot.training.folder import ModelFolder
from bot.training.progress import Progress, part

LOG: Final = VAR / "rasa-exam.log"
START_SHARE: Final = 0.5
"""Of the time of an examination; loading Rasa takes about as long as 800 questions."""


async def compare_models(
    folder: ModelFolder, before: str, after: str, content: Content, exam: list[ExamRow], progress: Progress
) -> Comparison:
    """Ask two models of `folder` the questions whose answers are in `content`, one model after the other.

    Both run on ports of their own, so that whatever serves people is left alone. Raises `SetupError`.
    """
    known = set(content.answers) | evaluation.DIALOGUE_LABELS
    rows = [
        evaluation.Row(row.text, row.label, row.style, row.language)
        for row in exam
        if not known.isdisjoint(row.label.split("|"))
    ]
    old = await _examine(folder.file(before), content, rows, part(progress, 0.0, 0.5), "examining the old model")
    new = await _examine(folder.file(after), content, rows, part(progress, 0.5, 1.0), "examining the new model")
    learned = await asyncio.to_thread(folder.answers_of, before)
    return compare(old, new, learned | evaluation.DIALOGUE_LABELS, (before, after))


async def _examine(
    model: Path, content: Content, rows: list[evaluation.Row], progress: Progress, stage: str
) -> list[evaluation.Result]:
    process = RasaProcess(model, free_port(), LOG)
    asked = 0

    def count() -> None:
        nonlocal asked
        asked += 1
        progress(START_SHARE + (1 - START_SHARE) * asked / len(rows), stage)

    progress(0.0, stage)
    async with process.running(), RasaClient(process.url) as rasa:
        await rasa.wait_until_ready()
        results = await evaluation.evaluate(Dialogue(content, rasa), rows, count)
    if any(result.outcome == "fallback" for result in results):
        raise SetupError("Rasa stopped answering during the exam", f"look at {LOG}, then train again")
    return results
