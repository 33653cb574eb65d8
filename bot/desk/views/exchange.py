"""Texts to translators and back: export as a spreadsheet, PO or XLIFF; import with a preview, all texts or none."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path
from typing import cast

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.content import State
from bot.content.exchange import FORMATS, Plan, export_texts, plan_import
from bot.desk.files import NotSavedError
from bot.desk.page import files, go, notice, render, words
from bot.desk.security import LARGEST_BODY
from bot.desk.session import editor
from bot.errors import ImportRefusedError
from bot.languages import DEFAULT, OWN_NAMES, Language, is_language


async def export(request: Request) -> Response:
    """A file for a translator, the most urgent texts first; `?states=open` leaves out what is reviewed."""
    language, ending = request.query_params.get("lang", ""), request.query_params.get("format", "")
    if not is_language(language) or language == DEFAULT or ending not in FORMATS:
        raise HTTPException(404)
    states = set(State) - ({State.REVIEWED} if request.query_params.get("states") == "open" else set())
    library = files(request).store.trial({})
    made, _ = await asyncio.to_thread(export_texts, library, cast("Language", language), ending, states)
    headers = {"Content-Disposition": f'attachment; filename="musafir-{language}.{ending}"'}
    return Response(made, media_type="application/octet-stream", headers=headers)


async def import_(request: Request) -> Response:
    """Upload a translator's file, see what it changes, then take it over."""
    if request.method != "POST":
        return render(request, "exchange.html", problems=None, plan=None)
    async with request.form(max_part_size=LARGEST_BODY) as form, files(request).saving:
        return await _import(request, form)


async def _import(request: Request, form: FormData) -> Response:
    name, data = await _uploaded(form)
    try:
        plan = await asyncio.to_thread(plan_import, name, data, files(request).store.trial({}))
    except ImportRefusedError as error:
        return render(request, "exchange.html", 422, problems=error.problems, plan=None, error=error.what)
    if "confirm" not in form:
        encoded = b64encode(data).decode()
        return render(request, "exchange.html", problems=None, plan=plan, file_name=name, data=encoded)
    return await _take_over(request, plan)


async def _take_over(request: Request, plan: Plan) -> Response:
    what = f"{len(plan.changed)} texts in {OWN_NAMES[plan.language]} came back from a translator"
    try:
        await files(request).write(plan.texts, editor(request), what)
    except NotSavedError as error:
        return render(request, "exchange.html", 507, problems=None, plan=None, error=str(error))
    _ = words(request)
    notice(request, _("Taken over. The texts count as drafts until somebody has read them."))
    return go("/translations")


async def _uploaded(form: FormData) -> tuple[str, bytes]:
    """The name of a file and what it holds: just uploaded, or shown before and confirmed now."""
    upload = form.get("file")
    if isinstance(upload, UploadFile):
        return Path(upload.filename or "?").name, await upload.read()
    return str(form.get("name", "")), b64decode(str(form.get("data", "")))
