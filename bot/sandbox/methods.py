"""The Bot API as the sandbox imitates it: which methods there are, and how a call becomes an answer."""

import inspect
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from telegram.constants import PollingLimit

from bot.sandbox import forum, messages, profile
from bot.sandbox.errors import ApiError, BadRequest, Conflict, NotFound, Unauthorized
from bot.sandbox.faults import ConnectionCutError
from bot.sandbox.params import Params
from bot.sandbox.state import Telegram

Json = dict[str, Any]
Method = Callable[[Telegram, Params], Any]
Observer = Callable[[str, Params], None]

_MAX_POLL_SECONDS = 50

observers: list[Observer] = []
"""Told of every call to any sandbox of this process before it is answered: for tests that check what bots send."""


def _get_me(telegram: Telegram, _: Params) -> Json:
    return {
        **telegram.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def _get_updates(telegram: Telegram, params: Params) -> list[Json]:
    if telegram.webhook.url:
        raise Conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    if "allowed_updates" in params:
        telegram.updates.allowed = [str(kind) for kind in params.items("allowed_updates")]
    limit = min(max(params.integer("limit", PollingLimit.MAX_LIMIT), 1), PollingLimit.MAX_LIMIT)
    seconds = min(max(params.integer("timeout"), 0), _MAX_POLL_SECONDS)
    return await telegram.updates.poll(params.integer("offset"), limit, seconds)


def _set_webhook(telegram: Telegram, params: Params) -> bool:
    if params.flag("drop_pending_updates"):
        telegram.updates.forget()
    if "allowed_updates" in params:
        telegram.updates.allowed = [str(kind) for kind in params.items("allowed_updates")]
    telegram.webhook.set(params.text("url"), params.text("secret_token"))
    return True


def _delete_webhook(telegram: Telegram, params: Params) -> bool:
    if params.flag("drop_pending_updates"):
        telegram.updates.forget()
    telegram.webhook.stop()
    return True


def _get_webhook_info(telegram: Telegram, _: Params) -> Json:
    info = telegram.webhook.info()
    return info | {"allowed_updates": telegram.updates.allowed} if telegram.updates.allowed else info


def _get_file(telegram: Telegram, params: Params) -> Json:
    stored = telegram.files.get(params.text("file_id"))
    if stored is None:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    return {**stored.reference(), "file_path": stored.path}


def _leave(telegram: Telegram, _: Params) -> bool:
    """Answer logOut and close: nothing has to move to another server here."""
    telegram.webhook.stop()
    return True


def _of_profile(telegram: Telegram, params: Params, *, method: profile.ProfileMethod) -> Any:
    return method(telegram.profile, params)


METHODS: dict[str, Method] = {
    "getMe": _get_me,
    "getUpdates": _get_updates,
    "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook,
    "getWebhookInfo": _get_webhook_info,
    "getFile": _get_file,
    "logOut": _leave,
    "close": _leave,
    **messages.METHODS,
    **forum.METHODS,
    **{name: partial(_of_profile, method=method) for name, method in profile.METHODS.items()},
}
# Telegram does not mind how a method is capitalised.
_BY_LOWER_NAME = {name.lower(): name for name in METHODS}


async def answer(telegram: Telegram, token: str, method: str, params: Params) -> tuple[int, Json]:
    """Return the HTTP status and the body for a call, faults included. Raises `ConnectionCutError`."""
    for observe in observers:
        observe(method, params)
    name = _BY_LOWER_NAME.get(method.lower(), "")
    try:
        if token != telegram.token:
            raise Unauthorized
        if not name:
            raise NotFound
        fault = await telegram.faults.strike(name, params.text("chat_id"))
        if fault is None or not fault.error_code:
            result = METHODS[name](telegram, params)
            body = {"ok": True, "result": await result if inspect.isawaitable(result) else result}
            if fault and fault.cut:
                raise ConnectionCutError
            return HTTPStatus.OK, body
        error = fault.body()
    except ApiError as refusal:
        error = refusal.body()
    telegram.refused(method, params, error)
    return error["error_code"], error
