"""The result of a guided conversation as a PDF to print or to send on: steps, letter, date and sources, no names.

Source Sans has the letters of all six languages; fpdf2 shapes the text with HarfBuzz.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date

import font_source_sans_pro as fonts
from fpdf import FPDF

from bot.content import Content, Guide
from bot.languages import Language, catalogue
from bot.render.guides import letter_text, steps_of

FONT = "Source Sans"
MARGIN = 20
"""Millimetres."""
LINE = 6.2
"""Millimetres from line to line of 11 point text."""

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every table it subsets


def pdf(guide: Guide, answers: Mapping[str, str], content: Content, language: Language, today: date) -> bytes:
    """The result in one language."""
    _ = catalogue(language).gettext
    texts = guide.text(language)
    page = new_page(texts.title)
    _heading(page, texts.title, 18)
    _paragraph(page, today.isoformat(), grey=True)
    opening, *steps = steps_of(guide, answers, language)
    _paragraph(page, opening)
    for number, step in enumerate(steps, start=1):
        _paragraph(page, f"{number}. {step}")
    _paragraph(page, "! " + texts.caution)
    if guide.logic.letter and (letter := letter_text(guide, answers, language)):
        page.add_page()
        _heading(page, _("Letter to copy"), 14)
        _paragraph(page, letter)
    if guide.logic.sources:
        _heading(page, _("Sources") + " · " + _("as of {date}").format(date=guide.logic.as_of.isoformat()), 11)
        for source in (content.sources[id_] for id_ in guide.logic.sources if id_ in content.sources):
            name = f"{source.publisher}: {source.title}" + (f", {source.year}" if source.year else "")
            _paragraph(page, "• " + name, grey=True)
    return bytes(page.output())


def new_page(title: str) -> FPDF:
    """A document with one empty page and the letters of all languages."""
    page = FPDF(format="A4")
    page.set_title(title)
    page.set_margin(MARGIN)
    page.add_font(FONT, "", fonts.font_files_ttf["SourceSansPro"])
    page.add_font(FONT, "B", fonts.font_files_ttf["SourceSansProBold"])
    page.set_text_shaping(True)
    page.add_page()
    return page


def _heading(page: FPDF, text: str, points: int) -> None:
    page.set_text_color(0)
    page.set_font(FONT, "B", points)
    page.multi_cell(0, points * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(2)


def _paragraph(page: FPDF, text: str, *, grey: bool = False) -> None:
    """`text`, grey and small without Markdown, or with its bold words; fpdf2 would take -- and __ for more."""
    plain = text.strip().replace("--", "–").replace("__", "_")
    page.set_text_color(100 if grey else 0)
    page.set_font(FONT, "", 9 if grey else 11)
    page.multi_cell(0, LINE * (0.75 if grey else 1), plain, align="L", markdown=not grey, new_x="LMARGIN", new_y="NEXT")
    page.ln(1 if grey else 2.5)
