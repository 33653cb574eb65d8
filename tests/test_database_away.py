"""With the database locked or gone, answers, contacts already read, and choices in memory still work."""

import shutil
import sqlite3

from tests.conversation import World
from tests.scripted_rasa import ScriptedRasa, step_answer


async def test_answers_while_the_database_is_locked(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person()
    await chat.begin("en")
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    lock = sqlite3.connect(own_world.database)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        [answer] = await chat.say("q")
        assert "Sources" in answer.text
        other = await own_world.person("Other", "ru")
        [answer] = await other.say("q")
        assert "Источники" in answer.text or "Sources" in answer.text
    finally:
        lock.rollback()
        lock.close()


async def test_answers_and_contacts_after_the_database_is_gone(own_world: World, rasa: ScriptedRasa) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    await (await own_world.person("Earlier")).say("/help")  # by then the jobs have had their first look
    await own_world.services.database.close()
    shutil.rmtree(own_world.database.parent)
    chat = await own_world.person()
    [answer] = await chat.say("q")
    assert "Sources" in answer.text
    [people] = await chat.say("/start c-KZ")
    assert "Kazakhstan" in people.text
    menu = await chat.begin("ru")
    assert "📚 Темы" in menu.button_texts
