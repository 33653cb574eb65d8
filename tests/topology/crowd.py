"""People who write faster than they are answered, and what became of every message of theirs.

Everybody sends three messages at once, waits for three answers, and goes on. Two are links to answers, which need no
Rasa; the middle one is a question in words. All answers of two rounds differ, so it is seen which message was answered,
and when. While Rasa is away a question is answered by a search by words, which may be any text.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.languages import LANGUAGES, catalogue
from bot.render.screen import escape
from tests.bench.botapi import BotApi, parameters
from tests.bench.questions import Question

PATIENCE: Final = 90.0
"""Seconds after which an answer that has not come counts as lost."""
QUIET: Final = 1.5
"""Seconds that somebody waits for a second copy of an answer before the next round."""
_FIRST_CHAT: Final = 7_000_000
_ANSWER: Final = re.compile(rb'"helpers:([\w-]+)"')
_WAIT: Final = "One moment, I am still looking. If you are in danger, press SOS."
_NOTES: Final = {escape(catalogue(language).gettext(_WAIT)) for language in LANGUAGES}


@dataclass
class Tally:
    """What became of messages. Times are in seconds."""

    sent: int = 0
    answered: int = 0
    by_words: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    worst: float = 0.0
    silence: float = 0.0
    """The longest time in which nobody at all was answered."""


@dataclass
class _Message:
    answer: str
    """The answer that is expected, by its name."""
    in_words: bool
    sent_at: float
    got: bool = False


@dataclass
class _Person:
    id: int
    language: str
    round: list[_Message] = field(default_factory=list)
    past: deque[str] = field(default_factory=lambda: deque(maxlen=9))
    """The answers of the three rounds before: what comes of those now comes a second time."""
    done: asyncio.Event = field(default_factory=asyncio.Event)


class People:
    """So many, in all languages in turn. `questions`: with the names of their answers; `links`: names of answers."""

    def __init__(self, api: BotApi, count: int, questions: dict[Question, str], links: Sequence[str]) -> None:
        self._api = api
        self._questions = questions
        self._links = links
        self._people = {
            number: _Person(number, LANGUAGES[number % len(LANGUAGES)])
            for number in range(_FIRST_CHAT, _FIRST_CHAT + count)
        }
        self._dice = random.Random(7)
        self._last_answer = 0.0
        self.tally = Tally()
        api.arrived = self._arrived

    async def write_until(self, end: asyncio.Event) -> None:
        """Let everybody write, round after round, until `end` is set and all answers are there, or given up."""
        self._last_answer = time.monotonic()
        await asyncio.gather(*(self._keep_writing(person, end) for person in self._people.values()))

    def take_tally(self) -> Tally:
        """What has happened since the last call."""
        taken, self.tally = self.tally, Tally()
        return taken

    async def _keep_writing(self, person: _Person, end: asyncio.Event) -> None:
        while not end.is_set():
            self._send_round(person)
            try:
                await asyncio.wait_for(person.done.wait(), PATIENCE)
            except TimeoutError:
                self.tally.lost += sum(not message.got for message in person.round)
            await asyncio.sleep(QUIET)

    def _send_round(self, person: _Person) -> None:
        person.past.extend(message.answer for message in person.round)
        own = [
            (question, answer)
            for question, answer in self._questions.items()
            if question.language == person.language and answer not in person.past
        ]
        question, expected = self._dice.choice(own)
        first, last = self._dice.sample([link for link in self._links if link not in {expected, *person.past}], 2)
        texts = [f"/start a-{first}", question.text, f"/start a-{last}"]
        person.done.clear()
        now = time.monotonic()
        person.round = [_Message(answer, number == 1, now) for number, answer in enumerate((first, expected, last))]
        for text in texts:
            self._api.push(person.id, {"message": self._message(person, text)})
        self.tally.sent += len(texts)

    def _message(self, person: _Person, text: str) -> dict[str, Any]:
        user = {"id": person.id, "is_bot": False, "first_name": "Person", "language_code": person.language}
        message = {
            "message_id": self._api.next_message_id(),
            "from": user,
            "chat": {"id": person.id, "type": "private", "first_name": "Person"},
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return message

    def _arrived(self, chat: int, body: bytes) -> None:
        person = self._people.get(chat)
        if person is None or is_aside(body):
            return
        now = time.monotonic()
        self.tally.silence = max(self.tally.silence, now - self._last_answer)
        self._last_answer = now
        name = answer_in(body)
        message = self._meant(person, name)
        if message is None:
            self.tally.doubled += 1
            return
        message.got = True
        self.tally.answered += 1
        self.tally.by_words += message.answer != name
        self.tally.disordered += any(later.got for later in person.round[person.round.index(message) + 1 :])
        self.tally.worst = max(self.tally.worst, now - message.sent_at)
        if all(each.got for each in person.round):
            person.done.set()

    def _meant(self, person: _Person, name: str | None) -> _Message | None:
        """The message of this round that is answered; None for an answer that came before."""
        for message in person.round:
            if message.answer == name:
                return None if message.got else message
        if name in person.past:
            return None
        return next((message for message in person.round if message.in_words and not message.got), None)


def is_aside(body: bytes) -> bool:
    """Whether it only says that an answer takes its time, or asks whether the question may be kept."""
    return parameters(body).get("text") in _NOTES or b"keep:yes" in body


def answer_in(body: bytes) -> str | None:
    """The name of the answer that a message from the bot shows; None for candidates, a search and everything else."""
    found = _ANSWER.search(body)
    return found[1].decode() if found else None
