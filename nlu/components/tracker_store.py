"""Conversations that leave no traces: only open guides, without the words people wrote, for at most a day.

Rasa's own stores keep every message text for ever. What a conversation needs is the state of a guide: which form is
active, which slots are filled, and the turn that led there. An ordinary question needs nothing, and nothing is kept of
it. A conversation is dropped when its guide ends, when it is restarted (`/forget`), and after `max_age` seconds.

Where several Rasas serve the same people, `DATABASE_URL` names the bot's PostgreSQL, and its table `trackers` holds
the conversations: any of the Rasas goes on where another one stopped. Else they are in memory.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, Restarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from components.slots import outside_guides

logger = logging.getLogger(__name__)

DAY = 24 * 60 * 60
LIMITS = {"connect_timeout": 2, "options": "-c statement_timeout=2000"}
"""Seconds and milliseconds. A person waits too; a guide whose state cannot be read is started again by the bot."""
_KEPT_PARSE_DATA = ("intent", "entities")


class Shelf(Protocol):
    """Where the events of a conversation lie, as text. Failures are logged: an answer matters more than a state."""

    def read(self, conversation: str) -> str | None:
        """The events; None when there are none, or when they are too old."""

    def write(self, conversation: str, events: str) -> None:
        """Keep the events in place of those before."""

    def delete(self, conversation: str) -> None:
        """Drop the events."""

    def keys(self) -> list[str]:
        """The conversations that are kept."""


class ForgetfulTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Named in `endpoints.yml`; `max_age` there is in seconds."""

    def __init__(
        self,
        domain: Domain | None,
        host: EndpointConfig | None = None,
        event_broker: EventBroker | None = None,
        max_age: int = DAY,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        url = os.environ.get("DATABASE_URL", "")
        self._shelf: Shelf = PostgresShelf(url, max_age) if url.startswith("postgres") else MemoryShelf(max_age)
        # Memory answers at once; a database must not keep everybody else waiting meanwhile.
        self._waits = isinstance(self._shelf, PostgresShelf)

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        if tracker.active_loop_name:
            events = json.dumps([_without_words(event.as_dict()) for event in _needed(list(tracker.events))])
            await self._do(self._shelf.write, tracker.sender_id, events)
        elif any(isinstance(event, (ActiveLoop, Restarted)) for event in tracker.events):  # else nothing was kept
            await self._do(self._shelf.delete, tracker.sender_id)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        if events := await self._do(self._shelf.read, sender_id):
            tracker = DialogueStateTracker.from_dict(sender_id, json.loads(events), self.domain.slots)
            if _fits(tracker, self.domain):
                return tracker
        # Listening: a conversation without any event would first have to be begun, by an action of its own.
        listening = [ActionExecuted(ACTION_LISTEN_NAME)]
        return DialogueStateTracker.from_events(sender_id, listening, outside_guides(self.domain.slots))

    async def keys(self) -> Iterable[str]:
        return await self._do(self._shelf.keys)

    async def _do(self, function: Callable[..., Any], *arguments: str) -> Any:
        return await asyncio.to_thread(function, *arguments) if self._waits else function(*arguments)


class MemoryShelf:
    """Keeps conversations in this process."""

    def __init__(self, max_age: float) -> None:
        self._max_age = max_age
        self._kept: dict[str, tuple[float, str]] = {}

    def read(self, conversation: str) -> str | None:
        self._drop_expired()
        _, events = self._kept.get(conversation, (0.0, None))
        return events

    def write(self, conversation: str, events: str) -> None:
        self._kept.pop(conversation, None)  # so that the oldest come first
        self._kept[conversation] = (time.monotonic(), events)

    def delete(self, conversation: str) -> None:
        self._kept.pop(conversation, None)

    def keys(self) -> list[str]:
        self._drop_expired()
        return list(self._kept)

    def _drop_expired(self) -> None:
        oldest = time.monotonic() - self._max_age
        while self._kept:
            conversation, (saved, _) = next(iter(self._kept.items()))
            if saved >= oldest:
                return
            del self._kept[conversation]


class PostgresShelf:
    """Keeps conversations in the table `trackers`, which the bot makes, and from which it deletes what is too old.

    The role needs SELECT, INSERT, UPDATE and DELETE on that table and nothing else.
    """

    def __init__(self, url: str, max_age: float) -> None:
        self._max_age = max_age
        given = make_url(url)
        query = {{"ssl": "sslmode"}.get(key, key): value for key, value in given.query.items()}  # the bot's driver's
        self._engine = create_engine(
            given.set(drivername="postgresql+psycopg2", query=query),
            isolation_level="AUTOCOMMIT",
            connect_args=LIMITS,
            hide_parameters=True,
        )

    def read(self, conversation: str) -> str | None:
        found = self._run(
            "SELECT events FROM trackers WHERE pseudonym = :who AND saved_at > now() - make_interval(secs => :age)",
            who=conversation,
            age=self._max_age,
        )
        return found[0][0] if found else None

    def write(self, conversation: str, events: str) -> None:
        self._run(
            "INSERT INTO trackers VALUES (:who, :events, now())"
            " ON CONFLICT (pseudonym) DO UPDATE SET events = excluded.events, saved_at = excluded.saved_at",
            who=conversation,
            events=events,
        )

    def delete(self, conversation: str) -> None:
        self._run("DELETE FROM trackers WHERE pseudonym = :who", who=conversation)

    def keys(self) -> list[str]:
        return [conversation for (conversation,) in self._run("SELECT pseudonym FROM trackers")]

    def _run(self, statement: str, **values: Any) -> list[Any]:
        try:
            try:
                return self._execute(statement, values)
            except DBAPIError as error:
                if not error.connection_invalidated:  # else the server was started anew: one more connection will do
                    raise
                return self._execute(statement, values)
        except SQLAlchemyError as error:
            logger.error("the table of trackers cannot be used: %s", type(error).__name__)
            return []

    def _execute(self, statement: str, values: dict[str, Any]) -> list[Any]:
        with self._engine.connect() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []


def _fits(tracker: DialogueStateTracker, domain: Domain) -> bool:
    """False for a guide that this model does not have, or not with the question that is open: it is started again."""
    requested = tracker.get_slot(REQUESTED_SLOT)
    return tracker.active_loop_name in domain.form_names and requested in domain.required_slots_for_form(
        tracker.active_loop_name
    )


def _needed(events: list[Event]) -> list[Event]:
    """The last value of each slot, the form that is active, and the whole last turn."""
    listens = [
        position
        for position, event in enumerate(events)
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
    ]
    start = listens[-2] if len(listens) > 1 else 0
    before: dict[str, Event] = {}
    for event in events[:start]:
        if isinstance(event, Restarted):
            before.clear()
        elif isinstance(event, SlotSet):
            before[f"slot {event.key}"] = event
        elif isinstance(event, ActiveLoop):
            before["form"] = event
    return [*before.values(), *events[start:]]


def _without_words(event: dict[str, Any]) -> dict[str, Any]:
    if event["event"] == UserUttered.type_name:
        parsed = {key: value for key, value in (event.get("parse_data") or {}).items() if key in _KEPT_PARSE_DATA}
        parsed["entities"] = [
            {key: value for key, value in entity.items() if key in ("entity", "value")}
            for entity in parsed.get("entities") or []
        ]
        return {**event, "text": "", "parse_data": {**parsed, "text": ""}, "metadata": {}}
    if event["event"] == "bot":
        return {**event, "text": "", "data": {}, "metadata": {}}
    return event
