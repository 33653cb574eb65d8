"""What each person chose, under a keyed pseudonym. Works on from memory while the database is away."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, cast

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from bot.database.models import Person
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


class People:
    """Profiles by pseudonym. A database error is logged and never keeps an answer from anybody."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._key = secret.encode()
        self._profiles: dict[str, Profile] = {}

    def pseudonym(self, chat_id: int) -> str:
        """A name for this chat that cannot be turned back without the key."""
        return hmac.new(self._key, str(chat_id).encode(), hashlib.sha256).hexdigest()[:32]

    async def get(self, pseudonym: str) -> Profile:
        """The profile, or an empty one."""
        if pseudonym in self._profiles:
            return self._profiles[pseudonym]
        try:
            async with self._database.session() as session:
                row = await session.get(Person, pseudonym)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("database unavailable while reading a profile: %s", type(error).__name__)
            return Profile()
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

    async def forget(self, pseudonym: str) -> bool:
        """Erase everything about a person. False when the database could not be reached."""
        self._profiles.pop(pseudonym, None)
        try:
            async with self._database.session() as session:
                await session.execute(delete(Person).where(Person.pseudonym == pseudonym))
            await self._database.wipe_traces()
        except (SQLAlchemyError, OSError) as error:
            logger.error("database unavailable while forgetting: %s", type(error).__name__)
            return False
        return True

    def _remember(self, pseudonym: str, profile: Profile) -> None:
        if len(self._profiles) >= _REMEMBERED:
            self._profiles.pop(next(iter(self._profiles)))
        self._profiles[pseudonym] = profile
