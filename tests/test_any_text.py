"""Whatever anybody types, nothing breaks: random text, bytes, endless letters, marks that nobody sees, every script."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content import Content
from bot.folding import fold, fold_each
from bot.guided import open_question, typed_choice
from bot.rasa import RasaClient, Step
from bot.render.callbacks import data, parse
from bot.safety import RiskWords
from tests.conversation import Live

any_text = st.text(max_size=300)
bytes_as_text = st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))


@given(any_text | bytes_as_text)
def test_folding_gives_plain_words(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert folded.replace(" ", "").isascii()
    assert fold(folded) == fold(fold(folded))


@given(st.lists(st.from_regex(r"[\w'ʻʼ’`]+", fullmatch=True), max_size=20))
def test_words_fold_alike_one_by_one_and_together(words: list[str]) -> None:
    assert fold_each(words) == [fold(word) for word in words]


@pytest.fixture(scope="module")
def risks(content: Content) -> RiskWords:
    return RiskWords(content)


@given(text=any_text | bytes_as_text)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_risk_words_survive_anything(risks: RiskWords, text: str) -> None:
    assert risks.find(text) in (None, "emergency", "self_harm")


@given(text=any_text)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_words_in_a_guide_are_a_choice_or_nothing(content: Content, text: str) -> None:
    asked = open_question(Step(say="guide_question", id="offer-check", question="who_pays"), content)
    assert asked
    assert typed_choice(text, asked) in (None, "back", "skip", *asked.question.choices)


@given(st.text(max_size=64))
def test_callback_data_is_known_or_refused(text: str) -> None:
    callback = parse(text)
    assert callback is None or data(callback.verb, *callback.arguments) == text


NASTY = [
    "а" * 4000,
    "\u202e\u202dмаош намедиҳанд\u202c",
    "\u200b\u200c\u200d\ufeff",
    "👩‍👩‍👧‍👦🏳️‍🌈🇰🇬" * 50,
    "\x00\x01\x07\x1b[31m",
    "ﷺ ‮ ⁦ ⁩ Ａｌｍａｔｙ",
    "{{7*7}} ${jndi} '; DROP TABLE people; --",
    '/choose{"choice": ',
    "\ud7ff\ue000\U0010ffff",
    "1" * 500,
    "\n" * 300,
]


@pytest.mark.rasa
@pytest.mark.parametrize("text", NASTY)
async def test_rasa_understands_or_declines_anything(live: Live, text: str) -> None:
    async with RasaClient(live.process.url) as rasa:
        assert await rasa.ask("nasty", text)
