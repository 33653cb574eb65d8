"""Keeps a question for staff once somebody has said yes: scrubbed, with answers that come close, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

from bot.content import Content, ContentStore
from bot.database.kept import keep
from bot.database.session import Database
from bot.languages import Language
from bot.learning.offers import Offers
from bot.learning.scrub import Scrubber
from bot.learning.vocabulary import Vocabulary
from bot.rasa.steps import Candidate

LookUp = Callable[[str], list[Candidate]]


class Keeper:
    """`offers` says when to ask for a yes; `keep` is for after it."""

    def __init__(self, store: ContentStore, database: Database, look_up: LookUp) -> None:
        self.offers = Offers()
        self._store = store
        self._database = database
        self._look_up = look_up
        self._ready: tuple[Content, Scrubber] | None = None

    async def keep(self, text: str, language: Language, today: date) -> bool:
        """Scrub `text` and keep it. False when the database could not be reached."""
        scrubbed, candidates = await asyncio.to_thread(self._prepare, text)
        return await keep(self._database, scrubbed, language, candidates, today)

    def _prepare(self, text: str) -> tuple[str, list[str]]:
        scrubbed = self._scrubber().scrub(text)
        return scrubbed, [candidate.label for candidate in self._look_up(scrubbed)]

    def _scrubber(self) -> Scrubber:
        """Made at the first question after a change of the content: it takes seconds, and few chats need it."""
        content = self._store.content
        if self._ready is None or self._ready[0] is not content:
            self._ready = content, Scrubber(Vocabulary(content))
        return self._ready[1]
