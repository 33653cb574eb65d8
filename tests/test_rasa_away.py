"""While Rasa is down or slow: SOS, topics, contacts, guides and privacy answer, and a question is searched by words."""

import httpx
import pytest

from bot.rasa import RasaClient
from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa


async def test_a_question_is_searched_by_words(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.down = True
    [screen] = await chat.say("my boss took my pasport and does not give it back")
    assert "searched by words only" in screen.text
    assert screen.buttons[0][0].data == "answer:passport-taken"


async def test_nothing_similar_still_gets_the_ways_on(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.down = True
    [screen] = await chat.say("qwrtpsdf zxcvbnm")
    assert {"📚 Topics", "👥 Talk to a person"} <= set(screen.button_texts)


async def test_everything_else_works(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.down = True
    for command, expected in [
        ("/sos", "Emergency numbers"),
        ("/topics", "Topics"),
        ("/contacts", "In which country"),
        ("/privacy", "What I do not keep"),
        ("/help", "How I work"),
        ("/forget", "Erase everything"),
    ]:
        [screen] = await chat.say(command)
        assert expected in screen.text, command
    [danger] = await chat.say("help me they are beating me")
    assert "Emergency numbers" in danger.text


async def test_a_guide_says_that_it_must_wait(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.down = True
    await chat.say("/guides")
    [screen] = await chat.press("guide:wage-claim")
    assert "not available for a moment" in screen.text


async def test_forgetting_without_rasa_is_honest(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.down = True
    await chat.say("/forget")
    [screen] = await chat.press("🗑 Yes, erase")
    assert "try /forget again" in screen.text


async def test_a_slow_rasa_is_not_waited_for(rasa: ScriptedRasa) -> None:
    rasa.delay = 5.0
    async with RasaClient(rasa.url, timeout=httpx.Timeout(0.2)) as client:
        with pytest.raises(Exception, match="Rasa did not answer"):
            await client.ask("somebody", "hello")


async def test_nonsense_from_rasa_counts_as_away(world: World, chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["x"] = [{"no": "say"}]
    [screen] = await chat.say("x")
    assert "👥 Talk to a person" in screen.button_texts
