"""Forged links, and markup and SQL in everything that people or a spreadsheet bring: shown as it is, or refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.contacts import import_contacts
from bot.contacts.spreadsheet import COLUMNS
from bot.content import Content, Library
from bot.database import Database
from bot.database.models import Contact
from bot.errors import ImportRefusedError
from bot.sandbox.client import Message
from tests.conversation import Chat, World, forge, running_bot
from tests.scripted_rasa import ScriptedRasa
from tests.test_contacts_import import GOOD, write

MARKUP = '<a href="https://evil.example">Help</a> <script>x</script> *b* _i_ [y](https://evil.example) &amp;'
SQL = "'; DROP TABLE contacts; --"
ACCIDENT = "Something went wrong"

NOTHING_THERE = ["a-no-such-answer", "t-nothing", "c-ZZ", "c-kz", "g-none"]
NO_LINKS = [
    "a-",
    "forget:yes",
    "forget-yes",
    "hide",
    "a-unpaid-wages:xx",
    "a-../../.env",
    "a-%2e%2e%2f.env",
    "news:on",
    "x" * 64,
    "y" * 4000,
    SQL,
    "<b>x</b>",
    "а-unpaid-wages",  # the first letter is Cyrillic
    "a-unpaid-wages\u202e",
    "\x00",
]


def links(message: Message) -> list[str]:
    """Where a message leads when its words are tapped."""
    return [entity.get("url", "") for entity in message.raw.get("entities", []) if entity["type"] == "text_link"]


@pytest.mark.parametrize("payload", [*NOTHING_THERE, *NO_LINKS])
async def test_a_forged_link_opens_nothing_and_changes_nothing(chat: Chat, world: World, payload: str) -> None:
    people = world.services.people
    before = await people.get(people.pseudonym(chat.user.id))
    answers = await chat.say(f"/start {payload}", 1 if payload in NOTHING_THERE else 2)
    assert ACCIDENT not in str([answer.text for answer in answers])
    assert answers[-1].buttons, "there is a way on"
    assert await people.get(people.pseudonym(chat.user.id)) == before


async def test_a_name_with_markup_is_nowhere(world: World, rasa: ScriptedRasa) -> None:
    chat = await world.person(MARKUP, "en")
    for text in ("/start", "/menu", "/profile", "/topics"):
        for message in await chat.say(text):
            assert "evil.example" not in message.text
            assert links(message) == []


@pytest.mark.parametrize(
    "question", [MARKUP, SQL, "{{7*7}} ${x} %(text)s {0}", "</b></i><b>", "/start <b>", "&lt;b&gt;"]
)
async def test_markup_in_a_question_is_words(chat: Chat, rasa: ScriptedRasa, question: str) -> None:
    rasa.replies[question] = [{"say": "suggest", "candidates": [{"id": "unpaid-wages", "confidence": 0.4}]}]
    for message in await chat.say(question):
        assert ACCIDENT not in message.text
        assert links(message) == []
        assert "49" not in message.text


async def test_a_contact_with_markup_and_sql_is_shown_as_it_was_written(
    rasa: ScriptedRasa, content_folder: Path, tmp_path: Path
) -> None:
    with (content_folder / "contacts.csv").open("a", encoding="utf-8", newline="") as file:
        row = GOOD | {"organisation": MARKUP, "about_en": SQL, "address": "<u>street</u>"}
        csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(row)
    async with running_bot(rasa.url, tmp_path, Library(content_folder)) as world:
        chat = await world.person()
        await chat.begin("en", "abroad", "TJ", "KZ")
        shown = await opened(chat, world)
        again = await opened(chat, world)
    for text in (MARKUP, SQL, "<u>street</u>"):
        assert text in shown.text
    assert [link for link in links(shown) if "evil" in link] == []
    assert again.text == shown.text, "the table is still there"


async def opened(chat: Chat, world: World) -> Message:
    """The contact with markup, opened by its button."""
    await forge(world, chat, "contact:C900")
    await chat.user.wait_for_messages(2)  # the card, and the number as a contact
    return next(message for message in reversed(chat.user.messages) if "street" in message.text)


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(1+1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "+HYPERLINK(A1)", "=cmd|' /C x'!A0"]
)
async def test_a_formula_is_not_carried_into_the_spreadsheets_of_others(
    tmp_path: Path, content: Content, database: Database, cell: str
) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        await import_contacts(
            database, write(tmp_path / "c.csv", GOOD | {"organisation": cell}), set(content.needs["en"])
        )
    assert "a formula" in refused.value.problems[0]


@pytest.mark.parametrize("cell", ["@migrants_help", "+7 727 258 45 98 (office)", "- free lawyers (Mon)", "24/7!"])
async def test_what_only_looks_like_a_formula_is_taken(
    tmp_path: Path, content: Content, database: Database, cell: str
) -> None:
    file = write(tmp_path / "c.csv", GOOD | {"messenger": cell})
    assert (await import_contacts(database, file, set(content.needs["en"]))).added


@pytest.mark.parametrize("column", ["id", "organisation", "city", "address", "messenger", "about_en", "source_title"])
async def test_sql_in_an_import_is_text(tmp_path: Path, content: Content, database: Database, column: str) -> None:
    file = write(tmp_path / "c.csv", GOOD | {column: SQL}, GOOD | {"id": "C901"})
    try:
        await import_contacts(database, file, set(content.needs["en"]))
    except ImportRefusedError as refused:
        assert column in str(refused.problems), "refused as no id, not run as SQL"  # noqa: PT017
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Contact)) in (0, 2)
