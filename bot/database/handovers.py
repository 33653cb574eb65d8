"""Talks between people and staff: open ones in memory, and in the database so that they survive a restart.

Where the bot has several replicas (`shared`), another one may have begun or ended a talk: `learn` notices that.

Nothing that is said is kept, only who talks where. A talk belongs to one staff group: when `STAFF_CHAT_ID` or
`MUSAFIR_SECRET` changes, its chat number can no longer be read, and the row is deleted.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.alerts import changed
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

    def __init__(self, database: Database, secret: str, group: int | None, *, shared: bool = False) -> None:
        self._database = database
        self._shared = shared
        self._cipher = ChatCipher(secret, handovers_in(group))
        self._talks: dict[str, Talk] = {}
        self._messages: dict[int, str] = {}
        self._undeleted: set[str] = set()
        self._unwritten: set[str] = set()
        self._is_behind = False
        self._writing = asyncio.Lock()
        self.are_known = False
        """False until the database was read once: before, somebody may be in a talk that is not known here."""

    def learn(self, pseudonym: str, code: str | None) -> None:
        """Compare with what the database says of somebody: the code of their talk, or that there is none."""
        talk = self._talks.get(pseudonym)
        undone = self._undeleted | self._unwritten
        if code != (talk.code if talk else None) and not {code, talk and talk.code} & undone:
            self._is_behind = True

    async def catch_up(self) -> None:
        """Read what another replica has changed, where `learn` has noticed something."""
        if self._is_behind:
            await self._load()

    async def refresh(self) -> None:
        """Read what another replica may have changed."""
        if self._shared:
            await self._load()

    async def load(self) -> None:
        """Read the open talks, once, and delete rows that no longer lead anywhere. Failures are logged."""
        if not self.are_known:
            await self._load()

    async def _load(self) -> None:
        async with self._writing:  # so that what ends or begins meanwhile is not overlooked
            try:
                async with self._database.session() as session:
                    talks = [(row, self._read(row)) for row in await session.scalars(select(Handover))]
                    messages = list(await session.scalars(select(HandoverMessage)))
            except (SQLAlchemyError, OSError) as error:
                logger.error("open talks with staff cannot be read: %s", type(error).__name__)
                return
            self._undeleted |= {row.code for row, talk in talks if talk is None}
            ours = {talk.pseudonym: talk for talk in self._talks.values() if talk.code in self._unwritten}
            kept = [talk for _, talk in talks if talk and talk.code not in self._undeleted]
            self._talks = {talk.pseudonym: talk for talk in kept} | ours
            codes = {talk.code for talk in self._talks.values()}
            known = {row.message: row.code for row in messages} | self._messages
            self._messages = {message: code for message, code in known.items() if code in codes}
            self.are_known, self._is_behind = True, False
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

    def ahead_of(self, moment: datetime) -> list[Talk]:
        """The talks in which somebody wrote after `moment`, by a clock that was ahead."""
        return [talk for talk in self._talks.values() if talk.last_at > moment]

    async def begin(self, talk: Talk, *messages: int) -> None:
        """Open a talk. `messages` belong to it, in a group without topics."""
        self._talks[talk.pseudonym] = talk
        self._unwritten.add(talk.code)
        await self._write(talk, messages)

    async def go_on(self, talk: Talk, now: datetime, *messages: int) -> None:
        """Somebody wrote at `now`. A talk that has ended in the meantime stays ended."""
        if self.with_code(talk.code):
            self._talks[talk.pseudonym] = talk = replace(talk, last_at=now)
            await self._write(talk, messages)

    async def end(self, talk: Talk) -> bool:
        """Delete a talk. False when the database could not be reached; `delete_ended` then tries again."""
        self._drop(talk)
        self._undeleted.add(talk.code)
        self._unwritten.discard(talk.code)
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
        async with self._writing:
            if self.with_code(talk.code) is None:  # ended while this waited
                self._unwritten.discard(talk.code)
                return
            try:
                async with self._database.session() as session:
                    is_open = await self._write_talk(session, talk)
                    for message in messages if is_open else ():
                        await session.merge(HandoverMessage(message=message, code=talk.code))
            except (SQLAlchemyError, OSError) as error:
                logger.error("a talk with staff is not kept for a restart: %s", type(error).__name__)
                return
            self._unwritten.discard(talk.code)
            if not is_open:
                self._drop(talk)

    async def _write_talk(self, session: AsyncSession, talk: Talk) -> bool:
        """False when another replica has ended the talk."""
        if talk.code not in self._unwritten:
            row = update(Handover).where(Handover.code == talk.code)
            return changed(await session.execute(row.values(last_at=talk.last_at)))
        await session.execute(delete(Handover).where(Handover.pseudonym == talk.pseudonym, Handover.code != talk.code))
        await session.merge(
            Handover(
                code=talk.code,
                pseudonym=talk.pseudonym,
                chat=self._cipher.encrypt(talk.chat_id),
                language=talk.language,
                thread=talk.thread,
                last_at=talk.last_at,
            )
        )
        return True

    def _drop(self, talk: Talk) -> None:
        if self.with_code(talk.code):
            del self._talks[talk.pseudonym]
        self._messages = {message: code for message, code in self._messages.items() if code != talk.code}

    def _read(self, row: Handover) -> Talk | None:
        chat_id = self._cipher.decrypt(row.chat)
        if chat_id is None:
            return None
        last_at = row.last_at if row.last_at.tzinfo else row.last_at.replace(tzinfo=UTC)  # SQLite keeps no time zone
        return Talk(row.code, row.pseudonym, chat_id, cast("Language", row.language), row.thread, last_at)
