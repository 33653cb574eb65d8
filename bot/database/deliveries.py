"""News on its way to one person each, so that nobody gets it twice, whatever crashes, and none of it is lost quietly.

waiting ── claim ──> sending ── settle ──> counted in the alert, the row is gone
   ^─────── release ────┘  └─ write_off (its process died): counted as failed, never sent again

Every change is one UPDATE or DELETE that says in which state it wants the row: of two processes, one gets it.
Every function raises `SQLAlchemyError` or `OSError` when the database cannot be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import delete, exists, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.alerts import AlertState, changed, recipients
from bot.database.models import Alert, Delivery, Person, Subscription
from bot.database.session import Database
from bot.database.subscriptions import WAITING, erase
from bot.languages import DEFAULT, Language

SENDING = "sending"


class Fate(StrEnum):
    """What became of a delivery; the names are those of the alert's counts."""

    DELIVERED = "delivered"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True)
class Recipient:
    """A delivery that this process has claimed. `chat` is encrypted."""

    alert: int
    pseudonym: str
    chat: str
    language: Language


async def begin(database: Database) -> None:
    """Take up what is queued: from here on its audience is fixed, one waiting delivery for each person."""
    async with database.session() as session:
        queued = list(await session.scalars(select(Alert).where(Alert.state == AlertState.QUEUED).order_by(Alert.id)))
    for alert in queued:
        take = update(Alert).where(Alert.id == alert.id, Alert.state == AlertState.QUEUED)
        rows = recipients(alert).with_only_columns(literal(alert.id), Subscription.pseudonym, literal(WAITING))
        async with database.session() as session:
            if changed(await session.execute(take.values(state=AlertState.SENDING))):
                await session.execute(insert(Delivery).from_select(["alert", "pseudonym", "state"], rows))


async def under_way(database: Database) -> list[Alert]:
    """The alerts that are being sent, the oldest first."""
    async with database.session() as session:
        return list(await session.scalars(select(Alert).where(Alert.state == AlertState.SENDING).order_by(Alert.id)))


async def claim(database: Database, alert_id: int, now: datetime) -> Recipient | None:
    """The next delivery, marked as being sent; None when none waits, or the alert was stopped."""
    waiting = (
        select(Delivery.pseudonym, Subscription.chat, Person.language)
        .join(Alert, Alert.id == Delivery.alert)
        .outerjoin(Subscription, Subscription.pseudonym == Delivery.pseudonym)
        .outerjoin(Person, Person.pseudonym == Delivery.pseudonym)
        .where(Delivery.alert == alert_id, Delivery.state == WAITING, Alert.state == AlertState.SENDING)
        .limit(1)
    )
    while True:
        async with database.session() as session:
            row = (await session.execute(waiting)).first()
            if row is None:
                return None
            pseudonym, chat, language = row
            this = (Delivery.alert == alert_id, Delivery.pseudonym == pseudonym, Delivery.state == WAITING)
            if chat is None:  # unsubscribed while the alert was taken up
                await session.execute(delete(Delivery).where(*this))
                continue
            claimed = changed(
                await session.execute(update(Delivery).where(*this).values(state=SENDING, claimed_at=now))
            )
        if claimed:
            return Recipient(alert_id, pseudonym, chat, cast("Language", language or DEFAULT))


async def settle(database: Database, alert_id: int, pseudonym: str, fate: Fate) -> None:
    """Count what became of a claimed delivery, once. Somebody who blocked the bot is unsubscribed."""
    async with database.session() as session:
        if await _delete_claimed(session, alert_id, pseudonym):
            count = getattr(Alert, fate)
            await session.execute(update(Alert).where(Alert.id == alert_id).values({count: count + 1}))
        if fate is Fate.BLOCKED:
            await erase(session, pseudonym)


async def release(database: Database, alert_id: int, pseudonym: str) -> None:
    """Let a claimed delivery wait again, because it certainly was not sent; not if the alert was stopped meanwhile."""
    still = update(Alert).where(Alert.id == alert_id, Alert.state == AlertState.SENDING)
    this = (Delivery.alert == alert_id, Delivery.pseudonym == pseudonym, Delivery.state == SENDING)
    async with database.session() as session:
        if changed(await session.execute(still.values(state=AlertState.SENDING))):  # also keeps `stop` waiting
            await session.execute(update(Delivery).where(*this).values(state=WAITING, claimed_at=None))
        else:
            await _delete_claimed(session, alert_id, pseudonym)


async def write_off(database: Database, now: datetime, lease: timedelta) -> None:
    """Count deliveries claimed longer than `lease` ago as failed: whoever claimed them is gone, they may have arrived.

    So are those that a clock claimed which was ahead by more than that.
    """
    gone = or_(Delivery.claimed_at < now - lease, Delivery.claimed_at > now + lease)
    lost = select(Delivery).where(Delivery.state == SENDING, gone)
    async with database.session() as session:
        rows = list(await session.scalars(lost))
    for row in rows:
        await settle(database, row.alert, row.pseudonym, Fate.FAILED)


async def finish(database: Database, alert_id: int, now: datetime) -> None:
    """Call an alert sent when nothing of it is on its way."""
    done = update(Alert).where(
        Alert.id == alert_id, Alert.state == AlertState.SENDING, ~exists().where(Delivery.alert == alert_id)
    )
    async with database.session() as session:
        await session.execute(done.values(state=AlertState.SENT, finished_at=now))


async def _delete_claimed(session: AsyncSession, alert_id: int, pseudonym: str) -> bool:
    claimed = (Delivery.alert == alert_id, Delivery.pseudonym == pseudonym, Delivery.state == SENDING)
    return changed(await session.execute(delete(Delivery).where(*claimed)))
