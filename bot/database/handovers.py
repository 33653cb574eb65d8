"""Talks between people and staff: open ones in memory, and in the database so that they survive a restart.

Nothing that is said is kept, only who talks where. A talk belongs to one staff group: when `STAFF_CHAT_ID` or
`MUSAFIR_SECRET` changes, its chat number can no longer be read, and the row is deleted.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database.chats import ChatCipher, handovers_in
from bot.database.models import Handover, HandoverMessage
from bot.database.session import Database
from bot.languages import Language

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Talk:
    """An open talk. `code` is what staff call the person; `thread` is the topic, None in a group without topics."""

    code: str
    pseudonym: str
    chat_id: int
    language: Language
    thread: int | None
    last_at: datetime


class Handovers:
    """Open talks. Reading is from memory; a change is written to the database, and holds in memory if that fails."""

    def __init__(self, database: Database, secret: str, group: int | None) -> None:
        self._database = database
        self._cipher = ChatCipher(secret, handovers_in(group))
        self._talks: dict[str, Talk] = {}
        self._messages: dict[int, str] = {}
        self._undeleted: set[str] = set()
        self._writing = asyncio.Lock()
        self.are_known = False
        """False until the database was read once: before, somebody may be in a talk that is not known here."""

    async def load(self) -> None:
        """Read the open talks, once, and delete rows that no longer lead anywhere. Failures are logged."""
        if self.are_known:
            return
        try:
            async with self._database.session() as session:
                talks = [(row, self._read(row)) for row in await session.scalars(select(Handover))]
                messages = list(await session.scalars(select(HandoverMessage)))
                self._undeleted |= {row.code for row, talk in talks if talk is None}
        except (SQLAlchemyError, OSError) as error:
            logger.error("open talks with staff cannot be read: %s", type(error).__name__)
            return
        for _, talk in talks:
            if talk and talk.code not in self._undeleted:
                self._talks.setdefault(talk.pseudonym, talk)
        codes = {talk.code for talk in self._talks.values()}
        self._messages = {row.message: row.code for row in messages if row.code in codes} | self._messages
        self.are_known = True
        await self.delete_ended()

    def of(self, pseudonym: str) -> Talk | None:
        """The talk of a person."""
        return self._talks.get(pseudonym)

    def with_code(self, code: str) -> Talk | None:
        """The talk that staff call `code`."""
        return next((talk for talk in self._talks.values() if talk.code == code), None)

    def in_thread(self, thread: int | None) -> Talk | None:
        """The talk in a topic of the group."""
        return next((talk for talk in self._talks.values() if thread and talk.thread == thread), None)

    def of_message(self, message: int) -> Talk | None:
        """The talk that a message in a group without topics belongs to."""
        return self.with_code(self._messages.get(message, ""))

    def first_message(self, talk: Talk) -> int | None:
        """The message with which a talk began, in a group without topics."""
        return min((message for message, code in self._messages.items() if code == talk.code), default=None)

    def silent_since(self, moment: datetime) -> list[Talk]:
        """The talks in which nobody has written since `moment`."""
        return [talk for talk in self._talks.values() if talk.last_at <= moment]

    async def begin(self, talk: Talk, *messages: int) -> None:
        """Open a talk. `messages` belong to it, in a group without topics."""
        self._talks[talk.pseudonym] = talk
        await self._write(talk, messages)

    async def go_on(self, talk: Talk, now: datetime, *messages: int) -> None:
        """Somebody wrote at `now`. A talk that has ended in the meantime stays ended."""
        if self.with_code(talk.code):
            self._talks[talk.pseudonym] = talk = replace(talk, last_at=now)
            await self._write(talk, messages)

    async def end(self, talk: Talk) -> bool:
        """Delete a talk. False when the database could not be reached; `delete_ended` then tries again."""
        if self.with_code(talk.code):
            del self._talks[talk.pseudonym]
        self._messages = {message: code for message, code in self._messages.items() if code != talk.code}
        self._undeleted.add(talk.code)
        return await self.delete_ended()

    async def delete_ended(self) -> bool:
        """Delete the rows of talks that have ended. False when the database could not be reached."""
        if not self._undeleted:
            return True
        async with self._writing:
            codes = set(self._undeleted)
            try:
                async with self._database.session() as session:
                    await session.execute(delete(HandoverMessage).where(HandoverMessage.code.in_(codes)))
                    await session.execute(delete(Handover).where(Handover.code.in_(codes)))
                await self._database.wipe_traces()
            except (SQLAlchemyError, OSError) as error:
                logger.error("an ended talk with staff is not deleted yet: %s", type(error).__name__)
                return False
            self._undeleted -= codes
        return True

    async def _write(self, talk: Talk, messages: tuple[int, ...]) -> None:
        self._messages |= dict.fromkeys(messages, talk.code)
        row = Handover(
            code=talk.code,
            pseudonym=talk.pseudonym,
            chat=self._cipher.encrypt(talk.chat_id),
            language=talk.language,
            thread=talk.thread,
            last_at=talk.last_at,
        )
        async with self._writing:
            if self.with_code(talk.code) is None:  # ended while this waited
                return
            try:
                async with self._database.session() as session:
                    others = (Handover.pseudonym == talk.pseudonym, Handover.code != talk.code)
                    await session.execute(delete(Handover).where(*others))
                    await session.merge(row)
                    for message in messages:
                        await session.merge(HandoverMessage(message=message, code=talk.code))
            except (SQLAlchemyError, OSError) as error:
                logger.error("a talk with staff is not kept for a restart: %s", type(error).__name__)

    def _read(self, row: Handover) -> Talk | None:
        chat_id = self._cipher.decrypt(row.chat)
        if chat_id is None:
            return None
        last_at = row.last_at if row.last_at.tzinfo else row.last_at.replace(tzinfo=UTC)  # SQLite keeps no time zone
        return Talk(row.code, row.pseudonym, chat_id, cast("Language", row.language), row.thread, last_at)
