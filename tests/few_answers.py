"""A copy of the real content with a few of its answers, that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.paths import CONTENT

FEW_ANSWERS = (
    "work-rights/unpaid-wages",
    "work-rights/no-written-contract",
    "documents/passport-taken",
    "arrival/ru-patent",
)


def few_answers(folder: Path) -> Path:
    """Make the copy in `folder`, which does not exist yet, and return it."""
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("answers", "exam"))
    for answer in FEW_ANSWERS:
        shutil.copytree(CONTENT / "answers" / answer, folder / "answers" / answer)
    return folder
