"""Conversations that leave no traces: kept in memory, without the words people wrote, for at most a day.

Rasa's own stores keep every message text for ever. What a conversation needs is the state of a guide: which form is
active and which slots are filled. This store keeps the events of the current session, strips all text from them, and
drops a conversation after `max_age` seconds, or at once when it is restarted (`/forget`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, Restarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

DAY = 24 * 60 * 60
KEPT_EVENTS = 200
_KEPT_PARSE_DATA = ("intent", "entities")


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
        self._max_age = max_age
        self._kept: dict[str, tuple[float, str]] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        self._drop_expired()
        if tracker.events and any(isinstance(event, Restarted) for event in list(tracker.events)[-2:]):
            self._kept.pop(tracker.sender_id, None)
            return
        await self.stream_events(tracker)
        events = [_without_words(event.as_dict()) for event in _recent(tracker.events)]
        self._kept[tracker.sender_id] = (time.monotonic(), json.dumps(events))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        self._drop_expired()
        kept = self._kept.get(sender_id)
        if kept is None:
            return None
        return DialogueStateTracker.from_dict(sender_id, json.loads(kept[1]), self.domain.slots)

    async def keys(self) -> Iterable[str]:
        return self._kept.keys()

    def _drop_expired(self) -> None:
        oldest = time.monotonic() - self._max_age
        for sender_id in [key for key, (saved, _) in self._kept.items() if saved < oldest]:
            del self._kept[sender_id]


def _recent(events: Iterable[Event]) -> list[Event]:
    listed = list(events)
    old, recent = listed[:-KEPT_EVENTS], listed[-KEPT_EVENTS:]
    return [event for event in old if isinstance(event, SlotSet)] + recent


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
