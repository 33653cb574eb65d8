"""The endpoints of the page and of the test client, under /sandbox/api.

They do what a person does with a phone. Only this machine may use them: a request whose Host or Origin is not
the loopback is refused, so that no web page elsewhere can reach in through the browser.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox import people
from bot.sandbox.chats import Chat
from bot.sandbox.faults import Fault
from bot.sandbox.state import Telegram

Json = dict[str, Any]

_KEEP_ALIVE_SECONDS = 15.0
MAX_WAIT_SECONDS = 60.0


def is_loopback(host: str) -> bool:
    """Tell whether an address, as it stands in a Host header, is this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class LoopbackOnly:
    """Refuses requests that came through another name, or from a page of another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Request(scope).headers
            origin = headers.get("origin")
            foreign = origin is not None and not is_loopback(urlsplit(origin).netloc)
            if foreign or not is_loopback(headers.get("host", "")):
                refusal = Response("The sandbox answers this machine only.", HTTPStatus.FORBIDDEN)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def telegram_of(request: Request) -> Telegram:
    """Return the state behind the page."""
    telegram = request.app.state.telegram
    assert isinstance(telegram, Telegram)
    return telegram


def _chat(request: Request) -> Chat:
    chat = telegram_of(request).chats.get(request.path_params["user_id"])
    if chat is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such user")
    return chat


async def body_of(request: Request) -> Json:
    """Return the JSON object that a request carries."""
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("expected a JSON object")
    return body


async def _users(request: Request) -> Response:
    telegram = telegram_of(request)
    if request.method == "GET":
        return JSONResponse([chat.user for chat in telegram.chats.values()])
    body = await body_of(request)
    name = str(body.get("name", "")).strip()
    if not name:
        raise ValueError("a user needs a name")
    chat = telegram.add_user(name, str(body.get("language_code", "")), int(body.get("id", 0)))
    return JSONResponse(telegram.snapshot(chat), HTTPStatus.CREATED)


async def _user(request: Request) -> Response:
    """Return a chat as it is, or wait until it is newer than `after`."""
    telegram, chat = telegram_of(request), _chat(request)
    after = request.query_params.get("after")
    if after is not None:
        seconds = min(float(request.query_params.get("timeout", "0")), MAX_WAIT_SECONDS)
        await chat.wait_past(int(after), seconds)
    return JSONResponse(telegram.snapshot(chat))


def _action(act: Callable[[Telegram, Chat, Json], Any]) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of something a person does; it answers with the version of the chat right after."""

    async def endpoint(request: Request) -> Response:
        chat = _chat(request)
        body = await body_of(request)
        act(telegram_of(request), chat, body)
        return JSONResponse({"version": chat.version})

    return endpoint


def _send(telegram: Telegram, chat: Chat, body: Json) -> None:
    people.send_text(telegram, chat, str(body["text"]))


def _edit(telegram: Telegram, chat: Chat, body: Json) -> None:
    people.edit_text(telegram, chat, int(body["message_id"]), str(body["text"]))


def _press(telegram: Telegram, chat: Chat, body: Json) -> None:
    people.press(telegram, chat, int(body["message_id"]), str(body["data"]))


def _contact(telegram: Telegram, chat: Chat, _: Json) -> None:
    people.share_contact(telegram, chat)


def _location(telegram: Telegram, chat: Chat, body: Json) -> None:
    people.share_location(telegram, chat, float(body["latitude"]), float(body["longitude"]))


def _attach(telegram: Telegram, chat: Chat, body: Json) -> None:
    people.attach(telegram, chat, str(body["kind"]), str(body.get("caption", "")))


def _block(telegram: Telegram, chat: Chat, body: Json) -> None:
    people.block(telegram, chat, blocked=bool(body["blocked"]))


def _age(_: Telegram, chat: Chat, body: Json) -> None:
    chat.age(float(body["hours"]) * 3600)


async def _events(request: Request) -> Response:
    """Stream every chat and the group, or the chat of one `user`: first as it is, then every change.

    One stream serves the whole page, because a browser opens no more than six connections to a server.
    """
    telegram = telegram_of(request)
    only = int(request.query_params.get("user", "0"))
    if only and only not in telegram.chats:
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such user")
    announcer = telegram.chats[only].events if only else telegram.events

    async def stream() -> AsyncIterator[str]:
        with announcer.watched() as queue:
            for chat in list(telegram.chats.values()):
                if only in (0, chat.id):
                    yield _event({"type": "state", **telegram.snapshot(chat)})
            if not only:
                yield _event({"type": "group", **telegram.group.snapshot()})
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), _KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield _event(event)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _event(event: Json) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


async def _faults(request: Request) -> Response:
    telegram = telegram_of(request)
    if request.method == "DELETE":
        telegram.faults.clear()
    else:
        body = await body_of(request)
        telegram.faults.add(
            Fault(
                method=str(body["method"]),
                times=int(body.get("times", 1)),
                error_code=int(body.get("error_code", 0)),
                description=str(body.get("description", "")),
                retry_after=int(body.get("retry_after", 0)),
                delay=float(body.get("delay", 0)),
                chat_id=str(body.get("chat_id", "")),
                cut=str(body.get("cut", "")),
            )
        )
    return JSONResponse({})


async def _replay(request: Request) -> Response:
    telegram: Telegram = request.app.state.telegram
    telegram.updates.replay()
    return JSONResponse({})


async def _refusals(request: Request) -> Response:
    return JSONResponse(list(telegram_of(request).refusals))


async def _file(request: Request) -> Response:
    stored = telegram_of(request).files.get(request.path_params["file_id"])
    if stored is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such file")
    disposition = "inline" if stored.mime_type in ("image/png", "image/jpeg") else "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(stored.content, media_type=stored.mime_type, headers=headers)


async def mistaken(_: Request, error: Exception) -> Response:
    """Answer a request that makes no sense with what is wrong about it."""
    missing = isinstance(error, KeyError)
    reason = f"the field {error} is missing" if missing else str(error)
    return JSONResponse({"error": reason}, HTTPStatus.BAD_REQUEST)


_USER = "/users/{user_id:int}"
ROUTES = [
    Route("/users", _users, methods=["GET", "POST"]),
    Route(_USER, _user),
    Route(f"{_USER}/send", _action(_send), methods=["POST"]),
    Route(f"{_USER}/edit", _action(_edit), methods=["POST"]),
    Route(f"{_USER}/press", _action(_press), methods=["POST"]),
    Route(f"{_USER}/contact", _action(_contact), methods=["POST"]),
    Route(f"{_USER}/location", _action(_location), methods=["POST"]),
    Route(f"{_USER}/attach", _action(_attach), methods=["POST"]),
    Route(f"{_USER}/block", _action(_block), methods=["POST"]),
    Route(f"{_USER}/age", _action(_age), methods=["POST"]),
    Route("/events", _events),
    Route("/faults", _faults, methods=["POST", "DELETE"]),
    Route("/updates/replay", _replay, methods=["POST"]),
    Route("/refusals", _refusals),
    Route("/files/{file_id}", _file),
]
