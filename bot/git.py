"""Git, where it is there: nothing that Musafir does for people depends on it."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

PATIENCE: Final = 120
"""Seconds."""


def git(folder: Path, *arguments: str) -> str | None:
    """What git prints in `folder`; None without git or a repository, and when it refuses, which is logged."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("git could not be used: %s", type(error).__name__)
        return None
    if done.returncode != 0:
        command = next((word for word in arguments if word.isalpha()), arguments[0])  # others may be somebody's words
        logger.info("git %s ended with %s", command, done.returncode)
        return None
    return done.stdout
