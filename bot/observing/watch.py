"""Whether this bot is ready for people, and which of its parts are away.

Ready is a replica that takes updates. Without Rasa it searches by words, without the database it still answers and
shows the SOS card; and all replicas share both. If their failing made a replica unready, the proxy would have nobody
left to send a frightened person to. So they are told, and alerted on, but take nobody out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.database import Database
from bot.rasa import RasaClient
from bot.shared.replicas import Replicas

PAUSE: Final = 5.0
"""Seconds between two looks. Who asks gets what the last look saw, so asking often costs nothing."""


class Watch:
    """Looks at Rasa and the database for as long as `keep_looking()` runs; `replicas` looks at Redis by itself."""

    def __init__(
        self, rasa: RasaClient, database: Database, replicas: Replicas | None = None, pause: float = PAUSE
    ) -> None:
        self._rasa = rasa
        self._database = database
        self._replicas = replicas
        self._pause = pause
        self.is_receiving = False
        self.rasa_answers = False
        self.database_answers = False

    @property
    def redis_answers(self) -> bool | None:
        """As the last beat of this replica tells; None where there is only one."""
        return None if self._replicas is None else not self._replicas.are_apart

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[None]:
        """Updates are taken while the context is open."""
        self.is_receiving = True
        try:
            yield
        finally:
            self.is_receiving = False

    async def keep_looking(self) -> None:
        """Look at both, side by side, until cancelled."""
        await asyncio.gather(self._look_at_rasa(), self._look_at_database())

    async def _look_at_rasa(self) -> None:
        while True:
            self.rasa_answers = await self._rasa.is_ready()
            await asyncio.sleep(self._pause)

    async def _look_at_database(self) -> None:
        while True:
            self.database_answers = await self._database.is_reachable()
            await asyncio.sleep(self._pause)

    def reasons(self) -> list[str]:
        """Why no updates should be sent here; empty when they should."""
        return [] if self.is_receiving else ["updates are not taken: the bot is starting or stopping"]

    def away(self) -> list[str]:
        """The parts that do not answer, and what people notice of it."""
        parts = (
            (self.rasa_answers, "Rasa does not answer: questions are searched by words, and less is understood"),
            (self.database_answers, "the database does not answer: nothing is kept, answers and SOS work"),
            (self.redis_answers, "Redis does not answer: each bot works for itself, few things may be said twice"),
        )
        return [what for answers, what in parts if answers is False]
