"""Conversations with the real Rasa, in the languages people write, through the real Bot API of the sandbox."""

from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest

from bot.rasa import RasaClient
from tests.conversation import Live

pytestmark = pytest.mark.rasa


async def test_unpaid_wages_in_tajik_without_special_letters(live: Live) -> None:
    chat = await live.world.person("Ҷамшед", "tg")
    await chat.begin("tg", "abroad", "TJ", "RU")
    [answer] = await chat.say("маошамро намедихад се мох шуд чи кор кунам")
    assert answer.text.startswith("Моҳонаамро намедиҳанд")
    [people] = await chat.press("helpers:unpaid-wages")
    assert "+7 966 031 22 22" in people.text


async def test_a_passport_taken_in_russian(live: Live) -> None:
    chat = await live.world.person("Нурбек", "ru")
    await chat.begin("ru")
    [answer] = await chat.say("хозяин забрал мой паспорт и не отдаёт")
    assert answer.text.startswith("У меня забрали паспорт")


async def test_who_can_help_in_shymkent_in_uzbek(live: Live) -> None:
    chat = await live.world.person("Botir", "uz")
    [people] = await chat.say("Shimkentda menga kim yordam bera oladi?")
    assert "Sana Sezim" in people.text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("oyligimni bermayapti nima qilay", "unpaid-wages"),
        ("айлыгымды бербей жатышат", "unpaid-wages"),
        ("жалақымды бермей жатыр", "unpaid-wages"),
        ("zarplatu ne platyat tri mesyaca", "unpaid-wages"),
        ("my employer has not paid me for two months", "unpaid-wages"),
        ("pasportamro girift namedihad", "passport-taken"),
    ],
)
async def test_one_question_in_many_spellings(live: Live, text: str, answer: str) -> None:
    chat = await live.world.person("Somebody", "en")
    [screen] = await chat.say(text)
    assert f"helpers:{answer}" in [button.data for row in screen.buttons for button in row]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what is the weather in Osh tomorrow", "outside what I know"),
        ("hello", "Ask me anything"),
        ("thank you", "You are welcome"),
        ("what can you do", "How I work"),
        ("I want to talk to a real person", "I am a bot"),
    ],
)
async def test_small_talk_and_other_matters(live: Live, text: str, expected: str) -> None:
    chat = await live.world.person("Somebody", "en")
    await chat.begin("en")
    [screen] = await chat.say(text)
    assert expected in screen.text


async def test_rasa_keeps_no_words(live: Live) -> None:
    chat = await live.world.person("Somebody", "en")
    await chat.say("my employer Bakhtiyor has not paid me")
    pseudonym = live.world.services.people.pseudonym(chat.user.id)
    async with RasaClient(live.process.url) as rasa:
        assert await rasa.is_ready()
    async with httpx.AsyncClient() as http:
        response = await http.get(f"{live.process.url}/conversations/{pseudonym}/tracker")
    assert "Bakhtiyor" not in response.text


async def test_a_crash_of_rasa_is_survived(live: Live) -> None:
    chat = await live.world.person("Somebody", "en")
    await chat.begin("en")
    assert live.process.pid is not None
    os.killpg(live.process.pid, signal.SIGKILL)
    [screen] = await chat.say("my passport was taken")
    assert "searched by words" in screen.text
    await asyncio.sleep(1)
    await asyncio.wait_for(live.process.ready.wait(), 120)
    [answer] = await chat.say("my boss took my passport and does not give it back")
    assert "helpers:passport-taken" in [button.data for row in answer.buttons for button in row]
