"""Keeps the running bot up to date with the files: an edit is live within seconds, a broken one changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from watchfiles import awatch

from bot.content.library import Library
from bot.content.model import Content
from bot.content.problems import Problem, Severity

logger = logging.getLogger(__name__)

_LOOK: Final = 5_000
"""Milliseconds between two looks whether the folder is still the one that is watched."""

Listener = Callable[[Content], Awaitable[None] | None]


class ContentStore:
    """The content as it is now. Call `watch()` in a task to follow edits."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.root = library.root
        self._listeners: list[Listener] = []
        self.content, self.problems = library.read()

    def errors(self) -> list[Problem]:
        """What keeps a file out of the bot at the moment."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    def trial(self, changes: Mapping[Path, str]) -> Library:
        """The files as if they held `changes`; nothing is saved."""
        return self._library.with_changes(changes)

    def on_change(self, listener: Listener) -> None:
        """Call `listener` with the new content after each edit."""
        self._listeners.append(listener)

    async def reload(self) -> None:
        """Read the files again and tell the listeners. Broken files keep their last good version."""
        content, self.problems = await asyncio.to_thread(self._library.read)
        for problem in self.errors():
            logger.error("%s", problem)
        if self.content.answers and not content.answers:  # somebody is copying, or has moved the folder away
            logger.error("there are no answers in %s, the last known ones stay", self.root)
            return
        self.content = content
        for listener in self._listeners:
            result = listener(self.content)
            if result is not None:
                await result

    async def watch(self) -> None:
        """Follow edits until cancelled, also where the whole folder is put away and another takes its place."""
        watched = self._folder()
        while True:
            folder = self._folder()
            if folder is None:
                await asyncio.sleep(_LOOK / 1000)
                continue
            is_other = folder != watched  # read once it is watched, so that no edit falls between the two
            watched = folder
            async for changes in awatch(self.root, debounce=400, rust_timeout=_LOOK, yield_on_timeout=True):
                if changes or is_other:
                    await self._follow()
                    is_other = False
                if self._folder() != folder:
                    break

    async def _follow(self) -> None:
        try:
            await self.reload()
        except Exception as error:  # whatever an edit breaks, the next one must be followed
            logger.exception("the content could not be read again: %s", type(error).__name__)
        else:
            logger.info("content reloaded: %d answers", len(self.content.answers))

    def _folder(self) -> tuple[int, int] | None:
        """What tells the folder from one that takes its place; None while there is none."""
        try:
            status = self.root.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino
