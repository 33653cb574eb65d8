"""What waits for nothing: neither for an answer that hangs, nor for a flood of messages (see `bot/order.py`).

Somebody in danger, and somebody at whose phone another looks, have no time. None of this needs Rasa, and none of it
touches the state of a guide, so it may be handled beside what the same person wrote before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from telegram import Update

from bot.handlers.services import Services
from bot.handlers.shortcuts import shortcuts
from bot.render import callbacks as to
from bot.render.callbacks import parse

_VERBS: Final = (to.SOS, to.DESPAIR, to.FURTHER, to.HIDE)
_COMMANDS: Final = ("/sos", "/hide")


def urgency(services: Services) -> Callable[[Update], bool]:
    """Decides whether an update is a cry for help, in words or by a tap, or is to hide the chat."""

    def is_urgent(update: Update) -> bool:
        if update.callback_query:
            pressed = parse(update.callback_query.data)
            return pressed is not None and pressed.verb in _VERBS
        text = (update.message.text or "").strip() if update.message else ""
        if text.startswith("/"):
            return text.partition(" ")[0].partition("@")[0].lower() in _COMMANDS
        return shortcuts().get(text) in _VERBS or bool(services.dialogue.danger(text))

    return is_urgent
