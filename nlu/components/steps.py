"""Turns what Rasa decided to say into a step: JSON that the bot renders in the person's language.

Named in `endpoints.yml` as the natural language generator. A step has `say` (what kind of thing), and what is needed
to render it: the answer id, the candidates, the question of a guide, the slots of a finished one, the entities.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

SHOWN_CANDIDATES = 3
DANGERS = ("emergency", "self_harm")
PERHAPS_DANGER = 0.5
"""Probability of danger from which an unclear message gets the card. Below it the bot puts an SOS button first."""
CHATTER = {"greet", "thanks", "bye", "affirm", "deny", "unsure", "stop"}


class StepGenerator(NaturalLanguageGenerator):
    """`utter_answer` becomes `{"say": "answer", "id": ..., "candidates": [...], "language": ..., ...}`."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        self._domain = domain

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Return the message for `utter_action`; Rasa's REST channel passes `custom` on as it is."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        step = {"say": utter_action.removeprefix("utter_"), **_understood(parsed)}
        if step["say"] == "answer":
            step["id"] = next((c["label"] for c in step["candidates"] if not self._is_intent(c["label"])), None)
        elif step["say"] == "suggest":
            if sum(c["confidence"] for c in step["candidates"] if c["label"] in DANGERS) >= PERHAPS_DANGER:
                step["say"] = "sos"  # with the other candidates below the card
            step["candidates"] = [c for c in step["candidates"] if c["label"] not in CHATTER]
        elif step["say"].startswith("ask_"):
            step.update(_guide_question(step["say"].removeprefix("ask_"), tracker))
        elif step["say"].startswith("result_"):
            step.update(_guide_result(step["say"].removeprefix("result_"), tracker))
        step["candidates"] = step["candidates"][:SHOWN_CANDIDATES]
        return {"custom": step}

    def _is_intent(self, label: str) -> bool:
        return label in self._domain.intents


def _understood(parsed: dict[str, Any]) -> dict[str, Any]:
    entities: list[dict[str, Any]] = parsed.get("entities") or []
    return {
        "intent": (parsed.get("intent") or {}).get("name"),
        "candidates": parsed.get("candidates") or [],
        "language": parsed.get("language"),
        "entities": {entity["entity"]: entity["value"] for entity in reversed(entities)},
    }


def _guide_question(name: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    guide, question = name.split("__", 1)
    return {"say": "guide_question", "question": question, **_guide(guide, tracker)}


def _guide_result(guide: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    return {"say": "guide_result", **_guide(guide, tracker)}


def _guide(guide: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    """The guide's id, and the answers given so far."""
    prefix = f"{guide}__"
    answers = {
        name.removeprefix(prefix): value
        for name, value in tracker.current_slot_values().items()
        if name.startswith(prefix) and value is not None
    }
    return {"id": guide.replace("_", "-"), "answers": answers}
