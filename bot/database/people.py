"""What each person chose, under a keyed pseudonym. Works on from memory while the database is away."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, bindparam, delete, literal, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.models import Handover, OpenGuide, Person
from bot.database.session import Database
from bot.languages import DEFAULT, Language

logger = logging.getLogger(__name__)

Stage = Literal["before", "abroad", "return"]
_REMEMBERED = 10_000


@dataclass(frozen=True)
class Profile:
    """The choices of one person. `known` is False until they have chosen a language."""

    language: Language = DEFAULT
    stage: Stage | None = None
    country_from: str | None = None
    country_to: str | None = None
    known: bool = False

    @property
    def country_now(self) -> str | None:
        """The country where the person probably is, judged by the stage of their journey."""
        return self.country_to if self.stage == "abroad" else self.country_from or self.country_to

    @property
    def countries(self) -> list[str]:
        """The person's countries, the one whose rules matter most first."""
        return [code for code in dict.fromkeys([self.country_of_interest, self.country_to, self.country_from]) if code]

    @property
    def country_of_interest(self) -> str | None:
        """The country whose rules and contacts matter most: the destination, unless they came home."""
        return (self.country_from if self.stage == "return" else self.country_to) or self.country_now


@dataclass(frozen=True)
class Unfinished:
    """What somebody has left open, as the database says: a guide, and the code of a talk with staff."""

    guide: OpenGuide | None
    talk: str | None


Learn = Callable[[str, Unfinished], None]


class People:
    """Profiles by pseudonym. A database error is logged and never keeps an answer from anybody.

    After a change of the key, `former` is the one before: who is not known by the new one may still be by that.
    `learn` is told what was read beside a profile, in the same query. Where the bot has several replicas (`shared`),
    another one may have changed something: then it is read each time that somebody comes.
    """

    def __init__(
        self,
        database: Database,
        secret: str,
        former: str | None = None,
        learn: Learn = lambda _pseudonym, _unfinished: None,
        *,
        shared: bool = False,
    ) -> None:
        self._database = database
        self._keys = [secret, *([former] if former else [])]
        self._learn = learn
        self._shared = shared
        self._profiles: dict[str, Profile] = {}
        self._seen: set[str] = set()

    def pseudonym(self, chat_id: int) -> str:
        """A name for this chat that cannot be turned back without the key."""
        return pseudonym_of(chat_id, self._keys[0])

    def pseudonyms(self, chat_id: int) -> list[str]:
        """The names under which something may be kept about this chat: by the key, and by the one before."""
        return [pseudonym_of(chat_id, key) for key in self._keys]

    async def meet(self, chat_id: int) -> Profile:
        """The profile of somebody who is here now; one that is kept under the key before moves over."""
        pseudonym, *former = self.pseudonyms(chat_id)
        profile = await (self._read(pseudonym) if self._shared else self.get(pseudonym))
        if former and not profile.known and await self._take_over(former[0], pseudonym):
            profile = await self.get(pseudonym)
        if len(self._seen) < _REMEMBERED:
            self._seen.add(pseudonym)
        return profile

    async def get(self, pseudonym: str) -> Profile:
        """The profile, or an empty one."""
        return self._profiles.get(pseudonym) or await self._read(pseudonym)

    async def _read(self, pseudonym: str) -> Profile:
        who = select(literal(pseudonym).label("pseudonym")).subquery()
        query = select(Person, OpenGuide, Handover.code).select_from(who)
        for table in (Person, OpenGuide, Handover):
            query = query.outerjoin(table, table.pseudonym == who.c.pseudonym)
        try:
            async with self._database.session() as session:
                row, guide, talk = (await session.execute(query)).one()
        except (SQLAlchemyError, OSError) as error:
            logger.warning("database unavailable while reading a profile: %s", type(error).__name__)
            return self._profiles.get(pseudonym, Profile())
        profile = Profile()
        if row is not None:
            profile = Profile(
                cast("Language", row.language),
                cast("Stage | None", row.stage),
                row.country_from,
                row.country_to,
                known=True,
            )
        self._remember(pseudonym, profile)
        self._learn(pseudonym, Unfinished(guide, talk))
        return profile

    async def update(self, pseudonym: str, **changes: str | None) -> Profile:
        """Change some fields and keep them. Returns the new profile."""
        profile = replace(await self.get(pseudonym), known=True, **changes)  # type: ignore[arg-type]
        self._remember(pseudonym, profile)
        try:
            async with self._database.session() as session:
                await session.merge(
                    Person(
                        pseudonym=pseudonym,
                        language=profile.language,
                        stage=profile.stage,
                        country_from=profile.country_from,
                        country_to=profile.country_to,
                        seen_on=datetime.now(UTC).date(),
                    )
                )
        except (SQLAlchemyError, OSError) as error:
            logger.warning("database unavailable while keeping a profile: %s", type(error).__name__)
        return profile

    def leave(self, pseudonym: str) -> None:
        """An update has been handled: where another replica may be told to forget somebody, this one does at once."""
        if self._shared:
            self._profiles.pop(pseudonym, None)

    async def write_seen(self, today: date) -> bool:
        """Write down that those who were here lately were here by `today`. False when that has to wait."""
        seen, self._seen = self._seen, set()
        if not seen:
            return True
        row = update(Person.__table__).where(Person.pseudonym == bindparam("who"), Person.seen_on != today)  # type: ignore[arg-type]
        try:
            async with self._database.session() as session:
                await session.execute(row.values(seen_on=today), [{"who": pseudonym} for pseudonym in seen])
        except (SQLAlchemyError, OSError) as error:
            logger.warning("visits not written down: %s", type(error).__name__)
            self._seen |= seen
            return False
        return True

    def drop(self, pseudonyms: Collection[str]) -> None:
        """Forget somebody here in memory; `erase` does the same in the database."""
        for pseudonym in pseudonyms:
            self._profiles.pop(pseudonym, None)
            self._seen.discard(pseudonym)

    async def _take_over(self, former: str, pseudonym: str) -> bool:
        """Move what is kept under the `former` pseudonym. False when there is nothing, or no database."""
        try:
            async with self._database.session() as session:
                moved = [await move(session, table, former, pseudonym) for table in (Person, OpenGuide)]
            await self._database.wipe_traces()
        except (SQLAlchemyError, OSError) as error:
            logger.warning("database unavailable while taking over a profile: %s", type(error).__name__)
            return False
        if any(moved):
            self.drop([pseudonym])
        return any(moved)

    def _remember(self, pseudonym: str, profile: Profile) -> None:
        if len(self._profiles) >= _REMEMBERED:
            self._profiles.pop(next(iter(self._profiles)))
        self._profiles[pseudonym] = profile


def pseudonym_of(chat_id: int, key: str) -> str:
    """A name for a chat that cannot be turned back without the key."""
    return hmac.new(key.encode(), str(chat_id).encode(), hashlib.sha256).hexdigest()[:32]


async def move(session: AsyncSession, table: type[Person] | type[OpenGuide], old: str, new: str) -> bool:
    """Keep a row under another pseudonym; one that is there already is newer and stays. True if it moved."""
    if await session.scalar(select(table.pseudonym).where(table.pseudonym == new)):
        await session.execute(delete(table).where(table.pseudonym == old))
        return False
    moved = await session.execute(update(table).where(table.pseudonym == old).values(pseudonym=new))
    return bool(cast("CursorResult[Any]", moved).rowcount)
