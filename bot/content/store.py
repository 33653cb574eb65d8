"""Keeps the running bot up to date with the files: an edit is live within seconds, a broken one changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from watchfiles import awatch

from bot.content.library import Library
from bot.content.model import Content
from bot.content.problems import Problem, Severity

logger = logging.getLogger(__name__)

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
        self.content, self.problems = await asyncio.to_thread(self._library.read)
        for problem in self.errors():
            logger.error("%s", problem)
        for listener in self._listeners:
            result = listener(self.content)
            if result is not None:
                await result

    async def watch(self) -> None:
        """Follow edits until cancelled."""
        async for _ in awatch(self.root, debounce=400):
            await self.reload()
            logger.info("content reloaded: %d answers", len(self.content.answers))
