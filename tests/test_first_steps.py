"""`/start`: greeting, language, journey, countries, menu; each can be skipped; deep links go straight to a screen."""

import pytest

from bot.content import Content
from tests.conversation import Chat, World


async def test_the_first_screens_one_by_one(world: World) -> None:
    chat = await world.person("Гулнора", "tg")
    [welcome] = await chat.say("/start")
    assert welcome.text.startswith("Салом, ман Мусофир")
    assert welcome.button_texts == ["English", "Русский", "Қазақша", "Кыргызча", "Тоҷикӣ", "Oʻzbekcha"]
    await chat.press("Тоҷикӣ", 2)
    stages = chat.user.messages[-2]
    assert "Шумо дар кадом қисми сафаред?" in stages.text
    [home] = await chat.press("stage:abroad")
    assert "Тоҷикистон" in home.button_texts
    [abroad] = await chat.press("from:TJ")
    assert "Русия" in abroad.button_texts
    [menu] = await chat.press("to:RU")
    assert "📚 Мавзӯъҳо" in menu.button_texts
    assert chat.user.reply_keyboard[0][0] == "🆘 SOS"
    [profile] = await chat.say("/profile")
    assert "Тоҷикистон" in profile.text
    assert "Русия" in profile.text


@pytest.mark.parametrize(
    ("code", "greeting"), [("ru", "Помогаю тем"), ("uz", "yordam beraman"), ("fr", "I help people")]
)
async def test_the_greeting_is_in_the_language_of_the_client(world: World, code: str, greeting: str) -> None:
    chat = await world.person("Somebody", code)
    [welcome] = await chat.say("/start")
    assert greeting in welcome.text


async def test_everything_can_be_skipped(world: World) -> None:
    chat = await world.person()
    menu = await chat.begin("en")
    assert "📚 Topics" in menu.button_texts


async def test_all_countries_can_be_reached(chat: Chat) -> None:
    await chat.say("/profile")
    [page] = await chat.press("from")
    seen = set(page.button_texts)
    for _ in range(4):
        [page] = await chat.press("More countries ›")
        seen |= set(page.button_texts)
    assert {"Kyrgyzstan", "Kosovo*", "Uzbekistan", "Italy"} <= seen


async def test_changing_one_thing_returns_to_the_profile(chat: Chat) -> None:
    await chat.say("/profile")
    await chat.press("from")
    await chat.press("from:KG")
    await chat.say("/profile")
    await chat.press("from")
    [profile] = await chat.press("from:UZ")
    assert "From: Uzbekistan" in profile.text


@pytest.mark.parametrize(
    ("link", "expected"),
    [("a-unpaid-wages", "Work that you have done"), ("t-return", "Coming home"), ("c-KZ", "Kazakhstan")],
)
async def test_deep_links(world: World, link: str, expected: str) -> None:
    chat = await world.person()
    [screen] = await chat.say(f"/start {link}")
    assert expected in screen.text or any(expected in text for text in screen.button_texts)


@pytest.mark.parametrize("link", ["a-no-such-answer", "t-nothing", "x-1", "a-" + "x" * 60])
async def test_a_deep_link_to_nowhere_is_kind(world: World, link: str) -> None:
    chat = await world.person()
    [screen] = await chat.say(f"/start {link}")
    assert screen.button_texts


async def test_somebody_who_returns_sees_the_menu(chat: Chat) -> None:
    menu = (await chat.say("/start", 2))[-1]
    assert "📚 Topics" in menu.button_texts


async def test_commands_and_descriptions_are_set_in_every_language(world: World, content: Content) -> None:
    for code, topics in (("en", "Topics"), ("kk", "Тақырыптар"), ("uz", "Mavzular")):
        person = await world.person("Somebody", code)
        await person.user.wait_for(lambda user=person.user, name=topics: user.commands.get("topics") == name)
        description = content.page(code).description.strip()  # type: ignore[arg-type]
        await person.user.wait_for(lambda user=person.user, text=description: user.description == text)
