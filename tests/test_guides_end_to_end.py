"""Every guided conversation with the real Rasa: straight through, interrupted, resumed, back and stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.content import Content, Guide
from bot.content.guides import Kind
from bot.sandbox.client import Button, Message
from tests.conversation import Chat, Live

pytestmark = pytest.mark.rasa

GUIDES = [
    "asylum-or-not",
    "contract-check",
    "departure-checklist",
    "exploitation-check",
    "find-help",
    "offer-check",
    "return-plan",
    "wage-claim",
]
Choose = Callable[[list[Button]], Button]


def choices(message: Message) -> list[Button]:
    return [button for row in message.buttons for button in row if button.data.startswith("choose:")]


def is_question(message: Message) -> bool:
    return bool(choices(message))


async def begin(live: Live, guide: str, language: str, name: str = "Somebody") -> tuple[Chat, Message]:
    chat = await live.world.person(name, language)
    await chat.begin(language, "abroad", "KG", "RU")
    await chat.say("/guides")
    return chat, (await chat.press(f"guide:{guide}"))[-1]


async def to_the_end(chat: Chat, screen: Message, choose: Choose) -> list[Message]:
    """Answer every question; returns the messages of the result."""
    for _ in range(30):
        if not is_question(screen):
            break
        screens = await chat.press(choose(choices(screen)).data)
        screen = screens[-1]
    else:
        raise AssertionError("the guide never ends")
    while not screens[-1].button_texts:  # a long result comes in several messages
        screens += await chat.user.wait_for_changes()
    return screens


def calm(guide: Guide) -> Choose:
    """The last choice that is neither skip nor danger."""
    dangers = {f"choose:{item.id}:{choice}" for item in guide.logic.questions for choice in item.danger}

    def choose(buttons: list[Button]) -> Button:
        fitting = [button for button in buttons if button.data not in dangers and not button.data.endswith(":skip")]
        return (fitting or buttons)[-1]

    return choose


@pytest.mark.parametrize("guide", GUIDES)
@pytest.mark.parametrize("language", ["en", "tg"])
async def test_straight_through(live: Live, content: Content, guide: str, language: str) -> None:
    chat, first = await begin(live, guide, language)
    assert content.guides[guide].texts[language].title in first.text  # type: ignore[index]
    screens = await to_the_end(chat, first, calm(content.guides[guide]))
    assert content.guides[guide].texts[language].title in screens[0].text  # type: ignore[index]
    assert screens[-1].button_texts


@pytest.mark.parametrize("guide", GUIDES)
async def test_everything_skipped(live: Live, guide: str) -> None:
    chat, first = await begin(live, guide, "ru")
    screens = await to_the_end(chat, first, lambda buttons: buttons[-1])
    assert not is_question(screens[-1])


@pytest.mark.parametrize("guide", GUIDES)
async def test_interrupted_left_for_a_while_taken_up_again_back_and_stopped(live: Live, guide: str) -> None:
    chat, first = await begin(live, guide, "ru")
    [second] = await chat.press(choices(first)[-1].data)
    answer, again = await chat.say("хозяин забрал мой паспорт и не отдаёт", 2)
    assert answer.text.startswith("У меня забрали паспорт")
    assert again.text == second.text, "the open question is asked again after the answer"
    menu = (await chat.say("/menu", 2))[-1]
    offer = next(text for text in menu.button_texts if text.startswith("▶️"))
    [resumed] = await chat.press(offer)
    assert resumed.text == second.text
    [before] = await chat.press("‹ Назад")
    assert before.text == first.text
    [second_again] = await chat.press(choices(before)[-1].data)
    assert second_again.text == second.text
    await chat.press("✖️ Закончить")
    menu = (await chat.say("/menu", 2))[-1]
    assert not any(text.startswith("▶️") for text in menu.button_texts)


async def test_words_answer_too(live: Live) -> None:
    chat, first = await begin(live, "wage-claim", "ru")
    assert "1 из 12" in first.text
    [safety] = await chat.say("в Казахстане")
    assert "2 из 12" in safety.text
    [job] = await chat.say("нет")
    assert "3 из 12" in job.text
    [same] = await chat.say("нет")
    assert "3 из 12" in same.text, "no is none of the choices, so the question is asked again"
    [how_long] = await chat.say("нет, уже дома")
    assert "4 из 12" in how_long.text


async def test_yes_and_no_in_three_languages(live: Live, content: Content) -> None:
    for language, words in (
        ("ky", ["жок", "ооба", "билбейм"]),
        ("tg", ["не", "ҳа", "намедонам"]),
        ("uz", ["yoʻq", "ha"]),
    ):
        chat, screen = await begin(live, "exploitation-check", language)
        asked = content.guides["exploitation-check"].logic.questions
        [screen] = await chat.press("choose:danger_now:no")
        [screen] = await chat.press("choose:country:skip")
        [screen] = await chat.press("choose:movement:free")
        [screen] = await chat.press("choose:violence:no")
        position = next(number for number, item in enumerate(asked) if item.id == "threats")
        for word in words:
            [screen] = await chat.say(word)
            position += 1
            assert choices(screen)[0].data.startswith(f"choose:{asked[position].id}:"), (language, word)


async def test_a_place_is_found_by_name(live: Live, content: Content) -> None:
    chat, screen = await begin(live, "find-help", "uz")
    [screen] = await chat.press("choose:need:legal")
    assert content.guides["find-help"].question("country").kind is Kind.COUNTRY  # type: ignore[union-attr]
    [screen] = await chat.say("Qozogʻistonda")
    assert is_question(screen)
    screens = await chat.say("Shimkent", 2)
    assert "Sana Sezim" in screens[-1].text


async def test_sos_wins_and_the_guide_waits(live: Live) -> None:
    chat, first = await begin(live, "return-plan", "en")
    [card] = await chat.say("help me they are beating me right now")
    assert "Emergency numbers" in card.text
    menu = (await chat.say("/menu", 2))[-1]
    assert any(text.startswith("▶️") for text in menu.button_texts)
    [second] = await chat.press(choices(first)[0].data)
    assert is_question(second)


async def test_a_guide_is_found_by_asking_for_it(live: Live) -> None:
    chat = await live.world.person("Somebody", "en")
    await chat.begin("en")
    [answer] = await chat.say("how do I check if a job offer is a scam")
    assert "guide:offer-check" in [button.data for row in answer.buttons for button in row]
