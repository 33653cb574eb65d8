"""The endpoints for the staff's group, under /sandbox/api/group: what a member does with a phone."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import staff
from bot.sandbox.page import MAX_WAIT_SECONDS, body_of, telegram_of
from bot.sandbox.state import Telegram

Json = dict[str, Any]

_SOMEBODY = "Staff"


async def _group(request: Request) -> Response:
    """Return the group as it is, or wait until it is newer than `after`."""
    group = telegram_of(request).group
    after = request.query_params.get("after")
    if after is not None:
        seconds = min(float(request.query_params.get("timeout", "0")), MAX_WAIT_SECONDS)
        await group.wait_past(int(after), seconds)
    return JSONResponse(group.snapshot())


def _action(act: Callable[[Telegram, str, Json], Any]) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of something a member does; it answers with the version of the group right after."""

    async def endpoint(request: Request) -> Response:
        telegram, body = telegram_of(request), await body_of(request)
        act(telegram, str(body.get("name") or _SOMEBODY), body)
        return JSONResponse({"version": telegram.group.version})

    return endpoint


def _send(telegram: Telegram, name: str, body: Json) -> None:
    staff.write(telegram, name, str(body["text"]), int(body.get("topic", 0)), int(body.get("reply_to", 0)))


def _attach(telegram: Telegram, name: str, body: Json) -> None:
    staff.attach(telegram, name, str(body["kind"]), int(body.get("topic", 0)), int(body.get("reply_to", 0)))


def _close_topic(telegram: Telegram, name: str, body: Json) -> None:
    staff.close_topic(telegram, name, int(body["topic"]))


def _lose_topic(telegram: Telegram, _: str, body: Json) -> None:
    telegram.group.lose_topic(int(body["topic"]))


def _lose_message(telegram: Telegram, _: str, body: Json) -> None:
    telegram.group.delete([int(body["message_id"])])


def _forum(telegram: Telegram, _: str, body: Json) -> None:
    telegram.group.is_forum = bool(body["is_forum"])


ROUTES = [
    Route("/group", _group),
    Route("/group/send", _action(_send), methods=["POST"]),
    Route("/group/attach", _action(_attach), methods=["POST"]),
    Route("/group/close-topic", _action(_close_topic), methods=["POST"]),
    Route("/group/lose-topic", _action(_lose_topic), methods=["POST"]),
    Route("/group/lose-message", _action(_lose_message), methods=["POST"]),
    Route("/group/forum", _action(_forum), methods=["POST"]),
]
