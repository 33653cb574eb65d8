"""The queue of updates, with the offsets and the long polling of getUpdates."""

import asyncio
import time
from collections import deque
from typing import Any

from bot.sandbox.errors import Conflict

Json = dict[str, Any]

_FIRST_UPDATE_ID = 500_000_001
_REPLAYED = 100
_PER_SECOND = 1_000
"""Numbers that a sandbox may use until one that is started later must begin above them."""


class UpdateQueue:
    """Updates stay until the bot asks for a later one: what was fetched but not confirmed comes again."""

    def __init__(self) -> None:
        self.allowed: list[str] = []
        self._pending: deque[Json] = deque()
        self._confirmed: deque[Json] = deque(maxlen=_REPLAYED)
        self._next_id = _FIRST_UPDATE_ID + int(time.time() * _PER_SECOND)  # a bot remembers numbers for a day
        self._changed = asyncio.Event()
        self._poller: asyncio.Future[None] | None = None
        self._closing = False

    def __len__(self) -> int:
        return len(self._pending)

    def push(self, kind: str, payload: Json) -> None:
        """Add an update, unless the bot said that it does not want this kind."""
        if self.allowed and kind not in self.allowed:
            return
        self._pending.append({"update_id": self._next_id, kind: payload})
        self._next_id += 1
        self._changed.set()

    def forget(self) -> None:
        self._pending.clear()

    def first(self) -> Json | None:
        return self._pending[0] if self._pending else None

    def confirm(self, offset: int) -> None:
        """Forget the updates before `offset`; a negative offset keeps only that many of the last."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
            return
        done = [update for update in self._pending if update["update_id"] < offset]
        self._pending = deque(update for update in self._pending if update["update_id"] >= offset)
        self._confirmed.extend(done)

    def replay(self) -> None:
        """Bring the updates that were confirmed last once more, the newest first, as if Telegram had mixed them up."""
        self._pending.extendleft(self._confirmed)
        self._confirmed.clear()
        self._changed.set()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Return what is pending, waiting up to `seconds` for the first update.

        A second poller ends the wait of the first, as Telegram does when two copies of a bot run.
        """
        self.confirm(offset)
        if self._poller and not self._poller.done():
            self._poller.set_exception(
                Conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
            )
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poller = ended
        arrival = asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({arrival, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                ended.result()
        finally:
            arrival.cancel()
            ended.cancel()
        return list(self._pending)[:limit]

    async def wait(self) -> None:
        """Return when there is an update, or when the sandbox closes."""
        while not self._pending and not self._closing:
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        self._closing = True
        self._changed.set()
