"""How many people asked: by week, topic, language and country, and never anything about fewer than five.

What somebody is shown is noted in memory, as cells: (topic, language, country), and each of the three alone. Every half
minute the cells become marks in the database. A mark is a keyed hash of the week, the cell and the person's pseudonym:
one mark for a person however often they ask, and without the key nothing ties a mark to a person, nor the marks of one
person in different cells or weeks to each other. When a week is over its marks are counted and deleted.

Only numbers from five on are kept (`close_weeks`). They are shown rounded down to a multiple of five, so that what is
left out cannot be worked out as the difference between a total and its parts.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import hmac
import logging
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.database.figures import FEWEST, Mark, add_marks, close_weeks, delete_marks, marked_cells, read_figures
from bot.database.session import Database
from bot.languages import Language

logger = logging.getLogger(__name__)

CONTACTS: Final = "contacts"
SOS: Final = "sos"
GUIDES: Final = "guides"
UNANSWERED: Final = "unanswered"
"""What people are shown besides the topics of answers."""
UNKNOWN: Final = "ZZ"
"""The country of somebody who named none, as CLDR writes it. An empty country means all of them."""
_MOST_PEOPLE: Final = 20_000
_MARK: Final = 32

Cell = tuple[date, str, str, str]
"""Week (its Monday), topic, language, country; empty for all."""


def week_of(day: date) -> date:
    """The Monday on which the week of `day` began."""
    return day - timedelta(days=day.weekday())


class Figures:
    """Collects in memory who was shown what; `flush` turns it into marks, `close` marks into numbers."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._key = hashlib.sha256(f"musafir figures {secret}".encode()).digest()
        self._pending: dict[str, set[Cell]] = {}
        self._writing = asyncio.Lock()  # so that who is being forgotten is not written down meanwhile

    def note(
        self, pseudonym: str, topic: str, language: Language, country: str | None, now: datetime | None = None
    ) -> None:
        """Somebody was shown something about `topic`. Touches no database."""
        if pseudonym not in self._pending and len(self._pending) >= _MOST_PEOPLE:
            return
        week, place = week_of((now or datetime.now(UTC)).date()), country or UNKNOWN
        self._pending.setdefault(pseudonym, set()).update(
            {(week, topic, language, place), (week, topic, "", ""), (week, "", language, ""), (week, "", "", place)}
        )

    async def forget(self, pseudonym: str) -> bool:
        """Take somebody out of the figures of weeks that are not over. False when they were not counted.

        Whose marks are whose is found out by making them anew for every cell that has any.
        Raises `SQLAlchemyError` or `OSError`.
        """
        async with self._writing:
            pending = self._pending.pop(pseudonym, None)
            marks = [self._mark(cell, pseudonym) for cell in await marked_cells(self._database)]
            return bool(await delete_marks(self._database, marks) or pending)

    async def flush(self) -> bool:
        """Write the marks, in one statement. False when the database could not be reached; they are kept for later."""
        async with self._writing:
            return await self._write()

    async def _write(self) -> bool:
        pending, self._pending = self._pending, {}
        marks = [self._mark(cell, pseudonym) for pseudonym, cells in pending.items() for cell in cells]
        if not marks:
            return True
        try:
            await add_marks(self._database, sorted(marks, key=lambda mark: mark["mark"]))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("figures not written: %s", type(error).__name__)
            for pseudonym, cells in pending.items():
                self._pending.setdefault(pseudonym, set()).update(cells)
            return False
        return True

    async def close(self, now: datetime) -> bool:
        """Count the weeks that are over at `now`. False when the database could not be reached."""
        if not await self.flush():
            return False
        try:
            await close_weeks(self._database, week_of(now.date()))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("figures not counted: %s", type(error).__name__)
            return False
        return True

    def _mark(self, cell: Cell, pseudonym: str) -> Mark:
        week, topic, language, country = cell
        message = "|".join((week.isoformat(), topic, language, country, pseudonym))
        mark = hmac.new(self._key, message.encode(), hashlib.sha256).hexdigest()[:_MARK]
        return Mark(week=week, topic=topic, language=language, country=country, mark=mark)


@dataclass(frozen=True)
class Row:
    """At least `people` people in the week that began on `week`. An empty topic, language or country means all."""

    week: date
    topic: str
    language: str
    country: str
    people: int


async def figures(database: Database, weeks: int, today: date) -> list[Row]:
    """The numbers of the last `weeks` weeks that are over: none below five, each rounded down to a multiple of five.

    Raises `SQLAlchemyError` or `OSError`.
    """
    return [
        Row(found.week, found.topic, found.language, found.country, found.people - found.people % FEWEST)
        for found in await read_figures(database, week_of(today) - timedelta(weeks=weeks))
        if found.people >= FEWEST
    ]


def write_csv(rows: Iterable[Row], file: Path) -> None:
    """Write the numbers for a spreadsheet."""
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows(astuple(row) for row in rows)


def table(rows: Iterable[Row]) -> str:
    """The numbers as text, a line for each."""
    lines = [("week", "topic", "language", "country", "people")]
    lines += [
        (row.week.isoformat(), row.topic or "all", row.language or "all", row.country or "all", f"{row.people}+")
        for row in rows
    ]
    return "\n".join(
        f"{week:<12}{topic:<20}{language:<10}{country:<9}{people:>7}"
        for week, topic, language, country, people in lines
    )
