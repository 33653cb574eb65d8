"""News that staff wrote, for the desk: queue it, count whom it would reach, see how far it is, stop it.

queued ─> sending ─> sent        (`bot/handlers/alerting.py` sends)
   └─────────┴────> stopped

Every function raises `SQLAlchemyError` or `OSError` when the database cannot be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Result, Select, delete, func, select, update

from bot.database.models import Alert, Delivery, Person, Subscription
from bot.database.session import Database
from bot.database.subscriptions import WAITING
from bot.news import News


class AlertState(StrEnum):
    """How far news is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"


@dataclass(frozen=True)
class AlertProgress:
    """News and how many people it is still on its way to; those it reached are counted in `alert`.

    `failed` of an alert may have arrived: a fate that is unknown is never tried again.
    """

    alert: Alert
    on_the_way: int


async def create(database: Database, news: News, author: str) -> int:
    """Queue news. It goes out to those who are subscribed when the bot takes it up. Returns its id."""
    alert = Alert(
        texts=dict(news.texts),
        country_from=news.country_from,
        country_to=news.country_to,
        stage=news.stage,
        languages=list(news.languages),
        author=author,
        state=AlertState.QUEUED,
        created_at=datetime.now(UTC),
    )
    async with database.session() as session:
        session.add(alert)
    return alert.id


async def audience(database: Database, news: News) -> int:
    """How many people would get the news now. Exact: whoever shows it hides numbers that are too small."""
    async with database.session() as session:
        return await session.scalar(select(func.count()).select_from(recipients(news).subquery())) or 0


async def listing(database: Database, limit: int = 50) -> list[AlertProgress]:
    """The latest news first."""
    on_the_way = select(func.count()).where(Delivery.alert == Alert.id).scalar_subquery()
    async with database.session() as session:
        rows = await session.execute(select(Alert, on_the_way).order_by(Alert.id.desc()).limit(limit))
        return [AlertProgress(alert, count) for alert, count in rows]


async def stop(database: Database, alert_id: int) -> bool:
    """Send it to nobody else. False when it had already ended. What is being sent this moment still arrives."""
    ends = update(Alert).where(Alert.id == alert_id, Alert.state.in_([AlertState.QUEUED, AlertState.SENDING]))
    async with database.session() as session:
        stopped = changed(await session.execute(ends.values(state=AlertState.STOPPED, finished_at=datetime.now(UTC))))
        if stopped:
            await session.execute(delete(Delivery).where(Delivery.alert == alert_id, Delivery.state == WAITING))
    return stopped


def recipients(news: News | Alert) -> Select[tuple[str]]:
    """The pseudonyms of the subscribers whom news concerns."""
    query = select(Subscription.pseudonym).join(Person, Person.pseudonym == Subscription.pseudonym)
    filters = (
        (Person.country_from, news.country_from),
        (Person.country_to, news.country_to),
        (Person.stage, news.stage),
    )
    query = query.where(*(column == wanted for column, wanted in filters if wanted))
    return query.where(Person.language.in_(news.languages)) if news.languages else query


def changed(result: Result[Any]) -> bool:
    """True when an UPDATE or DELETE found its row: then nobody else did, in this process or another."""
    return cast("CursorResult[Any]", result).rowcount == 1
