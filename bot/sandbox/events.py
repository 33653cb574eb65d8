"""Announcements to whoever watches: the page, and tests that wait for an answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Json = dict[str, Any]


class Announcer:
    """Passes events on to its watchers and to the announcer above it."""

    def __init__(self, above: "Announcer | None" = None) -> None:
        self._above = above
        self._watchers: set[asyncio.Queue[Json | None]] = set()

    def announce(self, event: Json) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(event)
        if self._above:
            self._above.announce(event)

    @contextmanager
    def watched(self) -> Iterator[asyncio.Queue[Json | None]]:
        """Yield a queue of the events from now on; None means that there will be no more."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)

    def close(self) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(None)
