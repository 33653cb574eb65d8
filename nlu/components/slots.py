"""The slot that keeps the answer to a question of a guide."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from rasa.shared.core.slots import AnySlot, Slot
from rasa.shared.core.trackers import DialogueStateTracker


class AnswerSlot(AnySlot):
    """An `any` slot that is quick to copy.

    Rasa copies all slots of the domain six times a message, and the guides have some eighty between them. The way
    Python copies objects without `__copy__` took a seventh of the time of a message.
    """

    type_name = "components.slots.AnswerSlot"

    def __copy__(self) -> AnswerSlot:
        copied = object.__new__(AnswerSlot)
        copied.__dict__.update(self.__dict__)
        return copied


def outside_guides(slots: Iterable[Slot]) -> list[Slot]:
    """The slots of a conversation in which no guide is open: without those of guides, since all are copied so often."""
    return [slot for slot in slots if not isinstance(slot, AnswerSlot)]


def open_slots_of_guides(tracker: DialogueStateTracker, slots: Iterable[Slot]) -> None:
    """Give a conversation in which a guide begins the slots that `outside_guides` left out."""
    for slot in slots:
        tracker.slots.setdefault(slot.name, copy.copy(slot))
