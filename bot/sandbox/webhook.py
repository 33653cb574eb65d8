"""Delivery of updates to a webhook, for the mode in which Telegram calls the bot.

Like a self-hosted Bot API server in its local mode, the sandbox also delivers over plain HTTP.
"""

import asyncio
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.sandbox.errors import BadRequest
from bot.sandbox.updates import UpdateQueue

Json = dict[str, Any]

_RETRY_SECONDS = 0.2
_TIMEOUT_SECONDS = 30
_MAX_SECRET = 256


class Webhook:
    """Where updates go, and the task that brings them there one at a time and in order."""

    def __init__(self, updates: UpdateQueue) -> None:
        self.url = ""
        self._secret = ""
        self._updates = updates
        self._task: asyncio.Task[None] | None = None
        self._last_error: tuple[int, str] | None = None

    def set(self, url: str, secret: str) -> None:
        if not url:
            self.stop()
            return
        if urlsplit(url).scheme not in ("http", "https"):
            raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
        if len(secret) > _MAX_SECRET or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise BadRequest("secret token contains unallowed characters")
        self.stop()
        self.url, self._secret = url, secret
        self._task = asyncio.create_task(self._deliver())

    def info(self) -> Json:
        described: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self._last_error:
            described |= {"last_error_date": self._last_error[0], "last_error_message": self._last_error[1]}
        return described

    def stop(self) -> None:
        self.url, self._last_error = "", None
        if self._task:
            self._task.cancel()
            self._task = None

    async def _deliver(self) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
        async with httpx.AsyncClient(headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                await self._updates.wait()
                update = self._updates.first()
                if update is None:
                    return
                if await self._accepted(client, update):
                    self._updates.confirm(update["update_id"] + 1)
                else:
                    await asyncio.sleep(_RETRY_SECONDS)

    async def _accepted(self, client: httpx.AsyncClient, update: Json) -> bool:
        problem = "Connection refused"
        with suppress(httpx.HTTPError):
            response = await client.post(self.url, json=update)
            if response.is_success:
                return True
            problem = f"Wrong response from the webhook: {response.status_code} "
            problem += HTTPStatus(response.status_code).phrase
        self._last_error = (int(time.time()), problem)
        return False
