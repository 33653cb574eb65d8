"""The targets: functions from bytes to nothing, that fail where a promise about any input is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from telegram.ext import Application

from bot.contacts import spreadsheet
from bot.content import markdownfile, yamlfile
from bot.database import Database
from bot.database.inbox import Inbox
from bot.errors import MusafirError
from bot.folding import fold
from bot.guided import is_possible, typed_choice
from bot.intake import Intake, UnreadableUpdateError
from bot.learning.scrub import GAP, LIMIT, Scrubber
from bot.learning.vocabulary import Vocabulary
from bot.order import ChatOrder
from bot.render import callbacks, links
from bot.render.markdown import to_html
from bot.safety import Pattern, RiskWords
from bot.sandbox.html_parser import parse_html
from bot.search import WordSearch
from bot.turns import OwnTurns
from tests.fuzz import material

_FIVE_DIGITS: Final = re.compile(r"(?:\d[\W_]{0,3}){5}")
_MAIL: Final = re.compile(r"\S@\S")
_MOST: Final = 3


@dataclass(frozen=True)
class Target:
    """What is tried, and what to begin with."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]


def _text(data: bytes) -> str:
    """Bytes as a text that could come from Telegram, which sends no broken UTF-8."""
    return data.decode("utf-8", "ignore")


def understanding(data: bytes) -> None:
    """A message: folding, risk words, the choices of a guide; and the same as a pattern for risk words."""
    text = _text(data)
    Pattern.parse(text)
    folded = fold(text)
    assert folded == " ".join(re.findall("[a-z0-9]+", folded))
    assert _risk_words().find(text) in (None, "emergency", "self_harm")
    for asked in material.open_questions():
        choice = typed_choice(text, asked)
        assert choice is None or choice == "back" or is_possible(choice, asked)


def search(data: bytes) -> None:
    """A question while Rasa is away."""
    found = _word_search().find(_text(data))
    likeness = [candidate.confidence for candidate in found]
    assert len(found) <= _MOST
    assert likeness == sorted(likeness, reverse=True)
    assert all(0 < value <= 1 for value in likeness)


def markdown(data: bytes) -> None:
    """A text of staff becomes HTML that Telegram takes."""
    parse_html(to_html(_text(data)))


def buttons(data: bytes) -> None:
    """What a button sends is known and comes out as it went in, or is refused."""
    text = _text(data)
    callback = callbacks.parse(text)
    assert callback is None or callbacks.data(callback.verb, *callback.arguments) == text


def deep_links(data: bytes) -> None:
    """The payload of `/start` leads to what a button could send, or nowhere."""
    payload = _text(data)
    callback = links.target(payload)
    assert callback is None or callbacks.parse(callbacks.data(callback.verb, *callback.arguments)) == callback
    try:
        assert links.title(payload, material.content(), "tg")
    except MusafirError:
        pass
    else:
        assert callback or not payload


def scrubbing(data: bytes) -> None:
    """No long number and no mail address is left in a question that staff may read."""
    kept = _scrubber().scrub(_text(data))
    assert len(kept) <= LIMIT
    assert "\n" not in kept
    for piece in kept.split(GAP):
        assert not _FIVE_DIGITS.search(piece), piece
        assert not _MAIL.search(piece), piece


def contacts(data: bytes) -> None:
    """A spreadsheet is read, or its mistakes are named."""
    file = material.folder() / ("contacts.xlsx" if data.startswith(b"PK") else "contacts.csv")
    file.write_bytes(data)
    rows, problems = spreadsheet.read(file, set(material.content().needs["en"]))
    assert len({row.values["id"] for row in rows}) == len(rows)
    assert all(str(problem) for problem in problems)


def structure(data: bytes) -> None:
    """YAML and Markdown with front matter are read, or refused with a line."""
    text = _text(data)
    for read in (yamlfile.parse, markdownfile.read):
        line = 1
        try:
            read(text)
        except yamlfile.YamlError as refusal:
            line = refusal.line
        assert 1 <= line <= len(text.splitlines()) + 2


def editing(data: bytes) -> None:
    """Whatever stands in one file of the content: it is read, or its mistakes are named and the others are read."""
    path = material.library().root / material.EDITED[data[0] % len(material.EDITED) if data else 0]
    _content, problems = material.library().with_changes({path: _text(data[1:])}).read()
    assert all(str(problem) for problem in problems)


def updates(data: bytes) -> None:
    """What is brought to the webhook is an update, or refused; what it says is a message like any other."""
    try:
        update = _intake()._read(_text(data))
    except UnreadableUpdateError:
        return
    assert update.update_id >= 0
    said = update.effective_message.text if update.effective_message else None
    if isinstance(said, str):  # python-telegram-bot trusts Telegram with the types inside an update
        assert _risk_words().find(said) in (None, "emergency", "self_harm")
        assert len(_word_search().find(said)) <= _MOST
        assert _scrubber().scrub(said).isprintable()


@cache
def _intake() -> Intake:
    """It only reads: nothing is kept, and no handler runs."""
    application = Application.builder().token("1:x").build()
    return Intake(application, OwnTurns(ChatOrder()), Inbox(Database("sqlite+aiosqlite://"), "secret", "fuzz"))


@cache
def _risk_words() -> RiskWords:
    return RiskWords(material.content())


@cache
def _word_search() -> WordSearch:
    return WordSearch(material.content())


@cache
def _scrubber() -> Scrubber:
    return Scrubber(Vocabulary(material.content()))


TARGETS: Final = {
    "understanding": Target(understanding, material.questions),
    "search": Target(search, material.questions),
    "markdown": Target(markdown, material.bodies),
    "buttons": Target(buttons, material.of(*callbacks.VERBS, "answer:unpaid-wages:tg", "tick:wage-claim:a-b_c:1f")),
    "deep_links": Target(deep_links, material.of("a-unpaid-wages", "t-return", "c-KZ", "g-wage-claim", "news", "")),
    "scrubbing": Target(
        scrubbing,
        material.of(
            "меня зовут Умед Каримов, +7 (926) 123-45-67, паспорт 4509 123456",
            "Otabek 8.701.123.45.67 farrukh @ mail.ru",
            "farrukh at gmail dot com, t.me/farrukh @farrukh_77",
            "А123ВС77 12.05.1988 ８９２６１２３４５６７ 1\n2\n3\n4\n5",
        ),
    ),
    "contacts": Target(contacts, material.spreadsheets),
    "structure": Target(structure, material.edited_files),
    "editing": Target(editing, material.edited_files),
    "updates": Target(updates, material.updates),
}
