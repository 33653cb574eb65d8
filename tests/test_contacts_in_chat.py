"""Finding people who can help: by need and country, from an answer, by asking; cards with number and place."""

import pytest
from sqlalchemy import update

from bot.database.feedback import broken_counts
from bot.database.models import Contact
from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa, step_answer


async def test_a_number_in_three_taps(chat: Chat) -> None:
    [countries] = await chat.say("👥 Contacts")
    assert "Kazakhstan" in countries.button_texts
    [needs] = await chat.press("contacts:KZ")
    assert "contacts:KZ:asylum" in [button.data for row in needs.buttons for button in row]
    [people] = await chat.press("contacts:KZ:asylum")
    assert "+7 727 258 45 98" in people.text


async def test_a_card_comes_with_the_number_as_a_telegram_contact(chat: Chat) -> None:
    await chat.say("👥 Contacts")
    await chat.press("contacts:KZ")
    await chat.press("contacts:KZ:asylum")
    contact, card = await chat.press("contact:C001", 2)
    assert contact.contact
    assert contact.contact["phone_number"].replace(" ", "") == "+77272584598"
    for part in (
        "303 Baizakov Street",
        "Mon-Fri 09:00-18:00",
        "Source: UNHCR",
        "Compared with the source on 2026-11-21",
    ):
        assert part in card.text
    assert "We have not called it ourselves." in card.text


async def test_an_address_with_coordinates_comes_as_a_venue(own_world: World) -> None:
    chat = await own_world.person()
    await chat.begin("en")
    async with own_world.services.database.session() as session:
        await session.execute(update(Contact).where(Contact.id == "C001").values(latitude=43.2, longitude=76.9))
    await own_world.services.directory.refresh()
    await chat.say("👥 Contacts")
    await chat.press("contacts:KZ")
    await chat.press("contacts:KZ:asylum")
    _, venue, _ = await chat.press("contact:C001", 3)
    assert venue.venue
    assert venue.venue["address"].startswith("303 Baizakov Street")


async def test_who_can_help_uses_the_country_of_the_person(world: World, rasa: ScriptedRasa) -> None:
    chat = await world.person()
    await chat.begin("en", "abroad", "TJ", "RU")
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    await chat.say("q")
    [people] = await chat.press("👥 Who can help")
    assert "Russia" in people.text
    assert "for citizens of: Tajikistan" in people.text
    assert "for citizens of: Kyrgyzstan" not in people.text


async def test_who_can_help_asks_for_the_country_when_it_is_unknown(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["q"] = [step_answer("trafficking-help")]
    await chat.say("q")
    await chat.press("👥 Who can help")
    [people] = await chat.press("helpers:trafficking-help:KZ")
    assert "Sana Sezim" in people.text


async def test_asking_for_a_place_and_a_need(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["lawyer in Shymkent"] = [{"say": "find_help", "entities": {"city": "Shymkent", "need": "legal"}}]
    [people] = await chat.say("lawyer in Shymkent")
    assert people.text.splitlines()[0] == "Free legal aid · Shymkent, Kazakhstan"
    assert people.text.splitlines()[2].startswith("Sana Sezim"), "the one in the city comes first"


async def test_the_embassy_of_one_country_in_a_city_of_another(chat: Chat, rasa: ScriptedRasa) -> None:
    entities = {"country": "KG", "city": "Moscow", "need": "consular"}
    rasa.replies["kyrgyz embassy moscow"] = [{"say": "find_help", "entities": entities}]
    [people] = await chat.say("kyrgyz embassy moscow")
    assert "Embassy of Kyrgyzstan in Moscow" in people.text
    assert "Tajikistan" not in people.text


@pytest.mark.parametrize(("language", "moscow"), [("tg", "Москва"), ("kk", "Мәскеу"), ("uz", "Moskva")])
async def test_cities_are_named_in_the_language_of_the_reader(
    world: World, rasa: ScriptedRasa, language: str, moscow: str
) -> None:
    chat = await world.person("Ali", language)
    await chat.begin(language)
    rasa.replies["q"] = [{"say": "find_help", "entities": {"city": "Moscow", "need": "legal"}}]
    [people] = await chat.say("q")
    places = [line for line in people.text.splitlines() if line.startswith("📍")]
    assert f" · {moscow}, " in people.text.splitlines()[0]
    assert places[0].startswith(f"📍 {moscow}, ")


async def test_enforcement_bodies_are_labelled_and_come_last(chat: Chat) -> None:
    await chat.say("👥 Contacts")
    await chat.press("contacts:UZ")
    [people] = await chat.press("contacts:UZ:trafficking")
    assert "👮 A police or migration body." in people.text
    assert people.text.index("Istiqbolli") < people.text.index("State Customs Committee")


async def test_kosovo_has_its_footnote(chat: Chat) -> None:
    [countries] = await chat.say("👥 Contacts")
    assert "Kosovo*" in countries.button_texts
    [needs] = await chat.press("contacts:XK")
    assert "in line with UNSCR 1244" in needs.text


async def test_nobody_for_a_need_is_said(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["q"] = [{"say": "find_help", "entities": {"country": "KG", "need": "family-tracing"}}]
    [screen] = await chat.say("q")
    assert "no checked contact for this yet" in screen.text
    assert "🆘 SOS" in screen.button_texts


async def test_a_location_finds_the_nearest(world: World) -> None:
    chat = await world.person()
    await chat.begin("en")
    await chat.user.share_location(42.87, 74.6)
    [people] = await chat.user.wait_for_messages()
    assert "Kyrgyzstan" in people.text
    assert "km away" in people.text


async def test_a_location_on_the_other_side_of_the_world(world: World) -> None:
    chat = await world.person()
    await chat.begin("en")
    await chat.user.share_location(-40.0, -120.0)
    [screen] = await chat.user.wait_for_messages()
    assert "I know of nobody near that place" in screen.text
    assert "🆘 SOS" in screen.button_texts


async def test_a_number_that_did_not_work_is_counted(own_world: World) -> None:
    chat = await own_world.person()
    await chat.begin("en")
    await chat.say("👥 Contacts")
    await chat.press("contacts:KZ")
    await chat.press("contacts:KZ:asylum")
    await chat.press("contact:C001", 2)
    [others] = await chat.press("✖️ This did not work")
    assert "Kazakhstan" in others.text
    assert await broken_counts(own_world.services.database) == {"C001": 1}
