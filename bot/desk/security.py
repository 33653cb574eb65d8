"""Who may send what to the desk: names, origins, sizes; and what its pages may load."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.page import is_loopback

LARGEST_BODY: Final = 25_000_000
"""Bytes of a request; the largest spreadsheet that an import accepts, with room for the form around it."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = (
    # Nothing from elsewhere, no inline scripts, no frames: the pages show texts that people typed.
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class BodyTooLargeError(Exception):
    """A request has more than `LARGEST_BODY` bytes."""


class Guard:
    """Refuses what does not come from the desk's own pages.

    A form on another site could otherwise use the session of a browser that is signed in here (CSRF): browsers tell in
    `Origin` and `Sec-Fetch-Site` where a form stood, so a change without either is refused as well. Without a password
    only this machine is let in, by whatever name it is called (a foreign name that points here is DNS rebinding).
    """

    def __init__(self, app: ASGIApp, *, has_password: bool) -> None:
        self._app = app
        self._has_password = has_password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            await refusal(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        if not self._has_password and not is_loopback(headers.get("host", "")):
            return _refused(HTTPStatus.FORBIDDEN, "The desk without a password answers this machine only.")
        if method not in SAFE_METHODS and not _from_own_page(headers):
            return _refused(HTTPStatus.FORBIDDEN, "This form was not sent from the desk. Open the desk and try again.")
        if int(headers.get("content-length") or 0) > LARGEST_BODY:
            return _too_large()
        return None

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0
        started = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise BodyTooLargeError
            return message

        async def noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noticed)
        except BodyTooLargeError:
            if not started:
                await _too_large()(scope, receive, send)


def _from_own_page(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host")
    return headers.get("sec-fetch-site") == "same-origin"


def _too_large() -> Response:
    text = f"This is larger than {LARGEST_BODY // 1_000_000} MB. Is it the right file?"
    return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)


def _refused(status: HTTPStatus, reason: str) -> Response:
    return PlainTextResponse(reason, status)
