"""An edit of a text, a risk word or the contacts is in the running bot within seconds; a broken one changes nothing."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Library
from tests.conversation import World, running_bot
from tests.scripted_rasa import ScriptedRasa, step_answer

pytestmark = pytest.mark.slow


@pytest.fixture
async def editable(rasa: ScriptedRasa, content_folder: Path, tmp_path: Path) -> AsyncIterator[World]:
    async with running_bot(rasa.url, tmp_path, Library(content_folder)) as world:
        yield world


async def until_reloaded(world: World, text: str, expected: str) -> str:
    """Ask until the answer shows the edit; the last answer."""
    chat = await world.person()
    for _ in range(40):
        [answer] = await chat.say(text)
        if expected in answer.text:
            break
    return answer.text


async def test_texts_risk_words_and_contacts(editable: World, rasa: ScriptedRasa, content_folder: Path) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    text = content_folder / "answers/work-rights/unpaid-wages/en.md"
    text.write_text(text.read_text(encoding="utf-8").replace("title: ", "title: EDITED ", 1), encoding="utf-8")
    assert "EDITED" in await until_reloaded(editable, "q", "EDITED")

    safety = content_folder / "safety/en.yml"
    safety.write_text(
        safety.read_text(encoding="utf-8").replace("emergency:\n", "emergency:\n  - purple elephant\n", 1)
    )
    assert "Emergency numbers" in await until_reloaded(editable, "purple elephant", "Emergency numbers")

    contacts = content_folder / "contacts.csv"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace("+7 727 258 45 98", "+7 727 258 45 99"))
    rasa.replies["unhcr"] = [{"say": "find_help", "entities": {"country": "KZ", "need": "asylum"}}]
    assert "45 99" in await until_reloaded(editable, "unhcr", "45 99")

    text.write_text("broken", encoding="utf-8")
    contacts.write_text(contacts.read_text(encoding="utf-8").replace("+7 727 258 45 99", "+7 727 258"))
    await editable.services.store.reload()
    assert editable.services.store.errors()
    assert "EDITED" in await until_reloaded(editable, "q", "EDITED")
    assert "45 99" in await until_reloaded(editable, "unhcr", "45 99")


async def test_the_folder_being_replaced_by_a_checkout(
    editable: World, rasa: ScriptedRasa, content_folder: Path
) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    shutil.rmtree(content_folder / "answers/work-rights")
    await editable.services.store.reload()
    chat = await editable.person()
    [screen] = await chat.say("q")
    assert "📚 Topics" in screen.button_texts
