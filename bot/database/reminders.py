"""Reminders that people asked for: one for each person, deleted when it was sent or when they say /forget.

To send one, the bot must know the chat; its number is kept encrypted (see `chats`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from bot.database.chats import REMINDERS, ChatCipher
from bot.database.models import Reminder
from bot.database.session import Database
from bot.languages import Language

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """A reminder to be sent: the list of a guide, by its answers and what was ticked off (hexadecimal)."""

    pseudonym: str
    chat_id: int
    language: Language
    guide: str
    code: str
    done: str


class Reminders:
    """Reminders by pseudonym. A database error is logged; the methods say whether they succeeded."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._cipher = ChatCipher(secret, REMINDERS)

    async def ask(self, due: Due, due_at: datetime) -> bool:
        """Keep a reminder, in place of an earlier one of the same person."""
        chat = self._cipher.encrypt(due.chat_id)
        row = Reminder(
            pseudonym=due.pseudonym,
            chat=chat,
            language=due.language,
            guide=due.guide,
            code=due.code,
            done=due.done,
            due_at=due_at,
        )
        try:
            async with self._database.session() as session:
                await session.merge(row)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("reminder not kept: %s", type(error).__name__)
            return False
        return True

    async def take_due(self, now: datetime) -> list[Due]:
        """The reminders that are due, deleted before they are sent: rather one lost in a crash than one sent twice."""
        try:
            async with self._database.session() as session:
                rows = list(await session.scalars(delete(Reminder).where(Reminder.due_at <= now).returning(Reminder)))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("reminders cannot be read: %s", type(error).__name__)
            return []
        return [due for row in rows if (due := self._read(row))]

    def _read(self, row: Reminder) -> Due | None:
        chat_id = self._cipher.decrypt(row.chat)
        if chat_id is None:
            return None
        return Due(row.pseudonym, chat_id, cast("Language", row.language), row.guide, row.code, row.done)
