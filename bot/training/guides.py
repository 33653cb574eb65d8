"""Guided conversations as Rasa forms: slots, responses, rules.

Names: the guide `wage-claim` is the form `wage_claim_form`; its question `written_contract` is the slot
`wage_claim__written_contract`, asked by `utter_ask_wage_claim__written_contract`.

A form asks every question in order. Questions that do not apply are passed over by the bot (`bot.guided`), which
answers them by `not_asked`: forms have no conditions of their own without an action server.
"""

from __future__ import annotations

from typing import Any, Final

from bot.content import Content, Guide
from bot.content.guides import Kind, Question

_INTENTS_OF_CHOICES: Final = {"yes": "affirm", "no": "deny", "not_sure": "unsure"}
_INTERRUPTIONS: Final = {
    "ask": "utter_answer",
    "nlu_fallback": "utter_suggest",
    "find_help": "utter_find_help",
    "human": "utter_human",
    "greet": "utter_greet",
    "thanks": "utter_thanks",
    "bot_help": "utter_bot_help",
    "out_of_scope": "utter_out_of_scope",
}
"""What is answered in the middle of a guide; the guide then asks its question again."""
_DANGERS: Final = {"emergency": "utter_sos", "self_harm": "utter_self_harm"}
_LEAVING: Final = ("stop", "bye")


def intent(guide: str) -> str:
    """The intent that starts a guide: its button sends `/start_wage_claim`, going back `/start_wage_claim{...}`."""
    return f"start_{guide.replace('-', '_')}"


def slot_name(guide: str, question: str) -> str:
    """The slot of a question, and the entity that fills it when the guide starts with answers."""
    return f"{guide.replace('-', '_')}__{question}"


def domain(content: Content) -> dict[str, Any]:
    """Intents, forms, slots and responses of all guides."""
    result: dict[str, Any] = {"intents": [], "entities": [], "forms": {}, "slots": {}, "responses": {}}
    for guide in content.guides.values():
        form, questions = _form(guide), guide.logic.questions
        slots = [slot_name(guide.id, question.id) for question in questions]
        result["intents"].append({intent(guide.id): {"use_entities": []}})
        result["entities"] += slots
        result["forms"][form] = {"required_slots": slots}
        for slot, question in zip(slots, questions, strict=True):
            result["slots"][slot] = _slot(form, slot, question, intent(guide.id))
            result["responses"][f"utter_ask_{slot}"] = [{"text": "step"}]
        result["responses"][f"utter_result_{_slug(guide)}"] = [{"text": "step"}]
    return result


def rules(content: Content) -> list[dict[str, Any]]:
    """Start, interruption, leaving and result of every guide."""
    return [rule for guide in content.guides.values() for rule in _rules(guide)]


def _rules(guide: Guide) -> list[dict[str, Any]]:
    form, result = _form(guide), {"action": f"utter_result_{_slug(guide)}"}
    inside = [{"active_loop": form}]
    again = [{"action": form}, {"active_loop": form}]
    end = [{"action": "action_deactivate_loop"}, {"active_loop": None}]
    forget = {"action": "action_restart"}  # the tracker store forgets the conversation, and the answers with it
    kinds = {question.kind for question in guide.logic.questions}
    interruptions = {
        name: action for name, action in _INTERRUPTIONS.items() if name != "find_help" or Kind.NEED not in kinds
    }
    listed = [
        ("start", None, [{"intent": intent(guide.id)}, *again]),
        (
            "result",
            inside,
            [{"action": form}, {"active_loop": None}, {"slot_was_set": [{"requested_slot": None}]}, result, forget],
        ),
        # The bot saw danger in an answer: the result comes at once.
        ("finish", inside, [{"intent": "finish"}, result, *end, forget]),
        *((name, inside, [{"intent": name}, {"action": "utter_guide_left"}, *end, forget]) for name in _LEAVING),
        *((name, inside, [{"intent": name}, {"action": action}]) for name, action in _DANGERS.items()),
        *((name, inside, [{"intent": name}, {"action": action}, *again]) for name, action in interruptions.items()),
    ]
    return [
        {"rule": f"{name} in {guide.id}", **({"condition": condition} if condition else {}), "steps": steps}
        for name, condition, steps in listed
    ]


def _slot(form: str, slot: str, question: Question, start: str) -> dict[str, Any]:
    """Filled by a button, or by words, while its question is open; or when the guide starts with answers."""
    here = [{"active_loop": form, "requested_slot": slot}]
    words: list[dict[str, Any]] = [
        {"type": "from_intent", "intent": name, "value": choice, "conditions": here}
        for choice, name in _INTENTS_OF_CHOICES.items()
        if choice in question.options
    ]
    if question.kind is not Kind.CHOICE:
        words = [{"type": "from_entity", "entity": question.kind.value, "conditions": here}]
    return {
        "type": "components.slots.AnswerSlot",
        "influence_conversation": False,
        "mappings": [
            {"type": "from_entity", "entity": "choice", "intent": "choose", "conditions": here},
            *words,
            {"type": "from_entity", "entity": slot, "intent": start},
        ],
    }


def _slug(guide: Guide) -> str:
    return guide.id.replace("-", "_")


def _form(guide: Guide) -> str:
    return f"{_slug(guide)}_form"
