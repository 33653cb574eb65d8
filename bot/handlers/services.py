"""Everything the handlers work with, and the person they work for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from telegram import Update
from telegram.ext import Application, ContextTypes

from bot.contacts import Directory
from bot.content import Content, ContentStore
from bot.database import Database
from bot.database.people import People, Profile
from bot.database.reminders import Reminders
from bot.dialogue import Dialogue
from bot.handlers.outbox import Outbox
from bot.languages import Language, from_telegram

Context = ContextTypes.DEFAULT_TYPE
KEY = "services"


@dataclass(frozen=True)
class Services:
    """The parts of a running bot."""

    store: ContentStore
    people: People
    reminders: Reminders
    directory: Directory
    dialogue: Dialogue
    database: Database
    outbox: Outbox

    @property
    def content(self) -> Content:
        """The content as it is now."""
        return self.store.content


@dataclass(frozen=True)
class Visit:
    """One update: who sent it, in which chat, and what is known about them."""

    services: Services
    update: Update
    chat_id: int
    pseudonym: str
    profile: Profile

    @property
    def language(self) -> Language:
        """The chosen language; until one is chosen, that of the Telegram client."""
        if self.profile.known:
            return self.profile.language
        user = self.update.effective_user
        return from_telegram(user.language_code if user else None)

    @property
    def content(self) -> Content:
        """The content as it is now."""
        return self.services.content


def services(application: Application) -> Services:  # type: ignore[type-arg]
    """The services of an application."""
    return cast("Services", application.bot_data[KEY])


async def visit(update: Update, context: Context) -> Visit:
    """Who is there. Every handler begins with this."""
    parts = services(context.application)
    assert update.effective_chat is not None
    chat_id = update.effective_chat.id
    pseudonym = parts.people.pseudonym(chat_id)
    return Visit(parts, update, chat_id, pseudonym, await parts.people.get(pseudonym))


def today() -> date:
    """The date by which reviews and checks are due."""
    return datetime.now(UTC).date()
