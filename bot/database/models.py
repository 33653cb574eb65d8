"""The tables. A change here needs a migration: `uv run alembic revision --autogenerate -m "..."`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, DateTime, Integer, String, Text, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of all tables."""


class Person(Base):
    """What somebody told the bot about themselves. No name, no Telegram id, no text they wrote."""

    __tablename__ = "people"

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    stage: Mapped[str | None] = mapped_column(String(8))
    country_from: Mapped[str | None] = mapped_column(String(2))
    country_to: Mapped[str | None] = mapped_column(String(2))
    seen_on: Mapped[date] = mapped_column(Date)


class Contact(Base):
    """Somebody who can help: a row of `content/contacts.csv`."""

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    organisation: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2), index=True)
    cities: Mapped[list[str]] = mapped_column(JSON)
    needs: Mapped[list[str]] = mapped_column(JSON)
    serves: Mapped[list[str]] = mapped_column(JSON)
    people: Mapped[list[str]] = mapped_column(JSON, server_default="[]")
    phones: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    email: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    messenger: Mapped[str | None] = mapped_column(Text)
    languages: Mapped[str | None] = mapped_column(Text)
    hours: Mapped[str | None] = mapped_column(Text)
    opening_hours: Mapped[str | None] = mapped_column(Text)
    cost: Mapped[str | None] = mapped_column(String(8))
    confidential: Mapped[bool] = mapped_column(server_default=false())
    about: Mapped[dict[str, str]] = mapped_column(JSON, server_default="{}")
    address: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    enforcement: Mapped[bool]
    caution: Mapped[str | None] = mapped_column(String(32))
    source_title: Mapped[str] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    source_date: Mapped[str] = mapped_column(Text)
    checked_on: Mapped[date] = mapped_column(Date)
    check_by: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Text)


class Reminder(Base):
    """A list that somebody asked to be reminded of. `chat` is encrypted: only the running bot can read it."""

    __tablename__ = "reminders"

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    chat: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    guide: Mapped[str] = mapped_column(String(48))
    code: Mapped[str] = mapped_column(String(48))
    done: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class ContactReport(Base):
    """How often people said that a contact did not work, per day. Counts only."""

    __tablename__ = "contact_reports"

    contact: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


class ContactImport(Base):
    """The last import of contacts, to tell whether the spreadsheet has changed since."""

    __tablename__ = "contact_imports"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Feedback(Base):
    """How often an answer helped, per day and language. Counts only."""

    __tablename__ = "feedback"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    answer: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    helpful: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
