"""The content as the rest of the bot sees it: complete, consistent, and read-only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.content.guides import Guide
from bot.content.schema import (
    AnswerFacts,
    AnswerText,
    Dialogue,
    Need,
    Pages,
    SafetyTexts,
    Source,
)
from bot.languages import DEFAULT, LANGUAGES, Language


class State(StrEnum):
    """How far a translation is."""

    MISSING = "missing"
    DRAFT = "draft"
    OUTDATED = "outdated"
    REVIEWED = "reviewed"


def text_hash(text: AnswerText) -> str:
    """Twelve hex digits that change when the title, body or a country note of the English text changes."""
    notes = "".join(f"\n{country}: {note}" for country, note in sorted(text.notes.items()))
    return hashlib.sha256(f"{text.title}\n{text.body}{notes}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Answer:
    """One answer: its facts, and its text in each language that has one."""

    id: str
    topic: str
    facts: AnswerFacts
    texts: Mapping[Language, AnswerText]

    def text(self, language: Language) -> tuple[AnswerText, Language]:
        """The text in `language`, or in English where that is missing, and the language it is in."""
        if language in self.texts:
            return self.texts[language], language
        return self.texts[DEFAULT], DEFAULT

    def state(self, language: Language) -> State:
        """How far the text in `language` is."""
        text = self.texts.get(language)
        if text is None:
            return State.MISSING
        if language != DEFAULT and text.source_hash != text_hash(self.texts[DEFAULT]):
            return State.OUTDATED
        return State(text.status)

    def is_overdue(self, today: date) -> bool:
        """True once the facts should have been compared with their sources again."""
        return today > self.facts.review_by


@dataclass(frozen=True)
class Content:
    """Everything in `content/` that is fit to show."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    topics: Mapping[Language, Mapping[str, str]] = field(default_factory=dict)
    needs: Mapping[Language, Mapping[str, Need]] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    guides: Mapping[str, Guide] = field(default_factory=dict)
    dialogue: Mapping[Language, Dialogue] = field(default_factory=dict)
    safety: Mapping[Language, SafetyTexts] = field(default_factory=dict)
    pages: Mapping[Language, Pages] = field(default_factory=dict)

    def topic_title(self, topic: str, language: Language) -> str:
        """The title of a topic, falling back to English and then to its id."""
        return self.topics.get(language, {}).get(topic) or self.topics.get(DEFAULT, {}).get(topic, topic)

    def need_name(self, need: str, language: Language) -> str:
        """The name of a kind of help, falling back to English and then to its code."""
        entry = self.needs.get(language, {}).get(need) or self.needs.get(DEFAULT, {}).get(need)
        return entry.name if entry else need

    def in_topic(self, topic: str) -> list[Answer]:
        """The answers of a topic, ordered by id."""
        return sorted((a for a in self.answers.values() if a.topic == topic), key=lambda answer: answer.id)

    def topic_ids(self) -> list[str]:
        """The topics that have answers, in the order of the English file."""
        used = {answer.topic for answer in self.answers.values()}
        return [topic for topic in self.topics.get(DEFAULT, {}) if topic in used]

    def safety_texts(self, language: Language) -> SafetyTexts:
        """The safety texts in `language`, else in English."""
        return self.safety.get(language) or self.safety[DEFAULT]

    def page(self, language: Language) -> Pages:
        """The pages in `language`, else in English."""
        return self.pages.get(language) or self.pages[DEFAULT]

    def lacks(self) -> list[str]:
        """What no bot can run without, and is not there: the English texts that all languages fall back on."""
        needed = {"safety": self.safety, "pages": self.pages, "needs": self.needs, "topics": self.topics}
        return [f"{folder}/{DEFAULT}.yml" for folder, texts in needed.items() if DEFAULT not in texts]

    def coverage(self) -> dict[Language, dict[State, int]]:
        """How many answers each language has in each state."""
        return {
            language: {
                state: sum(answer.state(language) is state for answer in self.answers.values()) for state in State
            }
            for language in LANGUAGES
        }
