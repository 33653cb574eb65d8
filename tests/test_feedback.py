"""Did this help? After a no, one tap may say why, and staff see the counts."""

import pytest

from bot.database.feedback import Verdict, verdicts
from bot.languages import LANGUAGES
from bot.render.answers import feedback_why
from tests.conversation import Chat, World, forge
from tests.scripted_rasa import ScriptedRasa, step_answer


async def test_a_no_asks_why_and_shows_the_ways_on(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    await chat.say("q")
    [why] = await chat.press("👎 Did not help")
    assert "What was wrong?" in why.text
    assert why.button_texts[:5] == [
        "Not what I asked",
        "Hard to understand",
        "Wrong or out of date",
        "Does not fit my country",
        "The contact did not help",
    ]
    assert "👥 Talk to a person" in why.button_texts
    [thanks] = await chat.press("Does not fit my country")
    assert thanks.edited
    assert thanks.text.startswith("Thank you.")
    assert "📚 Topics" in thanks.button_texts
    assert "Not what I asked" not in thanks.button_texts


async def test_staff_see_what_did_not_help_and_why(own_world: World) -> None:
    chat = await own_world.person("Ali", "en")
    await chat.say("/start a-unpaid-wages")
    await chat.press("👎 Did not help")
    await chat.press("why:unpaid-wages:country")
    await chat.press("feedback:unpaid-wages:yes", 0)
    other = await own_world.person("Olim", "ru")
    await other.say("/start a-unpaid-wages")
    await other.press("feedback:unpaid-wages:no")
    await other.press("why:unpaid-wages:unclear")
    await other.say("/start a-detained")
    await other.press("feedback:detained:yes", 0)
    await other.user.wait_for_answers()
    await chat.say("/menu", 2)
    await other.say("/menu")
    found = await verdicts(own_world.services.database, days=30)
    assert found == {
        "unpaid-wages": Verdict(1, 2, {"country": 1, "unclear": 1}),
        "detained": Verdict(1, 0, {}),
    }
    assert list(found) == ["unpaid-wages", "detained"]
    assert await verdicts(own_world.services.database, days=0) == {}


@pytest.mark.parametrize("data", ["why:unpaid-wages:because", "why:no-such-answer:wrong", "why:unpaid-wages", "why"])
async def test_forged_reasons_are_not_counted(chat: Chat, world: World, data: str) -> None:
    before = await verdicts(world.services.database, days=30)
    await forge(world, chat, data)
    [gone] = await chat.user.wait_for_changes()
    assert "no longer here" in gone.text
    assert await verdicts(world.services.database, days=30) == before


async def test_why_in_every_language_is_short_enough_for_telegram(world: World) -> None:
    for language in LANGUAGES:
        for answer in world.services.content.answers:
            assert feedback_why(answer, world.services.content, language).rows
