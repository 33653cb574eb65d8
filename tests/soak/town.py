"""People who use the bot as people do: questions, buttons, commands, guides, danger, odd things, and all again."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.languages import LANGUAGES, Language
from tests.bench.botapi import BOT, BotApi, parameters
from tests.bench.questions import Question

PATIENCE: Final = 60.0
"""Seconds after which a message counts as one without a reply."""
_FIRST_CHAT: Final = 7_000_000
_MULTIPART_CHAT: Final = re.compile(rb'name="chat_id"\r\n(?:[^\r]+\r\n)*\r\n(\d+)')

COMMANDS: Final = ("/menu", "/topics", "/contacts", "/guides", "/profile", "/news", "/privacy", "/help", "/language")
DANGER: Final = ("help me they beat me", "помогите меня бьют", "passport taken away I am locked in", "хочу умереть")
LINKS: Final = ("a-unpaid-wages", "t-return", "c-KZ", "g-wage-claim", "g-job-offer", "news", "nothing-of-ours", "a-")
ODD: Final = (
    "?", "👍", "🙏" * 200, "а" * 4096, "<b>bold</b> & <script>", "*_`[](", "\u202eright to left", "1234567890",
    "/nosuch", "''; DROP TABLE people; --", "a\u0000b", "\n\n\n", "да", "yes", "нет", "0",
)  # fmt: skip
FORGED: Final = ("answer:no-such", "choose:x:y", "tick:a:b:zz", "language:xx", "contacts:XX", "", "x" * 64)
ATTACHED: Final[Sequence[Mapping[str, Any]]] = (
    {"location": {"latitude": 55.75, "longitude": 37.62}},
    {"location": {"latitude": -54.8, "longitude": -68.3}},
    {"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1,
                 "is_animated": False, "is_video": False}},
    {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}},
    {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}], "caption": "my contract"},
)  # fmt: skip


@dataclass
class Person:
    """Somebody; `seen` has the parameters of the newest message with buttons in their chat."""

    id: int
    language: Language
    seen: bytes = b""
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def user(self) -> dict[str, Any]:
        """As Telegram describes them."""
        return {"id": self.id, "is_bot": False, "first_name": f"Person {self.id}", "language_code": self.language}

    @property
    def chat(self) -> dict[str, Any]:
        """Their private chat."""
        return {"id": self.id, "type": "private", "first_name": f"Person {self.id}"}

    def buttons(self) -> list[str]:
        """The data of the buttons that they see."""
        if b"inline_keyboard" not in self.seen:
            return []
        markup = parameters(self.seen)["reply_markup"]
        return [
            button["callback_data"] for row in markup["inline_keyboard"] for button in row if "callback_data" in button
        ]


class Telegram(BotApi):
    """Also notices files, and buttons that are answered by a notice alone."""

    def call(self, method: str, body: bytes, connection: Any) -> None:
        """Answer one call of the bot."""
        if method == "sendDocument" and (chat := _MULTIPART_CHAT.search(body)):
            self.arrived(int(chat[1]), b"")
        elif method == "answerCallbackQuery":
            notice = parameters(body)
            if "text" in notice:
                self.arrived(int(notice["callback_query_id"].partition("-")[0]), b"")
        super().call(method, body, connection)


class Town:
    """`people` people, who do things by chance; the same ones in every run with the same `seed`."""

    def __init__(self, api: Telegram, asked: Sequence[Question], people: int, seed: int) -> None:
        self._api = api
        self._dice = random.Random(seed)
        self._asked = {code: [one.text for one in asked if one.language == code] for code in LANGUAGES}
        self.people = [Person(_FIRST_CHAT + n, LANGUAGES[n % len(LANGUAGES)]) for n in range(people)]
        self._by_chat = {person.id: person for person in self.people}
        acts: dict[Callable[[Person], dict[str, Any]], int] = {
            self._question: 34, self._press: 36, self._command: 7, self._link: 5, self._odd: 5, self._attached: 3,
            self._danger: 2, self._language: 2, self._forged: 2, self._start: 2, self._hide: 1, self._forget: 1,
        }  # fmt: skip
        self._acts, self._weights = list(acts), list(acts.values())
        api.arrived = self._arrived

    async def act(self, person: Person) -> tuple[str, bool]:
        """Let somebody do something. Returns what it was, and whether they heard of it in time."""
        act = self._dice.choices(self._acts, self._weights)[0]
        update = act(person)
        person.heard.clear()
        self._api.push(person.id, update)
        try:
            await asyncio.wait_for(person.heard.wait(), PATIENCE)
        except TimeoutError:
            return act.__name__.strip("_"), False
        return act.__name__.strip("_"), True

    def _arrived(self, chat: int, body: bytes) -> None:
        person = self._by_chat.get(chat)
        if person is None:
            return
        if b"inline_keyboard" in body:
            person.seen = body
        person.heard.set()

    def _question(self, person: Person) -> dict[str, Any]:
        language = person.language if self._dice.random() < 0.9 else self._dice.choice(LANGUAGES)
        return self._written(person, self._dice.choice(self._asked[language]))

    def _press(self, person: Person) -> dict[str, Any]:
        buttons = person.buttons()
        return self._pressed(person, self._dice.choice(buttons)) if buttons else self._command(person)

    def _command(self, person: Person) -> dict[str, Any]:
        return self._written(person, self._dice.choice(COMMANDS))

    def _link(self, person: Person) -> dict[str, Any]:
        return self._written(person, f"/start {self._dice.choice(LINKS)}")

    def _odd(self, person: Person) -> dict[str, Any]:
        return self._written(person, self._dice.choice(ODD))

    def _attached(self, person: Person) -> dict[str, Any]:
        return self._message(person, self._dice.choice(ATTACHED))

    def _danger(self, person: Person) -> dict[str, Any]:
        return self._written(person, self._dice.choice([*DANGER, "/sos"]))

    def _language(self, person: Person) -> dict[str, Any]:
        person.language = self._dice.choice(LANGUAGES)
        return self._pressed(person, f"language:{person.language}")

    def _forged(self, person: Person) -> dict[str, Any]:
        return self._pressed(person, self._dice.choice(FORGED))

    def _start(self, person: Person) -> dict[str, Any]:
        return self._written(person, "/start")

    def _hide(self, person: Person) -> dict[str, Any]:
        return self._written(person, "/hide")

    def _forget(self, person: Person) -> dict[str, Any]:
        return self._pressed(person, "forget:yes")

    def _written(self, person: Person, text: str) -> dict[str, Any]:
        message: dict[str, Any] = {"text": text}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return self._message(person, message)

    def _message(self, person: Person, content: Mapping[str, Any]) -> dict[str, Any]:
        number = self._api.next_message_id()
        head = {"message_id": number, "from": person.user, "chat": person.chat, "date": int(time.time())}
        return {"message": {**head, **content}}

    def _pressed(self, person: Person, data: str) -> dict[str, Any]:
        number = self._api.next_message_id()
        message = {"message_id": number, "from": BOT, "chat": person.chat, "date": int(time.time()), "text": "…"}
        query = {"id": f"{person.id}-{number}", "from": person.user, "message": message, "chat_instance": "1"}
        return {"callback_query": {**query, "data": data}}
