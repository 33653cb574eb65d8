"""Takes what was kept under the key before over to the new one.

Where a chat number is kept, encrypted, everything about the chat can be moved at once: that is done here, at each start
while there is a key before, so that nothing is lost that a bot wrote which had not been restarted yet. The profile of
somebody who asked for no message is moved when they come back (`People.meet`): nothing else tells who they are.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.chats import NEWS, REMINDERS, ChatCipher, handovers_in
from bot.database.cipher import Cipher
from bot.database.inbox import PURPOSE as INBOX
from bot.database.models import Delivery, Handover, OpenGuide, Person, ReceivedUpdate, Reminder, Subscription
from bot.database.people import move, pseudonym_of
from bot.database.session import Database
from bot.errors import SetupError

logger = logging.getLogger(__name__)

TableWithChats = type[Reminder] | type[Subscription] | type[Handover]


@dataclass(frozen=True)
class Rotation:
    """A change from the key `former` to `key`. `group` is the staff's, for which talks are encrypted."""

    former: str
    key: str
    group: int | None

    async def apply(self, database: Database) -> None:
        """Move every row that is encrypted with the former key.

        Raises `SetupError` when the database cannot be reached; nothing is moved then.
        """
        try:
            async with database.session() as session:
                moved = await self._move_chats(session, Reminder, REMINDERS)
                moved += await self._move_chats(session, Subscription, NEWS)
                moved += await self._move_chats(session, Handover, handovers_in(self.group))
                await self._move_inbox(session)
            await database.wipe_traces()
        except (SQLAlchemyError, OSError) as error:
            reason = f"the key has changed and the database cannot be reached ({type(error).__name__})"
            raise SetupError(reason, "check DATABASE_URL and its server") from error
        if moved:
            logger.info("reminders, news and talks taken over under the new key: %d", moved)

    async def _move_chats(self, session: AsyncSession, table: TableWithChats, purpose: str) -> int:
        before, after, moved = ChatCipher(self.former, purpose), ChatCipher(self.key, purpose), 0
        for old, encrypted in (await session.execute(select(table.pseudonym, table.chat))).all():
            chat_id = before.decrypt(encrypted)
            if chat_id is None:  # under the new key already
                continue
            new = pseudonym_of(chat_id, self.key)
            if await session.scalar(select(table.pseudonym).where(table.pseudonym == new)):  # asked for anew since
                await session.execute(delete(table).where(table.pseudonym == old))
            else:
                row = update(table).where(table.pseudonym == old)
                await session.execute(row.values(pseudonym=new, chat=after.encrypt(chat_id)))
            for kept in (Person, OpenGuide):
                await move(session, kept, old, new)
            await _move_deliveries(session, old, new)
            moved += 1
        return moved

    async def _move_inbox(self, session: AsyncSession) -> None:
        before, after = Cipher(self.former, INBOX), Cipher(self.key, INBOX)
        for row in await session.scalars(select(ReceivedUpdate).where(ReceivedUpdate.body != "")):
            if (body := before.decrypt(row.body)) is not None:
                row.body = after.encrypt(body)


async def _move_deliveries(session: AsyncSession, old: str, new: str) -> None:
    twice = select(Delivery.alert).where(Delivery.pseudonym == new).scalar_subquery()
    await session.execute(delete(Delivery).where(Delivery.pseudonym == old, Delivery.alert.in_(twice)))
    await session.execute(update(Delivery).where(Delivery.pseudonym == old).values(pseudonym=new))
