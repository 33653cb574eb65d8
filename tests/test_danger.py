"""Risk words get the SOS card at once, in every language, without Rasa; calm questions do not."""

from pathlib import Path

import pytest
import yaml

from bot.content import Content, exam
from bot.folding import fold
from bot.languages import LANGUAGES
from bot.paths import CONTENT
from bot.safety import RiskWords
from bot.sandbox.client import Message
from tests.conversation import Chat, Live, World
from tests.scripted_rasa import ScriptedRasa

DANGERS = {"emergency", "self_harm"}
EXAM = exam.read(CONTENT)
LIKE_DANGER = {"At night the door is locked from outside and a man sits in front of it."}
"""Questions of the exam with another label that bring the SOS card, and rightly so."""
HARMLESS = yaml.safe_load(Path(__file__).with_name("harmless.yml").read_text(encoding="utf-8"))


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


@pytest.mark.parametrize("language", sorted(HARMLESS))
def test_what_only_sounds_like_danger_is_no_alarm(content: Content, language: str) -> None:
    risks = RiskWords(content)
    assert len(HARMLESS[language]) >= 20
    assert [text for text in HARMLESS[language] if risks.find(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_risk_words_in_the_exam(content: Content, language: str) -> None:
    """They never mistake one danger for the other, find most of both, and cry wolf at no other question."""
    risks = RiskWords(content)
    found = [(row, risks.find(row.text)) for row in EXAM if row.language == language]
    danger = [(row.label, risk) for row, risk in found if row.label in DANGERS]
    assert len(danger) >= 12
    assert [pair for pair in danger if pair[1] not in (None, pair[0])] == []
    assert sum(risk is not None for _, risk in danger) >= 0.75 * len(danger)
    wolves = [row.text for row, risk in found if risk and row.label not in DANGERS]
    assert [text for text in wolves if not any(like in text for like in LIKE_DANGER)] == []


@pytest.mark.rasa
async def test_every_danger_in_the_exam_brings_its_card(live: Live, content: Content) -> None:
    """By risk words or, where nobody thought of them, by Rasa: not one person is left with an ordinary answer."""
    cards = {"emergency": ("sos", "self_harm"), "self_harm": ("self_harm",)}
    missed = [
        row.text
        for row in EXAM
        if row.label in DANGERS
        for step in (await live.world.services.dialogue.respond(f"exam-{row.language}-{row.line}", row.text))[:1]
        if step.say not in cards[row.label]
    ]
    assert missed == []


async def test_the_card_needs_no_rasa_and_has_the_numbers_of_the_country(world: World, rasa: ScriptedRasa) -> None:
    rasa.down = True
    chat = await world.person()
    await chat.begin("en", "abroad", "UZ", "KZ")
    [card] = await chat.say("help me they are beating me")
    assert "Kazakhstan: 112 · 101 · 102 · 103" in card.text
    assert "Russia" not in card.text
    assert rasa.received == []
    assert "🙈 Hide this chat" in card.button_texts


async def test_the_card_names_one_organisation_and_opens_its_contact(world: World) -> None:
    chat = await world.person()
    await chat.begin("en", "abroad", "UZ", "KZ")
    [card] = await chat.say("/sos")
    first, *others = datas(card)
    assert first.startswith("contact:")
    assert others == ["further:emergency:KZ", "hide"]
    [contact, *_] = await chat.press(first)
    assert contact.text.splitlines()[0] in card.text
    assert card.text in [message.text for message in chat.user.messages], "the card stays"


def datas(message: Message) -> list[str]:
    return [button.data for row in message.buttons for button in row]


async def test_without_a_country_the_card_lists_several_and_asks(chat: Chat) -> None:
    [card] = await chat.say("🆘 SOS")
    assert "Kazakhstan, Russia, Kyrgyzstan, Tajikistan, Uzbekistan, Türkiye: 112" in card.text
    [card] = await chat.press("sos:RU")
    assert "Russia: 112 · 101 · 102 · 103" in card.text
    assert "Kazakhstan" not in card.text


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
