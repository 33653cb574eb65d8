"""News for people's routes: write it, look at it, send it, see how far it is."""

from __future__ import annotations

from typing import Any, Final, cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bot.database import alerts
from bot.database.figures import FEWEST
from bot.database.people import Stage
from bot.desk.page import go, notice, render, trusted, words
from bot.desk.session import editor
from bot.errors import MusafirError
from bot.languages import LANGUAGES, Language
from bot.news import News
from bot.render.news import message
from bot.training.gazetteer import CORRIDOR_COUNTRIES

STAGES: Final = ("before", "abroad", "return")


async def overview(request: Request) -> Response:
    """What was sent and what is on its way."""
    listed = await alerts.listing(request.app.state.database)
    busy = any(entry.alert.state in (alerts.AlertState.QUEUED, alerts.AlertState.SENDING) for entry in listed)
    return render(request, "news.html", listed=listed, busy=busy)


async def write(request: Request) -> Response:
    """Write news. `check` shows it as people will see it and how many they are; `send` queues it."""
    if request.method != "POST":
        return _form(request, {})
    form = await request.form()
    sent = {name: str(value).replace("\r\n", "\n").strip() for name, value in form.items()}
    try:
        news = _news(form, sent)
    except MusafirError as error:
        return _form(request, sent, form=form, status=422, error=str(error))
    if "send" in form:
        await alerts.create(request.app.state.database, news, editor(request))
        _ = words(request)
        notice(request, _("The bot is sending it. You can watch it here, and stop it."))
        return go("/news")
    count = await alerts.audience(request.app.state.database, news)
    return _form(request, sent, form=form, news=news, audience=str(count) if count >= FEWEST else f"< {FEWEST}")


async def stop(request: Request) -> Response:
    """Send it to nobody else."""
    await alerts.stop(request.app.state.database, int(request.path_params["id"]))
    return go("/news")


def _news(form: FormData, sent: dict[str, str]) -> News:
    texts = {language: text for language in LANGUAGES if (text := sent.get(f"text_{language}"))}
    stage = sent.get("stage")
    return News(
        texts,
        sent.get("country_from") or None,
        sent.get("country_to") or None,
        cast("Stage", stage) if stage in STAGES else None,
        tuple(language for language in LANGUAGES if language in form.getlist("languages")),
    )


def _form(
    request: Request,
    sent: dict[str, str],
    *,
    form: FormData | None = None,
    news: News | None = None,
    audience: str | None = None,
    status: int = 200,
    error: str | None = None,
) -> Response:
    preview: dict[Language, Any] = {}
    if news:
        preview = {language: trusted(message(text, language).html) for language, text in news.texts.items()}
    return render(
        request,
        "news_write.html",
        status,
        sent=sent,
        chosen=form.getlist("languages") if form else [],
        stages=STAGES,
        countries=CORRIDOR_COUNTRIES,
        preview=preview,
        audience=audience,
        error=error,
    )
