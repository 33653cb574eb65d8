"""The address at which Telegram brings updates. What is not certainly from Telegram is refused without a reason.

The proxy before it (`deploy/nginx.conf`) speaks TLS and lets only Telegram's networks through.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import BadRequest

from bot.errors import SetupError
from bot.intake import Intake, UnreadableUpdateError
from bot.order import CONCURRENCY
from bot.sandbox.server import listen
from bot.settings import Settings
from bot.webserver import serving_web

logger = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LARGEST_BODY: Final = 1_000_000
"""Bytes of an update. The longest message with all its formatting has a tenth."""


def create_app(path: str, secret: str, intake: Intake) -> Starlette:
    """The application that takes updates at `path` from whoever knows `secret`."""
    expected = secret.encode()

    async def receive(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, expected):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Response(status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            body = await _bounded_body(request)
        except ClientDisconnect:  # nobody reads the answer; Telegram will bring the update again
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        if body is None:
            logger.warning("an update was refused: it is larger than %d bytes", LARGEST_BODY)
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"})
        try:
            await intake.take(body)
        except UnreadableUpdateError:
            logger.warning("an update was refused: it cannot be read (%d bytes)", len(body))
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        return Response(status_code=HTTPStatus.OK)

    return Starlette(routes=[Route(path, receive, methods=["POST"])])


async def _bounded_body(request: Request) -> bytes | None:
    """The body; None as soon as it is too large, whether it says so or not."""
    if int(request.headers.get("content-length", 0)) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


@asynccontextmanager
async def listening(settings: Settings, intake: Intake) -> AsyncIterator[None]:
    """Take updates while the context is open. Raises `SetupError` when the port is taken."""
    try:
        listener = listen(settings.webhook_host, settings.webhook_port)
    except OSError as error:
        what = (
            f"the webhook cannot use {settings.webhook_host}:{settings.webhook_port} ({os.strerror(error.errno or 0)})"
        )
        raise SetupError(what, "set WEBHOOK_HOST and WEBHOOK_PORT to an address that is free here") from error
    url, secret = _address(settings)
    async with serving_web(create_app(urlsplit(url).path or "/", secret, intake), listener):
        yield


async def set_webhook(bot: Bot, settings: Settings, allowed_updates: list[str]) -> None:
    """Tell Telegram where to bring updates. That is not taken back at a stop: Telegram keeps what comes meanwhile.

    Raises `SetupError` when Telegram refuses the address, `TelegramError` when it cannot be reached.
    """
    url, secret = _address(settings)
    try:
        await bot.set_webhook(url, max_connections=CONCURRENCY, allowed_updates=allowed_updates, secret_token=secret)
    except BadRequest as error:
        raise SetupError(f"Telegram refuses WEBHOOK_URL ({error.message})", "correct it") from error


def _address(settings: Settings) -> tuple[str, str]:
    assert settings.webhook_url is not None
    assert settings.webhook_secret is not None
    return settings.webhook_url, settings.webhook_secret.get_secret_value()
