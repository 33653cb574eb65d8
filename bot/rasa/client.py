"""Asks Rasa over its REST channel. One client for the whole life of the bot, also when another Rasa takes over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Self

import httpx
from pydantic import ValidationError

from bot.errors import RasaUnavailableError
from bot.rasa.steps import Step

TIMEOUT: Final = httpx.Timeout(6.0, connect=1.0)
"""Seconds. Longer than any answer of a healthy Rasa, shorter than a frightened person waits."""


class RasaClient:
    """Use as an async context manager. Every failure is a `RasaUnavailableError`: the bot can go on without Rasa."""

    def __init__(self, url: str, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._timeout = timeout
        self._line = _Line(url, timeout)
        self._line_of_turn: ContextVar[_Line | None] = ContextVar("line of turn", default=None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._line.http.aclose()

    async def switch(self, url: str) -> None:
        """Ask the Rasa at `url` from the next turn on. Returns when the turns under way at the old one have ended."""
        old, self._line = self._line, _Line(url, self._timeout)
        await old.unused.wait()
        await old.http.aclose()

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
        return await self._post(conversation, text.strip().lstrip("/ ") or "?")

    async def trigger(self, conversation: str, intent: str, **entities: str) -> list[Step]:
        """What to say when a button meant `intent`, for example `choose` with `choice="yes"`."""
        return await self._post(conversation, f"/{intent}{json.dumps(entities) if entities else ''}")

    async def forget(self, conversation: str) -> None:
        """Empty the tracker of a conversation."""
        await self._post(conversation, "/restart")

    async def is_ready(self) -> bool:
        """True once Rasa answers with a loaded model."""
        try:
            response = await self._line.http.get("/webhooks/rest/")
        except httpx.HTTPError:
            return False
        return response.is_success

    async def wait_until_ready(self, seconds: float = 180.0) -> None:
        """Return once Rasa answers. Raises `RasaUnavailableError` when it does not in time."""
        for _ in range(int(seconds)):
            if await self.is_ready():
                return
            await asyncio.sleep(1.0)
        raise RasaUnavailableError("Rasa did not start in time", "look at var/rasa.log")

    async def _post(self, conversation: str, message: str) -> list[Step]:
        async with self.turn():
            line = self._line_of_turn.get()
            assert line is not None
            try:
                response = await line.http.post(
                    "/webhooks/rest/webhook", json={"sender": conversation, "message": message}
                )
                response.raise_for_status()
                replies: list[dict[str, Any]] = response.json()
                return [Step.model_validate(reply["custom"]) for reply in replies if "custom" in reply]
            except (httpx.HTTPError, ValueError, ValidationError, TypeError) as error:
                raise RasaUnavailableError(
                    f"Rasa did not answer ({type(error).__name__})", "look at its log"
                ) from error


class _Line:
    """The connections to one Rasa, and how many turns use them."""

    def __init__(self, url: str, timeout: httpx.Timeout) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=timeout)
        self.unused = asyncio.Event()
        self.unused.set()
        self._turns = 0

    def enter(self) -> None:
        """A turn begins."""
        self._turns += 1
        self.unused.clear()

    def leave(self) -> None:
        """A turn has ended."""
        self._turns -= 1
        if self._turns == 0:
            self.unused.set()
