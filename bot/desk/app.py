"""The desk as a web application."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.content import ContentStore
from bot.database import Database
from bot.desk import session
from bot.desk.attempts import Attempts
from bot.desk.files import Files, UnknownFileError
from bot.desk.history import History
from bot.desk.page import render, words
from bot.desk.security import Guard
from bot.desk.views import answers, contacts, exchange, learning, news, overview, posters, texts, training, translations
from bot.training.trainer import Trainer

logger = logging.getLogger(__name__)

GET_POST = ["GET", "POST"]


@dataclass(frozen=True)
class Access:
    """Who is let in: `secret` signs the sessions; without a password only this machine."""

    secret: str
    password: str | None = None


def create_app(store: ContentStore, database: Database, trainer: Trainer, access: Access) -> Starlette:
    """The desk for the content of `store` and the tables of `database`."""
    app = Starlette(
        routes=[
            Route("/login", session.login, methods=GET_POST),
            Route("/logout", session.logout, methods=["POST"]),
            Route("/speak", session.speak, methods=["POST"]),
            Route("/", overview.today),
            Route("/history", overview.history),
            Route("/answers", answers.overview),
            Route("/answers/{id}", answers.show),
            Route("/answers/{id}/{lang}", answers.edit, methods=GET_POST),
            Route("/texts", texts.overview),
            Route("/texts/{name:path}", texts.edit, methods=GET_POST),
            Route("/files/{name:path}", texts.edit_whole, methods=GET_POST),
            Route("/translations", translations.overview),
            Route("/translations/exchange", exchange.import_, methods=GET_POST),
            Route("/translations/export", exchange.export),
            Route("/translations/sheet/{lang}", translations.sheet),
            Route("/review/{id}/{lang}", translations.review, methods=["POST"]),
            Route("/questions", learning.questions),
            Route("/questions", learning.teach, methods=["POST"]),
            Route("/figures", learning.show_figures),
            Route("/figures/figures.csv", learning.figures_csv),
            Route("/training", training.show),
            Route("/training/start", training.start, methods=["POST"]),
            Route("/training/cancel", training.cancel, methods=["POST"]),
            Route("/news", news.overview),
            Route("/news/write", news.write, methods=GET_POST),
            Route("/news/{id:int}/stop", news.stop, methods=["POST"]),
            Route("/posters", posters.show),
            Route("/posters/poster", posters.make),
            Route("/contacts", contacts.overview),
            Route("/contacts/import", contacts.import_, methods=GET_POST),
            Route("/contacts/contacts.csv", contacts.download),
            Route("/contacts/{id}", contacts.edit, methods=GET_POST),
            Route("/contacts/{id}/checked", contacts.checked, methods=["POST"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        middleware=[
            Middleware(Guard, has_password=access.password is not None),
            Middleware(
                SessionMiddleware,
                secret_key=session.signing_key(access.secret, access.password),
                session_cookie="desk",
                max_age=session.HOURS * 3600,
                same_site="strict",
            ),
            Middleware(session.SignedIn),
        ],
        exception_handlers={
            HTTPException: _not_found,
            UnknownFileError: _unknown_file,
            SQLAlchemyError: _no_database,
            OSError: _no_database,
        },
    )
    app.state.files = Files(store, History(store.root))
    app.state.database = database
    app.state.trainer = trainer
    app.state.attempts = Attempts(access.password) if access.password else None
    return app


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    _ = words(request)
    text = _("It may have been renamed or removed.")
    return render(request, "message.html", error.status_code, heading=_("This page is not here"), text=text)


async def _unknown_file(request: Request, error: Exception) -> Response:
    _ = words(request)
    heading = _("This page is not here")
    return render(request, "message.html", HTTPStatus.NOT_FOUND, heading=heading, text=str(error))


async def _no_database(request: Request, error: Exception) -> Response:
    logger.error("the desk could not do %s: %s", request.url.path, type(error).__name__)
    _ = words(request)
    text = _("The database cannot be reached. Texts and contacts can be edited all the same. Try the rest again later.")
    return render(
        request, "message.html", HTTPStatus.SERVICE_UNAVAILABLE, heading=_("Not possible just now"), text=text
    )
