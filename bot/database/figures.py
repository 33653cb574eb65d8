"""Marks of the running week, and the figures that stay of a week when it is over. See `bot/learning/figures.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypedDict, cast

from sqlalchemy import CursorResult, delete, func, select

from bot.database.models import Figure, FigureMark
from bot.database.session import Database
from bot.database.upsert import insert_new

FEWEST: Final = 5
"""People in a cell; a smaller number could point at somebody and is neither kept nor shown."""


class Mark(TypedDict):
    """A row of `figure_marks`."""

    week: date
    topic: str
    language: str
    country: str
    mark: str


async def add_marks(database: Database, marks: Sequence[Mark]) -> None:
    """Keep the marks that are new. Raises `SQLAlchemyError` or `OSError`."""
    async with database.session() as session:
        await session.execute(insert_new(FigureMark, database.engine.dialect), marks)


async def marked_cells(database: Database) -> list[tuple[date, str, str, str]]:
    """The cells (week, topic, language, country) that have marks. Raises `SQLAlchemyError` or `OSError`."""
    cell = (FigureMark.week, FigureMark.topic, FigureMark.language, FigureMark.country)
    async with database.session() as session:
        found = await session.execute(select(*cell).distinct())
        return [(week, topic, language, country) for week, topic, language, country in found]


async def delete_marks(database: Database, marks: Sequence[Mark]) -> int:
    """Delete those of the `marks` that are kept. Returns how many. Raises `SQLAlchemyError` or `OSError`."""
    async with database.session() as session:
        gone = delete(FigureMark).where(FigureMark.mark.in_([mark["mark"] for mark in marks]))
        deleted = cast("CursorResult[Any]", await session.execute(gone)).rowcount
    await database.wipe_traces()
    return deleted


async def close_weeks(database: Database, running: date) -> int:
    """Count the marks of the weeks before the `running` one, keep numbers from five on, and delete the marks.

    Returns how many numbers were kept. A mark that comes after its week was counted is dropped.
    Raises `SQLAlchemyError` or `OSError`.
    """
    cell = (FigureMark.week, FigureMark.topic, FigureMark.language, FigureMark.country)
    over = FigureMark.week < running
    people = func.count()
    counted = select(*cell, people).where(over).group_by(*cell).having(people >= FEWEST)
    async with database.session() as session:
        rows = [
            dict(zip(("week", "topic", "language", "country", "people"), row, strict=True))
            for row in await session.execute(counted)
        ]
        if rows:
            await session.execute(insert_new(Figure, database.engine.dialect), rows)
        await session.execute(delete(FigureMark).where(over))
    await database.wipe_traces()
    return len(rows)


async def read_figures(database: Database, since: date) -> list[Figure]:
    """The numbers of the weeks from `since` on, newest week first, then by topic, language and country."""
    query = select(Figure).where(Figure.week >= since)
    async with database.session() as session:
        rows = list(await session.scalars(query))
    return sorted(rows, key=lambda row: (-row.week.toordinal(), row.topic, row.language, row.country))
