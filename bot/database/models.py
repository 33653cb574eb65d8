"""The tables. A change here needs a migration: `uv run alembic revision --autogenerate -m "..."`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, DateTime, Integer, String, Text, false
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


class FeedbackReason(Base):
    """Why an answer did not help, per day and language. Counts only."""

    __tablename__ = "feedback_reasons"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    answer: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


class KeptQuestion(Base):
    """A question that the bot could not answer, kept because the person said yes, without who asked it.

    `text` has been scrubbed of numbers, names, links and addresses; `candidates` are ids of answers that came close.
    """

    __tablename__ = "kept_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    candidates: Mapped[list[str]] = mapped_column(JSON)
    kept_on: Mapped[date] = mapped_column(Date, index=True)


class FigureMark(Base):
    """That somebody was counted in a cell this week. `mark` is keyed by week and cell: it links to nothing else.

    Deleted when the week is closed; only the number of people stays, in `figures`.
    """

    __tablename__ = "figure_marks"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - rows have no order that would show which came together

    week: Mapped[date] = mapped_column(Date, primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)


class Figure(Base):
    """How many people asked, in a week that begins on Monday `week`. An empty topic, language or country means all."""

    __tablename__ = "figures"

    week: Mapped[date] = mapped_column(Date, primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    people: Mapped[int] = mapped_column(Integer)


class Subscription(Base):
    """Somebody who wants news for their route. `chat` is encrypted; language, route and stage stand in `people`."""

    __tablename__ = "subscriptions"

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    chat: Mapped[str] = mapped_column(Text)


class Alert(Base):
    """News that staff wrote. An empty filter means everybody; the counts are filled in while it is sent."""

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    country_from: Mapped[str | None] = mapped_column(String(2))
    country_to: Mapped[str | None] = mapped_column(String(2))
    stage: Mapped[str | None] = mapped_column(String(8))
    languages: Mapped[list[str]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    blocked: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    failed: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class Delivery(Base):
    """An alert on its way to one person: `waiting`, then `sending`. The row goes when its fate has been counted.

    `claimed_at` is when sending began: a row that stays too long was left by a process that died.
    """

    __tablename__ = "deliveries"

    alert: Mapped[int] = mapped_column(Integer, primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Handover(Base):
    """A conversation between a person and staff. `chat` is encrypted; nothing that passes through is kept.

    `thread` is the topic in the staff's group; None in a group without topics.
    """

    __tablename__ = "handovers"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), unique=True)
    chat: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    thread: Mapped[int | None] = mapped_column(Integer, index=True)
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class HandoverMessage(Base):
    """Which conversation a message in a staff group without topics belongs to, so that staff can reply to it."""

    __tablename__ = "handover_messages"

    message: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(8), index=True)


class ReceivedUpdate(Base):
    """An update that Telegram brought by webhook. `body` is encrypted, and emptied when the update was handled.

    The number stays for a day, so that an update which comes again is known. `claimed_by` names the process that
    began to handle it; `attempts` counts how often one did.
    """

    __tablename__ = "inbox"

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    claimed_by: Mapped[str | None] = mapped_column(Text)
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class OpenGuide(Base):
    """The question of a guide that waits for somebody's answer, and the answers before it; `question` is encrypted."""

    __tablename__ = "open_questions"

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class Tracker(Base):
    """A guided conversation as Rasa remembers it, where several of them share one PostgreSQL. No text.

    Rasa reads and writes it: see `nlu/components/tracker_store.py`.
    """

    __tablename__ = "trackers"

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    events: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class Replica(Base):
    """What a bot serves: digests of its content and code, and the name of Rasa's model."""

    __tablename__ = "replicas"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
