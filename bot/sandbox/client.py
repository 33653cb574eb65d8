"""A person's phone for tests: write to the bot, press its buttons, see what it shows.

async with Sandbox("http://127.0.0.1:8081") as sandbox:
    gulnora = await sandbox.user("Gulnora", language_code="tg")
    await gulnora.send("салом")
    [greeting] = await gulnora.wait_for_messages()
    await gulnora.press("Ҳуқуқҳои ман")
"""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from telegram import Message as BotApiMessage

Json = dict[str, Any]

_TIMEOUT_SECONDS = 60.0


class SandboxError(Exception):
    """The sandbox could not do what the test asked: a button that is not there, a missing user."""


@dataclass(frozen=True)
class Button:
    """A button under a message; `data` and `url` are empty unless the button has them."""

    text: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True)
class Message:
    """A message in the chat as the person sees it; `raw` is the Bot API object."""

    id: int
    from_bot: bool
    text: str
    html: str
    buttons: list[list[Button]]
    contact: Json | None
    venue: Json | None
    location: Json | None
    edited: bool
    raw: Json

    @classmethod
    def of(cls, raw: Json) -> Self:
        """Read a Bot API message; the caption of a file counts as its text."""
        parsed = BotApiMessage.de_json(raw, None)
        rows = raw.get("reply_markup", {}).get("inline_keyboard", [])
        return cls(
            id=raw["message_id"],
            from_bot=raw["from"]["is_bot"],
            text=raw.get("text") or raw.get("caption", ""),
            html=parsed.text_html or parsed.caption_html or "",
            buttons=[[_button(button) for button in row] for row in rows],
            contact=raw.get("contact"),
            venue=raw.get("venue"),
            location=raw.get("location"),
            edited="edit_date" in raw,
            raw=raw,
        )

    @property
    def button_texts(self) -> list[str]:
        return [button.text for row in self.buttons for button in row]


@dataclass(frozen=True)
class CallbackAnswer:
    """What the person saw after pressing a button."""

    data: str
    text: str
    show_alert: bool
    url: str


def _button(raw: Json) -> Button:
    return Button(raw["text"], raw.get("callback_data", ""), raw.get("url", ""))


class Sandbox:
    """A connection to a running sandbox; people are added to it with `user`."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{base_url.rstrip('/')}/sandbox/api",
            timeout=_TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=None),
            # The sandbox speaks plain HTTP: loading certificates would be the slowest part of a test.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def user(self, name: str, language_code: str = "", user_id: int = 0) -> "SandboxUser":
        """Add a person; each call adds another one, whatever the name."""
        body = {"name": name, "language_code": language_code, "id": user_id}
        return SandboxUser(self, await self.call("POST", "/users", body))

    async def fault(
        self,
        method: str,
        *,
        times: int = 1,
        error_code: int = 0,
        retry_after: int = 0,
        delay: float = 0,
        description: str = "",
        chat_id: int | None = None,
        cut: Literal["", "before", "after"] = "",
    ) -> None:
        """Let the next calls of a Bot API method (`*`: of any) fail or take their time, or `cut` their connection.

        A cut comes before a call is done, or after it was done and before it is answered.
        """
        body = {
            "method": method,
            "times": times,
            "error_code": error_code,
            "retry_after": retry_after,
            "delay": delay,
            "description": description,
            "chat_id": "" if chat_id is None else str(chat_id),
            "cut": cut,
        }
        await self.call("POST", "/faults", body)

    async def replay_updates(self) -> None:
        """Bring the last hundred updates once more, the newest first."""
        await self.call("POST", "/updates/replay")

    async def clear_faults(self) -> None:
        await self.call("DELETE", "/faults")

    async def refusals(self) -> list[Json]:
        """Return the calls that Telegram would have refused, with method, chat_id and description."""
        refusals: list[Json] = await self.call("GET", "/refusals")
        return refusals

    async def call(self, method: str, path: str, body: Json | None = None, **query: str) -> Any:
        response = await self._http.request(method, path, json=body, params=query)
        if response.is_error:
            raise SandboxError(response.text)
        return response.json()


class ChatView:
    """A chat as somebody in it sees it.

    What they did last, or saw last through a `wait_…` method, marks the present: only what the bot sends after
    that counts as new.
    """

    def __init__(self, sandbox: Sandbox, path: str, name: str, state: Json) -> None:
        self._sandbox = sandbox
        self._path = path
        self._state = state
        self._seen: int = state["version"]
        self.name = name

    @property
    def messages(self) -> list[Message]:
        """The whole chat as last fetched, both sides, oldest first."""
        return [Message.of(entry["message"]) for entry in self._state["messages"]]

    async def refresh(self) -> None:
        """Fetch the chat as it is now."""
        self._state = await self._sandbox.call("GET", self._path)

    async def wait_for(self, condition: Callable[[], Any], timeout: float = 10) -> None:  # noqa: ASYNC109
        """Return once `condition` holds for this chat; raise TimeoutError if it does not in time."""
        deadline = time.monotonic() + timeout
        await self.refresh()
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not within {timeout} s; the chat of {self.name}:\n{self._transcript()}")
            after, seconds = str(self._state["version"]), f"{left:.3f}"
            self._state = await self._sandbox.call("GET", self._path, after=after, timeout=seconds)

    async def wait_for_messages(self, n: int = 1, timeout: float = 10) -> list[Message]:  # noqa: ASYNC109
        """Return the bot's new messages, as soon as there are at least `n`."""
        await self.wait_for(lambda: len(self._news("created")) >= n, timeout)
        return self._take("created")

    def _news(self, since: str) -> list[Json]:
        entries = self._state["messages"]
        return [e for e in entries if e["message"]["from"]["is_bot"] and e[since] > self._seen]

    def _take(self, since: str) -> list[Message]:
        found = [Message.of(entry["message"]) for entry in self._news(since)]
        self._seen = self._state["version"]
        return found

    async def _act(self, action: str, **body: Any) -> None:
        reply = await self._sandbox.call("POST", f"{self._path}/{action}", body)
        self._seen = reply["version"]

    def _transcript(self) -> str:
        lines = (f"  {'bot' if m.from_bot else self.name}: {m.text} {m.button_texts}" for m in self.messages)
        return "\n".join(lines)


class SandboxUser(ChatView):
    """One person with a phone."""

    def __init__(self, sandbox: Sandbox, state: Json) -> None:
        self.id: int = state["user"]["id"]
        super().__init__(sandbox, f"/users/{self.id}", state["user"]["first_name"], state)

    @property
    def deleted(self) -> list[int]:
        """Ids of the messages that vanished from the chat."""
        return list(self._state["deleted"])

    @property
    def reply_keyboard(self) -> list[list[str]]:
        """The labels of the keyboard at the bottom; empty if there is none."""
        rows = (self._state["reply_keyboard"] or {}).get("keyboard", [])
        return [[_label(button) for button in row] for row in rows]

    @property
    def commands(self) -> dict[str, str]:
        """The command menu in this person's language: command and description."""
        return {item["command"]: item["description"] for item in self._state["profile"]["commands"]}

    @property
    def description(self) -> str:
        """What the bot says of itself in the empty chat."""
        return str(self._state["profile"]["description"])

    @property
    def actions(self) -> list[str]:
        """The chat actions shown so far, such as `typing`."""
        return list(self._state["actions"])

    @property
    def unanswered_callbacks(self) -> list[str]:
        """The data of pressed buttons still spinning when the chat was last fetched."""
        return [query["data"] for query in self._state["callbacks"] if query["answer"] is None]

    @property
    def callback_answers(self) -> list[CallbackAnswer]:
        """What pressed buttons were answered with, in the order of pressing."""
        return [
            CallbackAnswer(query["data"], **query["answer"])
            for query in self._state["callbacks"]
            if query["answer"] is not None
        ]

    async def send(self, text: str) -> None:
        """Write to the bot; `/start` and other commands as well."""
        await self._act("send", text=text)

    async def edit(self, message_id: int, text: str) -> None:
        await self._act("edit", message_id=message_id, text=text)

    async def share_contact(self) -> None:
        await self._act("contact")

    async def share_location(self, latitude: float, longitude: float) -> None:
        await self._act("location", latitude=latitude, longitude=longitude)

    async def attach(self, kind: str, caption: str = "") -> None:
        """Send a stand-in for a photo, a voice message or a sticker."""
        await self._act("attach", kind=kind, caption=caption)

    async def block(self, *, blocked: bool = True) -> None:
        """Block the bot, or let it in again."""
        await self._act("block", blocked=blocked)

    async def let_time_pass(self, hours: float) -> None:
        """Make the chat older: after 48 hours the bot cannot delete, after a minute not answer a button."""
        await self._act("age", hours=hours)

    async def press(self, button: str) -> None:
        """Press the newest button with this text or data, under a message or on the reply keyboard."""
        await self.refresh()
        for entry in reversed(self._state["messages"]):
            message = Message.of(entry["message"])
            for candidate in (candidate for row in message.buttons for candidate in row):
                if candidate.data and button in (candidate.text, candidate.data):
                    await self._act("press", message_id=message.id, data=candidate.data)
                    return
        for row in (self._state["reply_keyboard"] or {}).get("keyboard", []):
            for key in row:
                if _label(key) == button:
                    await self._press_key(key)
                    return
        shown = [message.button_texts for message in self.messages if message.buttons]
        raise SandboxError(f"no button {button!r}; there are {shown} and {self.reply_keyboard}")

    async def wait_for_changes(self, n: int = 1, timeout: float = 10) -> list[Message]:  # noqa: ASYNC109
        """Return the messages that the bot sent or changed since, as soon as there are at least `n`."""
        await self.wait_for(lambda: len(self._news("changed")) >= n, timeout)
        return self._take("changed")

    async def wait_for_answers(self, timeout: float = 2) -> list[str]:  # noqa: ASYNC109
        """Give the bot time to answer pressed buttons; return the data of those it left spinning."""
        try:
            await self.wait_for(lambda: not self.unanswered_callbacks, timeout)
        except TimeoutError:
            return self.unanswered_callbacks
        return []

    async def _press_key(self, key: Any) -> None:
        if isinstance(key, dict) and key.get("request_contact"):
            await self.share_contact()
        elif isinstance(key, dict) and key.get("request_location"):
            await self.share_location(0, 0)
        else:
            await self.send(_label(key))


def _label(key: Any) -> str:
    return str(key["text"] if isinstance(key, dict) else key)
