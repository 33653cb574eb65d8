"""Any text is a question: what a person sees for a clear one, an unclear one, and one out of scope."""

from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa, step_answer


async def test_a_clear_question_gets_its_answer(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["my boss does not pay"] = [step_answer("unpaid-wages")]
    [answer] = await chat.say("my boss does not pay")
    assert answer.html.startswith("<b>")
    assert "Draft: no specialist has confirmed this text yet." in answer.text
    assert "Sources · as of 2026-11-21" in answer.text
    labels = answer.button_texts
    assert labels[0] == "👥 Who can help"
    assert "🧭 Get my unpaid pay" in labels
    assert labels[-2:] == ["👍 This helped", "👎 Did not help"]


async def test_what_else_may_have_been_meant_comes_before_related_answers(chat: Chat, rasa: ScriptedRasa) -> None:
    candidates = [{"label": "work-accident", "confidence": 0.5}, {"label": "detained", "confidence": 0.2}]
    rasa.replies["accident"] = [step_answer("work-accident", candidates=candidates)]
    [answer] = await chat.say("accident")
    assert answer.buttons[1][0].data == "answer:detained"


async def test_an_unclear_question_gets_candidates(chat: Chat, rasa: ScriptedRasa) -> None:
    candidates = [{"label": label, "confidence": 0.2} for label in ("police-check", "detained", "expulsion-order")]
    rasa.replies["police ..."] = [{"say": "suggest", "candidates": candidates}]
    [screen] = await chat.say("police ...")
    data = [button.data for row in screen.buttons for button in row]
    assert data[:3] == ["answer:police-check", "answer:detained", "answer:expulsion-order"]
    assert {"topics", "contacts", "sos"} <= set(data)
    [answer] = await chat.press("answer:detained")
    assert "Sources" in answer.text


async def test_out_of_scope_is_said_kindly(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["weather in Osh"] = [{"say": "out_of_scope"}]
    [screen] = await chat.say("weather in Osh")
    assert "outside what I know" in screen.text
    assert "📚 Topics" in screen.button_texts


async def test_the_chosen_language_wins_with_a_button_for_the_other(world: World, rasa: ScriptedRasa) -> None:
    chat = await world.person("Olim", "ru")
    await chat.begin("ru")
    rasa.replies["маошамро намедиҳанд"] = [step_answer("unpaid-wages", language="tg")]
    [answer] = await chat.say("маошамро намедиҳанд")
    assert "Источники" in answer.text
    [other] = await chat.press("🌐 Тоҷикӣ")
    assert other.text.startswith("Моҳонаамро намедиҳанд")


async def test_who_chose_no_language_is_answered_in_the_one_they_write(world: World, rasa: ScriptedRasa) -> None:
    chat = await world.person("Olim", "ru")
    rasa.replies["маошамро намедиҳанд"] = [step_answer("unpaid-wages", language="tg")]
    [answer] = await chat.say("маошамро намедиҳанд")
    assert answer.text.startswith("Моҳонаамро намедиҳанд")


async def test_an_unsure_guess_of_the_language_changes_nothing(chat: Chat, rasa: ScriptedRasa) -> None:
    unsure = {"code": "tg", "confidence": 0.5}
    rasa.replies["x"] = [step_answer("unpaid-wages") | {"language": unsure}]
    [answer] = await chat.say("x")
    assert "🌐 Тоҷикӣ" not in answer.button_texts


async def test_did_this_help(chat: Chat, world: World, rasa: ScriptedRasa) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    await chat.say("q")
    await chat.user.press("👍 This helped")
    await chat.user.wait_for_answers()
    assert chat.user.callback_answers[-1].text == "Thank you. Only the count is kept."
    [ways_on] = await chat.press("👎 Did not help")
    assert "👥 Talk to a person" in ways_on.button_texts


async def test_the_shortcuts_work_in_every_language(chat: Chat) -> None:
    for label in ("📚 Topics", "📚 Темы", "📚 Мавзӯъҳо"):
        [topics] = await chat.say(label)
        assert len(topics.button_texts) == 13


async def test_messages_of_one_chat_are_answered_in_order(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.delay = 0.05
    for number in range(5):
        rasa.replies[f"q{number}"] = [step_answer("detained" if number % 2 else "unpaid-wages")]
        await chat.user.send(f"q{number}")
    await chat.user.wait_for(lambda: len(rasa.received) >= 5)
    asked = [text for text in rasa.received if text.startswith("q")]
    assert asked == [f"q{number}" for number in range(5)]
