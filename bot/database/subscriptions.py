"""Who wants news for their route. To send some, the bot must know the chat; its number is encrypted (see `chats`).

Language, route and stage stand in `people` and are looked up when news is sent, so that a change counts at once.
"""

from __future__ import annotations

import logging

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.chats import NEWS, ChatCipher
from bot.database.models import Delivery, Person, Subscription
from bot.database.session import Database

logger = logging.getLogger(__name__)

WAITING = "waiting"
"""State of a delivery that nobody has begun to send."""


class Subscriptions:
    """Subscriptions by pseudonym. A database error is logged; the methods say whether they succeeded."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._cipher = ChatCipher(secret, NEWS)

    async def add(self, pseudonym: str, chat_id: int) -> bool:
        """Subscribe somebody whose profile is kept. False when it is not, or the database could not be reached."""
        try:
            async with self._database.session() as session:
                if await session.get(Person, pseudonym) is None:
                    return False
                await session.merge(Subscription(pseudonym=pseudonym, chat=self._cipher.encrypt(chat_id)))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("subscription not kept: %s", type(error).__name__)
            return False
        return True

    async def has(self, pseudonym: str) -> bool:
        """True for a subscriber; False also when the database could not be reached."""
        try:
            async with self._database.session() as session:
                return await session.get(Subscription, pseudonym) is not None
        except (SQLAlchemyError, OSError) as error:
            logger.warning("subscription cannot be read: %s", type(error).__name__)
            return False

    async def remove(self, pseudonym: str) -> bool:
        """Erase a subscription and the news on its way to it. False when the database could not be reached."""
        try:
            async with self._database.session() as session:
                await erase(session, pseudonym)
            await self._database.wipe_traces()
        except (SQLAlchemyError, OSError) as error:
            logger.error("database unavailable while unsubscribing: %s", type(error).__name__)
            return False
        return True

    def chat_id(self, encrypted: str) -> int | None:
        """The chat of a subscription; None when it was kept under another `MUSAFIR_SECRET`."""
        return self._cipher.decrypt(encrypted)


async def erase(session: AsyncSession, pseudonym: str) -> None:
    """Erase a subscription and the news that waits for it, in a transaction of the caller's."""
    await session.execute(delete(Subscription).where(Subscription.pseudonym == pseudonym))
    await session.execute(delete(Delivery).where(Delivery.pseudonym == pseudonym, Delivery.state == WAITING))
