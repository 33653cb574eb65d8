"""Keeps the open questions of guides in the database, so that a restart, or another replica, goes on where they are.

A question is read together with the profile of who comes (`People`), and written once, when an update has been
handled: if the process dies before, the update is handled again and finds the question that it answers. While the
database is away, the memory of the process serves.

Where the bot has several replicas (`shared`), a question stays in the memory of none of them: somebody may tell another
one to forget it.
"""

from __future__ import annotations

import logging
from datetime import UTC
from typing import Final

from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database
from bot.database.cipher import Cipher
from bot.database.models import OpenGuide
from bot.database.upsert import upsert
from bot.guided import Asked, OpenQuestions
from bot.rasa.steps import Step

logger = logging.getLogger(__name__)

PURPOSE: Final = "guides"
"""Of the cipher."""
_KEPT: Final = {"say", "id", "question", "answers"}


class GuideMemory:
    """Between `open_questions` and the database. Answers are encrypted with `secret`, or the one before (`former`)."""

    def __init__(
        self,
        database: Database,
        secret: str,
        former: str | None,
        open_questions: OpenQuestions,
        *,
        shared: bool = False,
    ) -> None:
        self._database = database
        self._shared = shared
        self._cipher = Cipher(secret, PURPOSE)
        self._former = Cipher(former, PURPOSE) if former else None
        self._open_questions = open_questions

    def learn(self, pseudonym: str, row: OpenGuide | None) -> None:
        """Take over what the database says about somebody."""
        self._open_questions.learn(pseudonym, self._read(row) if row else None)

    async def keep(self, pseudonym: str) -> None:
        """Write down what an update has changed; at most one statement, none when nothing has changed."""
        change = self._open_questions.change(pseudonym)
        if change is not None:
            await self._keep(pseudonym, *change)
        if self._shared:
            self._open_questions.learn(pseudonym, None)

    async def _keep(self, pseudonym: str, asked: Asked | None) -> None:
        try:
            async with self._database.session() as session:
                if asked:
                    row = {"pseudonym": pseudonym, "question": self._write(asked), "asked_at": asked.at}
                    await session.execute(upsert(OpenGuide, self._database.engine.dialect, row))
                else:
                    await session.execute(delete(OpenGuide).where(OpenGuide.pseudonym == pseudonym))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("the question of a guide is remembered here only: %s", type(error).__name__)
            return
        self._open_questions.told(pseudonym)

    def _write(self, asked: Asked) -> str:
        return self._cipher.encrypt(asked.step.model_dump_json(include=_KEPT))

    def _read(self, row: OpenGuide) -> Asked | None:
        text = self._cipher.decrypt(row.question)
        if text is None and self._former:
            text = self._former.decrypt(row.question)
        if text is None:
            return None
        at = row.asked_at if row.asked_at.tzinfo else row.asked_at.replace(tzinfo=UTC)  # SQLite keeps no time zone
        try:
            return Asked(at, Step.model_validate_json(text))
        except ValidationError:
            return None
