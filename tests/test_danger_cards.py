"""The cards for danger and despair: one screen in every language and country, and nothing in them that harms."""

import re
import textwrap
from datetime import UTC, datetime
from html import unescape
from typing import get_args

import pytest
from babel import Locale

from bot.contacts import Directory, Wish, spreadsheet
from bot.contacts.in_danger import numbers, safest
from bot.content import Content
from bot.database.models import Contact
from bot.languages import ENGLISH_NAMES, LANGUAGES, Language
from bot.paths import CONTENT
from bot.render import safety
from bot.render.screen import Screen
from bot.safety import Risk
from tests.conversation import Chat, World, forge

LETTERS, LINES = 38, 12
"""What an old phone shows at once."""
COUNTRIES = [code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", code)]
RISKS = get_args(Risk)
MEANS = {
    "en": r"\b(pills?|blades?|ropes?|poison|bridges?|roof|knife|knives|hang|jump|veins?|wrists?)\b",
    "ru": r"таблет|лезви|вер[её]вк|\bяд|мост|крыш|\bнож|повес|прыг|вены",
    "kk": r"дәрі\b|таблет|арқан|\bжіп|пышақ|\bу\b|көпір|биік|секір",
    "ky": r"дары(?!гер)|таблет|аркан|\bжип|бычак|\bуу\b|көпүрө|бийик|секир",
    "tg": r"дору|ресмон|таноб|\bтег|корд|заҳр|\bпул[иҳ]|\bбом\b",
    "uz": r"dori\b|arqon|tigʻ|pichoq|zahar|koʻprik|\btom\b|sakra",
}
"""Means and places of suicide, which WHO asks not to name. Other people's medicine is a caution about addiction."""
NO_BLAME = {
    "en": "not your fault",
    "ru": "ни в чём не виноваты",
    "kk": "сіз кінәлі емессіз",
    "ky": "күнөө сизде эмес",
    "tg": "айби шумо нест",
    "uz": "siz aybdor emassiz",
}


@pytest.fixture(scope="module")
def directory(content: Content) -> Directory:
    """Our real contacts."""
    rows, _ = spreadsheet.read(CONTENT / "contacts.csv", set(content.needs["en"]))
    directory = Directory(None)  # type: ignore[arg-type]  # nothing is read from a database here
    directory.replace([Contact(**row.values) for row in rows])
    return directory


def card(risk: Risk, content: Content, directory: Directory, language: Language, country: str | None) -> Screen:
    return safety.card(risk, content, language, numbers(directory, country), helper(directory, risk, country, language))


def helper(directory: Directory, risk: Risk, country: str | None, language: Language = "en") -> Contact | None:
    return safest(directory, risk, Wish(country, language=ENGLISH_NAMES[language], now=datetime.now(UTC)))


def lines(html: str) -> list[str]:
    """The lines of a message on a phone."""
    text = unescape(re.sub(r"<[^>]+>", "", html))
    return [line for written in text.split("\n") for line in textwrap.wrap(written, LETTERS) or [""]]


@pytest.mark.slow
@pytest.mark.parametrize("risk", RISKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_fits_one_screen_in_every_country(
    content: Content, directory: Directory, language: Language, risk: Risk
) -> None:
    for country in (None, *COUNTRIES):
        screen = card(risk, content, directory, language, country)
        assert len(lines(screen.html)) <= LINES, (country, lines(screen.html))
        assert len(screen.rows) == (3 if country else 5), country


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_two_sentences(content: Content, language: Language) -> None:
    texts = content.safety[language]
    for text in (texts.sos, texts.self_harm_card):
        assert len(re.findall(r'[.!?…]["»”*]*(?=\s|$)', text)) == 2, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_blames_nobody(content: Content, language: Language) -> None:
    assert NO_BLAME[language] in content.safety[language].sos


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_means_of_suicide_are_named(content: Content, language: Language) -> None:
    texts, further = content.safety[language], content.answers["stress-and-loneliness"].texts[language]
    shown = [texts.self_harm_card, texts.self_harm_further, *further.body.split("⚠️")[:1]]
    assert [found for text in shown for found in re.findall(MEANS[language], text, re.IGNORECASE)] == []


@pytest.mark.parametrize("risk", RISKS)
def test_the_organisation_is_neither_police_nor_an_office_of_ones_own_state(directory: Directory, risk: Risk) -> None:
    named = {country: found for country in directory.countries() if (found := helper(directory, risk, country))}
    assert len(named) >= 5
    for found in named.values():
        assert found.phones
        assert not found.enforcement
        assert "consular" not in found.needs


def test_who_helps_victims_goes_before_who_gives_other_help(directory: Directory) -> None:
    for country in ("KZ", "KR", "DE", "RS", "AE", "IT"):
        found = helper(directory, "emergency", country)
        assert found, country
        assert {"trafficking", "shelter"} & set(found.needs), country


def test_where_nobody_helps_victims_somebody_else_who_is_independent_is_named(directory: Directory) -> None:
    for country in ("RU", "TR", "PL"):
        found = helper(directory, "emergency", country)
        assert found, country
        assert {"legal", "asylum", "human-rights", "women"} & set(found.needs), country


def test_a_number_that_only_contacts_know_comes_first(directory: Directory) -> None:
    assert numbers(directory, "UZ")["UZ"][0] == "112"
    assert numbers(Directory(None), "UZ")["UZ"][0] != "112"  # type: ignore[arg-type]  # no contacts


async def test_where_there_is_nobody_the_contacts_of_the_country_open(world: World) -> None:
    chat = await world.person()
    await world.services.people.update(
        world.services.people.pseudonym(chat.user.id), language="en", stage="return", country_from="TJ"
    )
    [card] = await chat.say("/sos")
    assert card.button_texts == ["👥 Who can help", "➕ What else can I do?", "🙈 Hide this chat"]
    [people] = await chat.press("👥 Who can help")
    assert "Tajikistan" in people.text


async def test_one_tap_opens_steps_by_kind_of_danger_and_the_numbers_stay(world: World) -> None:
    chat = await world.person()
    await chat.begin("en", "abroad", "UZ", "KZ")
    [card] = await chat.say("/sos")
    [more] = await chat.press("➕ What else can I do?")
    assert "Does somebody hurt you or hold you?" in more.text
    assert "Violence at home" in more.button_texts
    assert more.button_texts[-2:] == ["👥 More contacts", "🙈 Hide this chat"]
    assert card.text in [message.text for message in chat.user.messages], "the card stays"
    [answer] = await chat.press("Violence at home")
    assert "not your fault" in answer.text


async def test_despair_is_not_answered_with_the_card_for_danger(chat: Chat) -> None:
    [card] = await chat.say("I want to die")
    assert "you are not alone" in card.text
    [chosen] = await chat.press("despair:KZ")
    assert "you are not alone" in chosen.text
    assert "Kazakhstan: 112 · 101 · 102 · 103" in chosen.text
    [more] = await chat.press("further:self_harm:KZ")
    assert "stay with them and call together" in more.text
    assert more.button_texts[0] == "Lonely, afraid, cannot sleep"


async def test_a_button_with_an_unknown_danger_still_helps(world: World, chat: Chat) -> None:
    await forge(world, chat, "further:storm:ZZ")
    [more] = await chat.user.wait_for_changes()
    assert "Say first:" in more.text
