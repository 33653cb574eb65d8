"""What the buttons send back: a verb and its arguments, such as `answer:unpaid-wages:tg`.

Only values that exist are accepted (`parse` refuses the rest), so forged or outdated data reaches no handler.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ANSWER: Final = "answer"  # answer:<id>[:<language>]
HELPERS: Final = "helpers"  # helpers:<answer id>[:<country>]
FEEDBACK: Final = "feedback"  # feedback:<answer id>:yes|no
TOPICS: Final = "topics"  # topics
TOPIC: Final = "topic"  # topic:<id>
CONTACTS: Final = "contacts"  # contacts[:<country>[:<need>]]
CONTACT: Final = "contact"  # contact:<contact id>
BROKEN: Final = "broken"  # broken:<contact id>: this number did not work
GUIDES: Final = "guides"  # guides
GUIDE: Final = "guide"  # guide:<id>
CHOOSE: Final = "choose"  # choose:<question>:<choice>
BACK: Final = "back"  # the question before
RESUME: Final = "resume"  # the open question again
LEAVE: Final = "leave"  # leave the guide
LETTER: Final = "letter"  # letter:<guide>:<answers>, see Guide.encode
FORWARD: Final = "forward"  # forward:<guide>:<answers>
PDF: Final = "pdf"  # pdf:<guide>:<answers>
REMIND: Final = "remind"  # remind:<guide>:<answers>:<positions done, hexadecimal>
TICK: Final = "tick"  # tick:<guide>:<answers>:<positions done, hexadecimal>
LANGUAGE: Final = "language"  # language[:<code>]
STAGE: Final = "stage"  # stage:before|abroad|return|skip
FROM: Final = "from"  # from:<country>|skip|page-<n>
TO: Final = "to"  # to:<country>|skip|page-<n>
PROFILE: Final = "profile"
MENU: Final = "menu"
SOS: Final = "sos"  # sos[:<country>]
DESPAIR: Final = "despair"  # despair:<country>: the card for somebody who wants to die
FURTHER: Final = "further"  # further:emergency|self_harm[:<country>]: what else can be done
HIDE: Final = "hide"
FORGET: Final = "forget"  # forget:yes
PRIVACY: Final = "privacy"
HELP: Final = "help"
WHY: Final = "why"  # why:<answer id>:<reason>: what was wrong with an answer
NONE: Final = "none"  # none:<message>:<language>: none of the candidates was meant; the person's message, by number
KEEP: Final = "keep"  # keep:yes|no:<language>: may staff read the question
HUMAN: Final = "human"  # human[:yes|end]: the offer to talk with staff, begin, end
NEWS: Final = "news"  # news[:on]: the offer, or subscribe
UNSUBSCRIBE: Final = "unsubscribe"

VERBS: Final = frozenset(
    {ANSWER, HELPERS, FEEDBACK, TOPICS, TOPIC, CONTACTS, CONTACT, BROKEN, GUIDES, GUIDE, CHOOSE, BACK, RESUME, LEAVE,
     LETTER, FORWARD, PDF, TICK, REMIND, LANGUAGE, STAGE, FROM, TO, PROFILE, MENU, SOS, DESPAIR, FURTHER, HIDE, FORGET,
     PRIVACY, HELP, HUMAN, NEWS, UNSUBSCRIBE, WHY, NONE, KEEP}
)  # fmt: skip
_ARGUMENT: Final = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True)
class Callback:
    """A pressed button."""

    verb: str
    arguments: tuple[str, ...] = ()

    def argument(self, position: int) -> str | None:
        """The argument at `position`, or None."""
        return self.arguments[position] if position < len(self.arguments) else None


def data(verb: str, *arguments: str) -> str:
    """Callback data for a button."""
    return ":".join((verb, *arguments))


def parse(text: str | None) -> Callback | None:
    """The button behind `text`, or None for what no button of this bot sends."""
    verb, *arguments = (text or "").split(":")
    if verb not in VERBS or len(arguments) > 3 or not all(map(_ARGUMENT.fullmatch, arguments)):
        return None
    return Callback(verb, tuple(arguments))
