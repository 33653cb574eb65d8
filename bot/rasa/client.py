"""Asks Rasa over its REST channel. One client for the whole life of the bot, also when another Rasa takes over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import aiohttp
from pydantic import ValidationError

from bot.errors import RasaUnavailableError
from bot.observing.metrics import Part, timed
from bot.rasa.steps import Step

CONNECT: Final = 1.0
"""Seconds until a connection stands: Rasa is near. How long an answer may take says `Patience`."""
KEPT_OPEN: Final = 4.0
"""Seconds that an unused connection is kept: Rasa closes it after five, and a message must not meet with that."""
GLANCE: Final = 3.0
"""Seconds in which a Rasa that is well says that it is."""
LARGEST_REPLY: Final = 1_000_000
"""Bytes. The longest reply of Rasa has a few thousand."""


@dataclass(frozen=True)
class Patience:
    """How long Rasa may take for the whole of an answer, in seconds.

    `words`: the meaning of words is worth waiting for, since the bot alone would understand them worse; meanwhile the
    person is told that it takes a moment (`bot/handlers/moment.py`).
    `button`: what a button leads to the bot knows as well by itself, so it is soon done without Rasa.
    `doubtful`: a Rasa that has just kept somebody waiting in vain gets only this long, until it answers again.
    """

    words: float = 6.0
    button: float = 1.2
    doubtful: float = 1.0


class RasaClient:
    """Use as an async context manager. Every failure is a `RasaUnavailableError`: the bot can go on without Rasa."""

    def __init__(self, url: str, *, patience: Patience = Patience()) -> None:
        self._patience = patience
        self._line = _Line(url)
        self._line_of_turn: ContextVar[_Line | None] = ContextVar("line of turn", default=None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._line.close()

    async def switch(self, url: str) -> None:
        """Ask the Rasa at `url` from the next turn on. Returns when the turns under way at the old one have ended."""
        old, self._line = self._line, _Line(url)
        await old.unused.wait()
        await old.close()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Whatever is asked within goes to the same Rasa: it keeps the state of a guide from request to request.

        A turn within a turn belongs to the outer one.
        """
        if self._line_of_turn.get():
            yield
            return
        line = self._line
        token = self._line_of_turn.set(line)
        line.enter()
        try:
            yield
        finally:
            line.leave()
            self._line_of_turn.reset(token)

    async def ask(self, conversation: str, text: str) -> list[Step]:
        """What to say to `text`. A leading slash would be a command to Rasa, so it is taken off."""
        return await self._post(conversation, text.strip().lstrip("/ ") or "?", self._patience.words)

    async def trigger(self, conversation: str, intent: str, **entities: str) -> list[Step]:
        """What to say when a button meant `intent`, for example `choose` with `choice="yes"`."""
        command = f"/{intent}{json.dumps(entities) if entities else ''}"
        return await self._post(conversation, command, self._patience.button)

    async def forget(self, conversation: str) -> None:
        """Empty the tracker of a conversation."""
        await self._post(conversation, "/restart", self._patience.button)

    async def is_ready(self) -> bool:
        """True once Rasa answers with a loaded model."""
        try:
            async with asyncio.timeout(GLANCE):
                await self._line.get()
        except (aiohttp.ClientError, TimeoutError):
            return False
        return True

    async def wait_until_ready(self, seconds: float = 180.0) -> None:
        """Return once Rasa answers. Raises `RasaUnavailableError` when it does not in time."""
        for _ in range(int(seconds)):
            if await self.is_ready():
                return
            await asyncio.sleep(1.0)
        raise RasaUnavailableError("Rasa did not start in time", "look at var/rasa.log")

    @timed(Part.RASA)
    async def _post(self, conversation: str, message: str, patience: float) -> list[Step]:
        async with self.turn():
            line = self._line_of_turn.get()
            assert line is not None
            try:
                async with asyncio.timeout(min(patience, self._patience.doubtful) if line.is_doubtful else patience):
                    replies = json.loads(await line.post({"sender": conversation, "message": message}))
                line.is_doubtful = False
                return [Step.model_validate(reply["custom"]) for reply in replies if "custom" in reply]
            # A RecursionError comes from brackets within brackets.
            except (aiohttp.ClientError, ValueError, ValidationError, TypeError, TimeoutError, RecursionError) as error:
                line.is_doubtful = line.is_doubtful or isinstance(error, TimeoutError)
                raise RasaUnavailableError(
                    f"Rasa did not answer ({type(error).__name__})", "look at its log"
                ) from error


class _Line:
    """The connections to one Rasa, and how many turns use them."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/webhooks/rest/"
        self._session: aiohttp.ClientSession | None = None
        self.is_doubtful = False
        """True from an answer that did not come in time until the next that does."""
        self.unused = asyncio.Event()
        self.unused.set()
        self._turns = 0

    async def post(self, body: dict[str, str]) -> bytearray:
        """Rasa's reply to a message. Raises `aiohttp.ClientError`, and `ValueError` for one that is far too large."""
        try:
            return await self._post(body)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):  # perhaps closed since it was last used
            return await self._post(body)

    async def _post(self, body: dict[str, str]) -> bytearray:
        reply = bytearray()
        async with self._http.post(f"{self._url}webhook", json=body) as response:
            async for chunk in response.content.iter_any():
                reply += chunk
                if len(reply) > LARGEST_REPLY:
                    raise ValueError
        return reply

    async def get(self) -> None:
        """Return when Rasa says that it is well. Raises `aiohttp.ClientError`."""
        async with self._http.get(self._url):
            return

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    @property
    def _http(self) -> aiohttp.ClientSession:
        """Opened with the first use: a session belongs to the loop that runs."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=KEPT_OPEN),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT),
                cookie_jar=aiohttp.DummyCookieJar(),
                raise_for_status=True,
            )
        return self._session

    def enter(self) -> None:
        """A turn begins."""
        self._turns += 1
        self.unused.clear()

    def leave(self) -> None:
        """A turn has ended."""
        self._turns -= 1
        if self._turns == 0:
            self.unused.set()
