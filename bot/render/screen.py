"""A screen: one message with its buttons, before it becomes Telegram's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

LABEL_LIMIT = 60
"""Characters of a button; longer ones are cut by Telegram on narrow screens."""


@dataclass(frozen=True)
class Button:
    """A button that sends `data` back to the bot, or opens `url`."""

    text: str
    data: str | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if self.data is not None and len(self.data.encode()) > InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            raise ValueError(f"callback data is longer than Telegram allows: {self.data!r}")


@dataclass(frozen=True)
class Screen:
    """`html` uses only the tags that Telegram knows; `rows` are rows of buttons."""

    html: str
    rows: list[list[Button]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.html) > MessageLimit.MAX_TEXT_LENGTH:
            raise ValueError(f"a screen of {len(self.html)} characters does not fit into one message")

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        """The buttons as Telegram wants them."""
        if not self.rows:
            return None
        return InlineKeyboardMarkup(
            [
                [InlineKeyboardButton(_short(b.text), callback_data=b.data, url=b.url) for b in row]
                for row in self.rows
                if row
            ]
        )

    def with_rows(self, *rows: list[Button]) -> Screen:
        """The same screen with more buttons below."""
        return Screen(self.html, [*self.rows, *rows])


def packed(parts: Sequence[str]) -> list[Screen]:
    """Paragraphs of HTML in as few messages as they fit into, none of them cut."""
    pages = [""]
    for part in parts:
        longer = f"{pages[-1]}\n\n{part}" if pages[-1] else part
        if len(longer) <= MessageLimit.MAX_TEXT_LENGTH:
            pages[-1] = longer
        else:
            pages.append(part)
    return [Screen(page) for page in pages]


def bold(text: str) -> str:
    """`text` in bold, escaped. Also keeps gettext calls out of f-strings, where Babel does not find them."""
    return f"<b>{escape(text)}</b>"


def italic(text: str) -> str:
    """`text` in italics, escaped."""
    return f"<i>{escape(text)}</i>"


def in_rows(buttons: list[Button], width: int) -> list[list[Button]]:
    """Buttons side by side, `width` in a row."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _short(text: str) -> str:
    return text if len(text) <= LABEL_LIMIT else f"{text[: LABEL_LIMIT - 1]}…"


__all__ = ["Button", "Screen", "bold", "escape", "in_rows", "italic", "packed"]
