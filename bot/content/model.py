"""The content as the rest of the bot sees it: complete, consistent, and read-only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from bot.content.guides import Guide
from bot.content.schema import (
    AnswerFacts,
    AnswerText,
    Dialogue,
    Need,
    Office,
    Pages,
    SafetyTexts,
    Source,
)
from bot.content.shapes import Words
from bot.languages import DEFAULT, LANGUAGES, Language


class State(StrEnum):
    """How far a translation is."""

    MISSING = "missing"
    DRAFT = "draft"
    OUTDATED = "outdated"
    REVIEWED = "reviewed"


def text_hash(text: Words) -> str:
    """Twelve hex digits that change when one of the texts that are translated changes; their order does not count."""
    wording = text.wording()
    keys = list(dict.fromkeys(path[0] for path in wording))
    lines = [
        wording[path] if len(path) == 1 else f"{path[-1]}: {wording[path]}"
        for path in sorted(wording, key=lambda path: (keys.index(path[0]), path[1:]))
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def is_signed(text: Words) -> bool:
    """True when somebody has read and confirmed what the text says now: a change afterwards withdraws the review."""
    return text.status == "reviewed" and text.reviewed_hash == text_hash(text)


class Translated:
    """Something with a file of words in each language: an answer, a guide, the pages, the safety texts."""

    id: str
    texts: Mapping[Language, Words]

    @property
    def folder(self) -> str:
        """Where its files are, below `content/`."""
        raise NotImplementedError

    def file(self, language: Language) -> Path:
        """Its file in `language`, below `content/`."""
        return Path(self.folder, f"{language}.yml")

    def state(self, language: Language) -> State:
        """How far the text in `language` is."""
        return self._states[language]

    @cached_property
    def _states(self) -> dict[Language, State]:
        return {language: self._state(language) for language in LANGUAGES}

    def _state(self, language: Language) -> State:
        text = self.texts.get(language)
        if text is None:
            return State.MISSING
        if language != DEFAULT and text.source_hash != text_hash(self.texts[DEFAULT]):
            return State.OUTDATED
        return State.REVIEWED if is_signed(text) else State.DRAFT


@dataclass(frozen=True)
class Texts(Translated):
    """The words of a guide, the pages or the safety texts, as far as their translation goes."""

    id: str
    texts: Mapping[Language, Words]

    @property
    def folder(self) -> str:
        """`guides/<id>` for the id `guide:<id>`; else the id itself is the folder."""
        return self.id.replace("guide:", "guides/")


@dataclass(frozen=True)
class Answer(Translated):
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

    @property
    def folder(self) -> str:
        """Where its files are, below `content/`."""
        return f"answers/{self.topic}/{self.id}"

    def file(self, language: Language) -> Path:
        """Its text in `language`, below `content/`."""
        return Path(self.folder, f"{language}.md")

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
    office: Office | None = None

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

    def translated(self) -> dict[str, Translated]:
        """What has a text in each language that can be stamped and reviewed, by id: `unpaid-wages`, `guide:wage-claim`,
        `pages`, `safety`.
        """
        guides = (Texts(f"guide:{guide.id}", guide.texts) for guide in self.guides.values())
        single = (Texts("pages", self.pages), Texts("safety", self.safety))
        return {item.id: item for item in (*self.answers.values(), *guides, *single) if DEFAULT in item.texts}

    def states(self) -> dict[str, dict[Language, State]]:
        """How far everything is in each language, by id as in `translated`, then `topics` and `needs`.

        Those two are lists of names that have nowhere to keep who read them: they stay drafts.
        """
        names: dict[str, Mapping[Language, object]] = {"topics": self.topics, "needs": self.needs}
        return {
            id_: {language: item.state(language) for language in LANGUAGES} for id_, item in self.translated().items()
        } | {
            id_: {language: State.DRAFT if language in known else State.MISSING for language in LANGUAGES}
            for id_, known in names.items()
        }

    def coverage(self) -> dict[Language, dict[State, int]]:
        """How many answers each language has in each state."""
        return {
            language: {
                state: sum(answer.state(language) is state for answer in self.answers.values()) for state in State
            }
            for language in LANGUAGES
        }
