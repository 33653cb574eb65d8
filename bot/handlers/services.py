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
from bot.database.handovers import Handovers
from bot.database.people import People, Profile
from bot.database.reminders import Reminders
from bot.database.subscriptions import Subscriptions
from bot.dialogue import Dialogue
from bot.guide_memory import GuideMemory
from bot.handlers.outbox import Outbox
from bot.handlers.staff_group import StaffGroup
from bot.languages import Language, from_telegram
from bot.learning.figures import Figures
from bot.learning.keeper import Keeper
from bot.observing.metrics import count_shown

Context = ContextTypes.DEFAULT_TYPE
KEY = "services"


@dataclass(frozen=True)
class Services:
    """The parts of a running bot."""

    store: ContentStore
    people: People
    reminders: Reminders
    subscriptions: Subscriptions
    directory: Directory
    dialogue: Dialogue
    database: Database
    outbox: Outbox
    handovers: Handovers
    staff: StaffGroup | None
    figures: Figures
    keeper: Keeper
    guide_memory: GuideMemory

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

    def count(self, topic: str) -> None:
        """Count this person in the weekly figures of `topic`, because they are shown something about it."""
        count_shown(topic)
        self.services.figures.note(self.pseudonym, topic, self.language, self.profile.country_of_interest)

    @property
    def staffed(self) -> bool:
        """Whether there are staff who may be asked for."""
        return self.services.staff is not None


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
