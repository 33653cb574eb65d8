"""Guided conversations as Rasa forms: slots, responses, rules.

Names: the guide `wage-claim` is the form `wage_claim_form`; its question `written_contract` is the slot
`wage_claim__written_contract`, asked by `utter_ask_wage_claim__written_contract`.
"""

from __future__ import annotations

from typing import Any

from bot.content import Content, Guide

_CHOICES = {"affirm": "yes", "deny": "no", "unsure": "not_sure"}
_INTERRUPTIONS = {
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

_LEAVING = {"stop": "utter_guide_left", "bye": "utter_guide_left"}


def intent(guide: Guide) -> str:
    """The intent that starts a guide; its button sends it as `/start_wage_claim`."""
    return f"start_{_slug(guide)}"


def domain(content: Content) -> dict[str, Any]:
    """Intents, forms, slots and responses of all guides."""
    result: dict[str, Any] = {"intents": [], "forms": {}, "slots": {}, "responses": {}}
    for guide in content.guides.values():
        slug, form = _slug(guide), _form(guide)
        slots = [f"{slug}__{question.id}" for question in guide.logic.questions]
        result["intents"].append(intent(guide))
        result["forms"][form] = {"required_slots": slots}
        for slot in slots:
            result["slots"][slot] = _slot(form, slot)
            result["responses"][f"utter_ask_{slot}"] = [{"text": "step"}]
        result["responses"][f"utter_result_{slug}"] = [{"text": "step"}]
    return result


def rules(content: Content) -> list[dict[str, Any]]:
    """Start, interruption, leaving and result of every guide."""
    return [rule for guide in content.guides.values() for rule in _rules(guide)]


def _rules(guide: Guide) -> list[dict[str, Any]]:
    slug, form = _slug(guide), _form(guide)
    inside = [{"active_loop": form}]
    starting = {
        "rule": f"start {guide.id}",
        "steps": [{"intent": intent(guide)}, {"action": form}, {"active_loop": form}],
    }
    finished = {
        "rule": f"result of {guide.id}",
        "condition": inside,
        "steps": [
            {"action": form},
            {"active_loop": None},
            {"slot_was_set": [{"requested_slot": None}]},
            {"action": f"utter_result_{slug}"},
            {"action": "action_restart"},  # the tracker store forgets the conversation, and the answers with it
        ],
    }
    interruptions = [
        {
            "rule": f"{name} inside {guide.id}",
            "condition": inside,
            "steps": [{"intent": name}, {"action": action}, {"action": form}, {"active_loop": form}],
        }
        for name, action in _INTERRUPTIONS.items()
    ]
    danger = [
        {
            "rule": f"{name} inside {guide.id}",
            "condition": inside,
            "steps": [{"intent": name}, {"action": action}],
        }
        for name, action in (("emergency", "utter_sos"), ("self_harm", "utter_self_harm"))
    ]
    leaving = [
        {
            "rule": f"{name} leaves {guide.id}",
            "condition": inside,
            "steps": [
                {"intent": name},
                {"action": action},
                {"action": "action_deactivate_loop"},
                {"active_loop": None},
                {"action": "action_restart"},
            ],
        }
        for name, action in _LEAVING.items()
    ]
    return [starting, finished, *interruptions, *danger, *leaving]


def _slot(form: str, slot: str) -> dict[str, Any]:
    here = [{"active_loop": form, "requested_slot": slot}]
    return {
        "type": "categorical",
        "values": list(_CHOICES.values()),
        "influence_conversation": False,
        "mappings": [
            {"type": "from_entity", "entity": "choice", "intent": "choose", "conditions": here},
            *(
                {"type": "from_intent", "intent": name, "value": value, "conditions": here}
                for name, value in _CHOICES.items()
            ),
        ],
    }


def _slug(guide: Guide) -> str:
    return guide.id.replace("-", "_")


def _form(guide: Guide) -> str:
    return f"{_slug(guide)}_form"
