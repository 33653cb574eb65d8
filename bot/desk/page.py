"""How pages of the desk are made: templates, the language of the desk, and a notice that survives one redirect."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.content import State
from bot.database import feedback
from bot.desk.files import Files
from bot.languages import LANGUAGES, OWN_NAMES, Language, catalogue, country_name, from_telegram, is_language

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: Request) -> Language:
    """The language in which the desk speaks to whoever is signed in."""
    chosen = request.session.get("language")
    return cast("Language", chosen) if is_language(chosen) else from_telegram(request.headers.get("accept-language"))


def words(request: Request) -> Callable[[str], str]:
    """The gettext function for the language of the desk."""
    return catalogue(language_of(request)).gettext


def files(request: Request) -> Files:
    """The content files of this desk."""
    return cast("Files", request.app.state.files)


def render(request: Request, template: str, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    """A page. Every template also sees the words, the languages, who is signed in, and the notice of the last step."""
    language = language_of(request)
    _ = words(request)
    common = {
        "_": _,
        "language": language,
        "languages": LANGUAGES,
        "own_names": OWN_NAMES,
        "country_name": lambda code: country_name(code, language),
        "state_names": state_names(request),
        "name": request.session.get("name"),
        "path": request.url.path,
        "error": None,
        "notice": request.session.pop("notice", None),
    }
    return HTMLResponse(TEMPLATES.get_template(template).render({**common, **values}), status)


def state_names(request: Request) -> dict[State, str]:
    """The states of a translation in the language of the desk."""
    _ = words(request)
    return {
        State.MISSING: _("missing"),
        State.DRAFT: _("draft"),
        State.OUTDATED: _("outdated"),
        State.REVIEWED: _("reviewed"),
    }


async def reported(request: Request) -> dict[str, int]:
    """Contact id → how often it did not work for people; empty while the database is away."""
    try:
        return await feedback.broken_counts(request.app.state.database)
    except (SQLAlchemyError, OSError):
        return {}


def notice(request: Request, text: str) -> None:
    """Say `text` on the next page."""
    request.session["notice"] = text


def go(path: str) -> Response:
    """Go on to another page after a form, so that reloading it does not send the form again."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def trusted(html: str) -> Markup:
    """HTML that our own renderer made; it escapes what people typed."""
    return Markup(html)  # noqa: S704
