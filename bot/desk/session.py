"""Who is at the desk: a name for the history, and a password where others could reach the desk."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from math import ceil
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.desk.attempts import Attempts
from bot.desk.page import notice, render, words
from bot.languages import is_language

HOURS: Final = 12
"""How long somebody stays signed in without doing anything."""
OPEN_PATHS: Final = ("/login", "/static/")
LONGEST_NAME: Final = 60


def signing_key(secret: str, password: str | None) -> str:
    """The key that signs sessions. A new password ends all of them."""
    return hashlib.sha256(f"musafir desk {secret} {password or ''}".encode()).hexdigest()


def editor(request: Request) -> str:
    """The name of whoever is signed in."""
    return str(request.session.get("name", ""))


class SignedIn:
    """Sends everybody who is not signed in to the first page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(OPEN_PATHS) and not scope["session"].get("name"):
            answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def login(request: Request) -> Response:
    """Ask for the name, and for the password where there is one."""
    attempts: Attempts | None = request.app.state.attempts
    if request.method != "POST":
        return render(request, "login.html", has_password=attempts is not None)
    form = await request.form()
    name = " ".join(str(form.get("name", "")).split())[:LONGEST_NAME]
    _ = words(request)
    error, status = None, HTTPStatus.UNPROCESSABLE_ENTITY
    address = request.client.host if request.client else ""
    if attempts and (wait := attempts.wait(address)):
        error = _("Too many wrong passwords. Please wait {seconds} seconds.").format(seconds=ceil(wait))
        status = HTTPStatus.TOO_MANY_REQUESTS
    elif attempts and not attempts.is_right(address, str(form.get("password", ""))):
        error, status = _("The password is wrong."), HTTPStatus.FORBIDDEN
    elif not name:
        error = _("Please write your name: it stands in the history beside what you change.")
    if error:
        return render(request, "login.html", status, has_password=attempts is not None, error=error, name=name)
    request.session.clear()
    request.session["name"] = name
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


async def logout(request: Request) -> Response:
    """Forget who is signed in."""
    request.session.clear()
    return RedirectResponse("/login", HTTPStatus.SEE_OTHER)


async def speak(request: Request) -> Response:
    """Choose the language of the desk."""
    form = await request.form()
    language = str(form.get("language", ""))
    if is_language(language):
        request.session["language"] = language
    notice(request, "")
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)
