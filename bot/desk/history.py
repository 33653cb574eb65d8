"""Git, where `content/` is in a repository: who changed what stays known, and every change can be taken back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bot.git import git

_FORBIDDEN_IN_NAMES: Final = re.compile(r"[<>\x00-\x1f]")
_COMMITTER: Final = ("-c", "user.name=Musafir desk", "-c", "user.email=desk@musafir.invalid")


@dataclass(frozen=True)
class Change:
    """One commit: who, when, what for."""

    author: str
    day: date
    subject: str


class History:
    """The repository around a folder. Without git or a repository nothing is committed; saving works all the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def commit(self, files: Sequence[Path], message: str, author: str) -> bool:
        """Commit just these files. False when there is no repository, or git refuses; the files are saved anyway."""
        names = [str(file) for file in files]
        name = _FORBIDDEN_IN_NAMES.sub(" ", author).strip() or "staff"
        if not await asyncio.to_thread(git, self._folder, "rev-parse", "--is-inside-work-tree"):
            return False
        await asyncio.to_thread(git, self._folder, "add", "--", *names)
        done = await asyncio.to_thread(
            git,
            self._folder,
            *_COMMITTER,
            "commit",
            "--quiet",
            "--no-gpg-sign",
            f"--author={name} <desk@musafir.invalid>",
            f"--message={message}",
            "--only",
            "--",
            *names,
        )
        return done is not None

    async def latest(self, most: int = 30) -> list[Change]:
        """The last changes of the folder, newest first."""
        printed = await asyncio.to_thread(
            git, self._folder, "log", f"-{most}", "--date=short", "--format=%an%x1f%ad%x1f%s", "--", "."
        )
        fields = [line.split("\x1f") for line in (printed or "").splitlines()]
        return [Change(author, date.fromisoformat(day), subject) for author, day, subject in fields]
