"""Reads and saves the files of `content/`: checked first, written whole, committed with the editor's name."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.content import Content, ContentStore, Library, Problem, Severity, review
from bot.content.edit import write
from bot.desk.history import History
from bot.errors import MusafirError

EDITABLE = {".md", ".yml", ".csv"}


class UnknownFileError(MusafirError):
    """A path that is not a file of the content."""


class ChangedMeanwhileError(MusafirError):
    """Somebody else has saved the file since it was opened. `theirs` is what it says now."""

    def __init__(self, theirs: Opened) -> None:
        super().__init__("somebody else has changed this in the meantime", "compare both and save again")
        self.theirs = theirs


class MistakesError(MusafirError):
    """The text would keep a file out of the bot. Nothing was saved."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(f"{len(checked.errors)} mistakes", "correct them and save again")
        self.checked = checked


class NotSavedError(MusafirError):
    """The file could not be written: a full disk, a read-only folder. The old file is as it was."""


@dataclass(frozen=True)
class Opened:
    """A file as it was when it was opened; `version` tells whether it is still the same."""

    path: Path
    text: str

    @property
    def version(self) -> str:
        """Sixteen hex digits; of an empty text when the file does not exist yet."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Checked:
    """What a change would lead to."""

    content: Content
    library: Library
    problems: Sequence[Problem]

    @property
    def errors(self) -> list[Problem]:
        """The mistakes that must be mended before it can be saved."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


class Files:
    """The files below `store.root`. Hold `saving` from reading a file until it is written."""

    def __init__(self, store: ContentStore, history: History) -> None:
        self.store = store
        self.history = history
        self.saving = asyncio.Lock()

    def path(self, name: str) -> Path:
        """The file called `name`, such as `safety/ky.yml`. Raises `UnknownFileError` for anything outside."""
        root = self.store.root.resolve()
        path = (root / name.replace("\0", "")).resolve()
        if not path.is_relative_to(root) or path.suffix not in EDITABLE or path.name.startswith("."):
            raise UnknownFileError(f"{name!r} is no file of the content", "open it from the list")
        return self.store.root / path.relative_to(root)

    def open(self, name: str) -> Opened:
        """The file as it is now. Raises `UnknownFileError` when there is none."""
        path = self.path(name)
        if not path.is_file():
            raise UnknownFileError(f"there is no file {name}", "open it from the list")
        return Opened(path, path.read_text(encoding="utf-8"))

    async def check(self, changes: Mapping[Path, str]) -> Checked:
        """What would be wrong in the changed files, and what the change would break elsewhere, if it were saved now."""
        return await asyncio.to_thread(self._check, changes)

    def _check(self, changes: Mapping[Path, str]) -> Checked:
        known = {(problem.file, problem.what) for problem in self.store.problems}
        trial = self.store.trial(changes)
        content, problems = trial.read()
        found = [found for found in problems if found.file in changes or (found.file, found.what) not in known]
        found += review.check(content, trial, datetime.now(UTC).date(), only=set(changes))
        return Checked(content, trial, sorted(found))

    async def save(self, opened: Opened, text: str, editor: str, what: str) -> Checked:
        """Check, write and commit one file.

        Raises `ChangedMeanwhileError`, `MistakesError` or `NotSavedError`; in each case nothing has changed.
        """
        async with self.saving:
            return await self.save_opened(opened, text, editor, what)

    async def save_opened(self, opened: Opened, text: str, editor: str, what: str) -> Checked:
        """`save` for whoever holds `saving` already."""
        self._require_unchanged(opened)
        checked = await self.check({opened.path: text})
        if checked.errors:
            raise MistakesError(checked)
        if text != opened.text:
            await self.write({opened.path: text}, editor, what)
        return checked

    async def write(self, texts: Mapping[Path, str], editor: str, what: str) -> None:
        """Write files that were checked, commit them, and show them in the bot."""
        for path, text in texts.items():
            try:
                await asyncio.to_thread(write, path, text)
            except OSError as error:
                raise NotSavedError(
                    f"{path.name} could not be saved ({error.strerror or type(error).__name__})",
                    "make room on the disk or ask who looks after this machine; your text is still below",
                ) from error
        await self.history.commit(list(texts), what, editor)
        await self.store.reload()

    def _require_unchanged(self, opened: Opened) -> None:
        now = opened.path.read_text(encoding="utf-8") if opened.path.is_file() else ""
        if Opened(opened.path, now).version != opened.version:
            raise ChangedMeanwhileError(Opened(opened.path, now))
