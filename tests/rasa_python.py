"""Runs something with the Python of Rasa's environment, as the bot does."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bot.paths import NLU
from bot.rasa.environment import PYTHON, rasa_environment


def python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Rasa's own Python, in `nlu/`."""
    command = [PYTHON, "-W", "ignore", *arguments]
    return subprocess.run(command, cwd=NLU, env=rasa_environment(), capture_output=True, text=True, check=False)
