"""Posters with a QR code that opens the bot at the right place."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.page import files, render
from bot.errors import MusafirError
from bot.languages import Language, is_language
from bot.render.poster import as_png, poster


async def show(request: Request) -> Response:
    """Choose what the poster opens, and in which language it is."""
    content = files(request).store.content
    return render(request, "posters.html", content=content, start=request.query_params.get("start", ""), bot="")


async def make(request: Request) -> Response:
    """The poster as PDF or PNG."""
    wanted = {name: request.query_params.get(name, "") for name in ("start", "lang", "bot", "format")}
    content = files(request).store.content
    try:
        if not is_language(wanted["lang"]):
            raise MusafirError("there is no such language", "choose one from the list")
        language = cast("Language", wanted["lang"])
        pdf = await asyncio.to_thread(poster, content, wanted["start"], language, wanted["bot"])
        made = await asyncio.to_thread(as_png, pdf) if wanted["format"] == "png" else pdf
    except MusafirError as error:
        return render(
            request, "posters.html", 422, content=content, start=wanted["start"], bot=wanted["bot"], error=str(error)
        )
    ending = "png" if wanted["format"] == "png" else "pdf"
    kind = "image/png" if ending == "png" else "application/pdf"
    name = f"musafir-{wanted['start'] or 'start'}-{wanted['lang']}.{ending}"
    return Response(made, media_type=kind, headers={"Content-Disposition": f'inline; filename="{name}"'})
