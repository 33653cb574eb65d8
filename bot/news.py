"""News that staff send to those who asked for it: what it says, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.database.people import Stage
from bot.errors import MusafirError
from bot.languages import DEFAULT, LANGUAGES, Language
from bot.render.markdown import to_html

LIMIT: Final = 3500
"""Characters of a text as HTML; the heading must fit into the same message."""


@dataclass(frozen=True)
class News:
    """Markdown `texts` by language, and whom they concern: a filter that is empty lets everybody through.

    Raises `MusafirError` for news that could not be sent.
    """

    texts: Mapping[Language, str]
    country_from: str | None = None
    country_to: str | None = None
    stage: Stage | None = None
    languages: tuple[Language, ...] = ()

    def __post_init__(self) -> None:
        if not self.texts:
            raise MusafirError("the news has no text", "write it in one language at least")
        for language, text in self.texts.items():
            if language not in LANGUAGES:
                raise MusafirError(f"{language!r} is none of the bot's languages", f"use {', '.join(LANGUAGES)}")
            if not text.strip():
                raise MusafirError(f"the text in {language} is empty", "write it, or leave this language out")
            if (length := len(to_html(text))) > LIMIT:
                raise MusafirError(f"the text in {language} has {length} characters", f"shorten it to {LIMIT}")


def text_in(texts: Mapping[str, str], language: Language) -> str:
    """The text in `language`; where it is missing, the English one if there is one, else the first."""
    return texts.get(language) or texts.get(DEFAULT) or next(iter(texts.values()))
