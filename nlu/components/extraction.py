"""The slots of guides, looked for only where a guide is."""

from __future__ import annotations

from rasa.core.actions.action import ActionExtractSlots
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.constants import MAPPING_CONDITIONS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT

from components.slots import open_slots_of_guides

_STARTS: dict[int, set[str | None]] = {}
"""Of each domain that was loaded, by its identity: the intents of mappings without a condition, None for any."""


class ExtractSlotsOfGuides(ActionExtractSlots):
    """Finds what `ActionExtractSlots` finds. That one tries some three hundred mappings with each message.

    Our mappings hold inside a form, or for the intent that starts one (`bot/training/guides.py`): without either there
    is nothing to find, which spares a sixth of the time of a message. A conversation has no slots of guides before
    one begins (`components.tracker_store`), so they are put there now.
    """

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        if _starts_a_guide(tracker, domain):
            open_slots_of_guides(tracker, domain.slots)
        elif not tracker.active_loop_name:
            return []
        return await super().run(output_channel, nlg, tracker, domain)


def _starts_a_guide(tracker: DialogueStateTracker, domain: Domain) -> bool:
    """True for an intent that fills a slot outside a form."""
    if id(domain) not in _STARTS:
        free = [mapping for slot in domain.slots for mapping in slot.mappings if not mapping.get(MAPPING_CONDITIONS)]
        _STARTS[id(domain)] = {mapping.get(INTENT) for mapping in free}
    intent = tracker.latest_message.intent_name if tracker.latest_message else None
    return bool({intent, None} & _STARTS[id(domain)])
