"""A page to print and hang up: what the bot has to say about something, and a QR code that opens it there."""

from __future__ import annotations

import re
import unicodedata
from io import BytesIO
from threading import Lock
from typing import Final

import pypdfium2
import segno
from fpdf import FPDF, Align
from telegram.helpers import create_deep_linked_url

from bot.content import Content
from bot.errors import MusafirError
from bot.languages import Language, catalogue
from bot.render.links import title
from bot.render.pdf import FONT, new_page

CODE: Final = 125
"""Millimetres of the QR code, its quiet zone included: large enough for an old phone's camera, three steps away."""
RESOLUTION: Final = 150
"""Dots per inch of the picture."""
_NAME = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
_PDFIUM = Lock()  # PDFium is not thread-safe


def poster(content: Content, start: str, language: Language, bot_name: str) -> bytes:
    """An A4 page as PDF. `start` is the payload of a deep link (see `links`), empty for the bot itself.

    Raises `MusafirError` when the link would lead nowhere, or `bot_name` cannot be a bot's.
    """
    _ = catalogue(language).gettext
    heading = _drawable(title(start, content, language))
    link = create_deep_linked_url(_checked(bot_name), start)
    page = new_page(heading)
    if start:
        _centred(page, "Musafir", 20)
    _centred(page, heading, 40 if len(heading) <= 40 else 32, bold=True)
    page.ln(3)
    _centred(page, content.page(language).short_description, 20)
    code = BytesIO()
    segno.make_qr(link, error="m").save(code, kind="png", scale=20)
    page.image(code, x=Align.C, w=CODE, alt_text=link)
    _centred(page, _("Scan this with the camera of your phone, or open:"), 16)
    _centred(page, link, 16, bold=True)
    page.ln(6)
    _centred(page, _("It is free, and you need not give your name."), 20)
    return bytes(page.output())


def as_png(pdf: bytes) -> bytes:
    """The first page of a PDF as a picture."""
    picture = BytesIO()
    with _PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        try:
            document[0].render(scale=RESOLUTION / 72).to_pil().save(picture, "PNG", dpi=(RESOLUTION, RESOLUTION))
        finally:
            document.close()
    return picture.getvalue()


def _checked(bot_name: str) -> str:
    name = bot_name.strip().removeprefix("@")
    if not _NAME.fullmatch(name):
        raise MusafirError(f"{bot_name!r} is no name of a bot", "write it as in its link: t.me/<name>")
    return name


def _drawable(text: str) -> str:
    """`text` without the emoji of topics, which the font does not have."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "So" and letter != "\ufe0f").strip()


def _centred(page: FPDF, text: str, points: int, *, bold: bool = False) -> None:
    page.set_font(FONT, "B" if bold else "", points)
    page.multi_cell(0, points * 0.45, text, align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(2)
