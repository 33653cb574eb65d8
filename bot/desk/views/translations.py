"""The translations: how far each is, who has read what, the sheet to print, and the round trip to translators."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.content import Content, State
from bot.content.model import Translated, is_signed, text_hash
from bot.content.shapes import Words
from bot.content.sheet import review_sheet
from bot.content.translations import change, sign_off
from bot.desk.files import ChangedMeanwhileError, MistakesError, NotSavedError
from bot.desk.page import files, go, language_of, notice, render, words
from bot.desk.session import editor
from bot.languages import OWN_NAMES, Language, is_language
from bot.web_headers import NOTHING

_ORDER: Final = (State.REVIEWED, State.DRAFT, State.OUTDATED, State.MISSING)
_INSIDE: Final = re.compile(r"/(?!/)[\w/.:-]*")
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


async def overview(request: Request) -> Response:
    """The coverage picture: every language by state, and everything that is no answer one by one."""
    content = files(request).store.content
    others = {id_: states for id_, states in content.states().items() if id_ not in content.answers}
    desk_language = language_of(request)
    names = {f"guide:{guide.id}": guide.text(desk_language).title for guide in content.guides.values()}
    return render(
        request,
        "translations.html",
        coverage=content.coverage(),
        others=others,
        order=_ORDER,
        names=names,
        signatures=_signatures(content),
    )


def _signatures(content: Content) -> list[tuple[str, Language, Words]]:
    """Who has read what, the latest first: item, language, text."""
    signed = [
        (item.id, language, text)
        for item in content.translated().values()
        for language, text in item.texts.items()
        if is_signed(text)
    ]
    return sorted(signed, key=lambda entry: str(entry[2].reviewed_on), reverse=True)


async def review(request: Request) -> Response:
    """Somebody has read a text and confirms it by name. A text that changed since they read it is not signed."""
    form = await request.form()
    item = files(request).store.content.translated().get(request.path_params["id"])
    language = request.path_params["lang"]
    if item is None or not is_language(language) or language not in item.texts:
        raise HTTPException(404)
    notice(request, await _sign(request, item, language, str(form.get("hash", ""))))
    back = str(form.get("back", ""))
    return go(back if _INSIDE.fullmatch(back) else "/translations")


async def sheet(request: Request) -> Response:
    """The page for the native reviewer to print and sign."""
    language = request.path_params["lang"]
    if not is_language(language):
        raise HTTPException(404)
    page = review_sheet(files(request).store.content, language)
    return HTMLResponse(page, headers={"Content-Security-Policy": _sheet_policy(page)})


def _sheet_policy(page: str) -> str:
    """The sheet is a file of its own that people also save and mail, so its style stands in it: that one, no other."""
    style = _STYLE.search(page)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    return f"{NOTHING}; style-src 'sha256-{digest}'"


async def _sign(request: Request, item: Translated, language: Language, seen: str) -> str:
    _ = words(request)
    if text_hash(item.texts[language]) != seen:
        return _("The text has changed since you opened it. Please read it again.")
    workspace, name = files(request), editor(request)
    opened = workspace.open(item.file(language).as_posix())
    text = change(opened.path, opened.text, sign_off(item, language, name, datetime.now(UTC).date()))
    try:
        await workspace.save(opened, text, name, f"{item.id}: {OWN_NAMES[language]} text read by {name}")
    except ChangedMeanwhileError:
        return _("The text has changed since you opened it. Please read it again.")
    except (MistakesError, NotSavedError) as error:
        return str(error)
    return _("Signed. A change of the text takes the signature back.")
