"""Risk words get the SOS card at once, in every language, without Rasa; calm questions do not."""

import pytest

from bot.content import Content
from bot.folding import fold
from bot.safety import RiskWords
from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("help me they are beating me", "emergency"),
        ("помогите меня избивают", "emergency"),
        ("ёрӣ диҳед маро зада истодаанд", "emergency"),
        ("yordam bering meni urishyapti", "emergency"),
        ("көмектесіңіз мені ұрып жатыр", "emergency"),
        ("жардам бергиле мени сабап жатышат", "emergency"),
        ("I want to die", "self_harm"),
        ("не хочу жить", "self_harm"),
    ],
)
def test_risk_words(content: Content, text: str, risk: str) -> None:
    assert RiskWords(content).find(text) == risk


def test_every_pattern_finds_itself(content: Content) -> None:
    risks = RiskWords(content)
    for language, texts in content.safety.items():
        for kind in ("emergency", "self_harm"):
            for pattern in getattr(texts, kind):
                written = pattern.lstrip("= ").replace("*", "")
                assert risks.find(written), f"{language}: {pattern}"


@pytest.mark.slow
def test_no_calm_question_raises_the_alarm(content: Content) -> None:
    risks = RiskWords(content)
    serious = {"emergency-care", "children-alone", "stress-and-loneliness", "stranded-in-crisis"}
    serious |= {answer.id for answer in content.in_topic("exploitation")}
    alarms = [
        (answer.id, language, question)
        for answer in content.answers.values()
        if answer.id not in serious
        for language, text in answer.texts.items()
        for question in [text.title, *text.questions]
        if risks.find(question)
    ]
    assert alarms == []


@pytest.mark.parametrize(
    "text", ["help me find a job", "help menu", "помогите найти работу", "мне нужна помощь с патентом"]
)
def test_asking_for_help_is_not_an_alarm(content: Content, text: str) -> None:
    assert RiskWords(content).find(text) is None


async def test_the_card_needs_no_rasa_and_has_the_numbers_of_the_country(world: World, rasa: ScriptedRasa) -> None:
    rasa.down = True
    chat = await world.person()
    await chat.begin("en", "abroad", "UZ", "KZ")
    [card] = await chat.say("help me they are beating me")
    assert "Kazakhstan: 112 · 101 · 102 · 103" in card.text
    assert "Russia" not in card.text
    assert rasa.received == []
    assert "🙈 Hide this chat" in card.button_texts


async def test_without_a_country_the_card_lists_several_and_asks(chat: Chat) -> None:
    [card] = await chat.say("🆘 SOS")
    assert "Kazakhstan: 112" in card.text
    [card] = await chat.press("sos:RU")
    assert "Russia: 112" in card.text
    assert "Kazakhstan: 112" not in card.text


async def test_a_person_who_wants_to_die_gets_a_warm_card(chat: Chat) -> None:
    [card] = await chat.say("I want to die")
    assert "alone" in card.text
    assert "Emergency numbers" in card.text


async def test_a_false_alarm_costs_one_tap(chat: Chat, rasa: ScriptedRasa) -> None:
    candidates = [{"label": "emergency", "confidence": 0.5}, {"label": "unpaid-wages", "confidence": 0.4}]
    rasa.replies["he does not give"] = [{"say": "sos", "candidates": candidates}]
    [card] = await chat.say("he does not give")
    assert "answer:unpaid-wages" in [button.data for row in card.buttons for button in row]


async def test_perhaps_danger_puts_the_sos_button_first(chat: Chat, rasa: ScriptedRasa) -> None:
    candidates = [{"label": "unpaid-wages", "confidence": 0.4}, {"label": "emergency", "confidence": 0.3}]
    rasa.replies["he does not give"] = [{"say": "suggest", "candidates": candidates}]
    [screen] = await chat.say("he does not give")
    assert screen.button_texts[0] == "🆘 SOS: I am in danger"
    assert "answer:unpaid-wages" in [button.data for row in screen.buttons for button in row]


def test_folding_brings_spellings_together() -> None:
    for one, other in [
        ("қарызымды қайтармайды", "karyzymdy kaitarmaidy"),
        ("ҳуҷҷатҳои маро", "hujjathoi maro"),
        ("ойлигимни бермаяпти", "oyligimni bermayapti"),
        ("oʻgʻlim", "o'g'lim"),
        ("Жумуш берүүчү", "jumush beruuchu"),
    ]:
        assert fold(one) == fold(other)
