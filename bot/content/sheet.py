"""A printable page for the native reviewer: English and the translation side by side, with room for remarks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.content.model import Content
from bot.languages import DEFAULT, OWN_NAMES, Language

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


def review_sheet(content: Content, language: Language) -> str:
    """The page as HTML, all answers by topic. Nothing in it is fetched from elsewhere."""
    return _TEMPLATES.get_template("sheet.html").render(
        content=content,
        language=language,
        english=DEFAULT,
        name=OWN_NAMES[language],
        today=datetime.now(UTC).date(),
        markdown=lambda text: Markup(_MARKDOWN.render(text)),  # noqa: S704 - raw HTML in the source is switched off
    )
