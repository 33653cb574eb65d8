"""What is taken out of a question before staff may read it, in six languages and as people really type."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.content import Content
from bot.learning.scrub import GAP, LIMIT, Scrubber
from bot.learning.vocabulary import WORD, Vocabulary

_DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d){4,}")


@pytest.fixture(scope="module")
def scrubber(content: Content) -> Scrubber:
    return Scrubber(Vocabulary(content))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        # English
        ("Zulfiya from Kulob, his name is Farrukh, call +992 93 555 12 34", "… from Kulob, his name is …, call …"),
        (
            "Hello my name is John Smith, my boss Mr. Karimov took my passport AA1234567 in Almaty",
            "Hello my name is …, my boss … took my passport … in Almaty",
        ),
        ("my naem is farrukh i work in moskow", "my naem is … i work in moskow"),
        ("my friend Vera has no papers", "my friend … has no papers"),
        ("I'm in Warsaw since May, I've no contract", "I'm in Warsaw since May, I've no contract"),
        ("farrukh at gmail dot com wrote that", "… wrote that"),
        # Russian
        (
            "меня зовут Умед Каримов, начальник Иванов забрал паспорт 4509 123456 в Москве",
            "меня зовут …, начальник … забрал паспорт … в Москве",
        ),
        ("menya zavut umed, xozyain ne platit uje 3 mesyatsa", "menya zavut …, xozyain ne platit uje 3 mesyatsa"),
        ("муж Фаррух Саидов работает в Сургуте, 8 (926) 123-45-67", "муж … работает в Сургуте, …"),
        ("мой брат фаррух пропал в Екатеринбурге", "мой брат … пропал в Екатеринбурге"),
        ("хозяйка Вера Петровна не отдает паспорт", "хозяйка … не отдает паспорт"),
        ("работаю у ивановой в Саратове", "работаю у … в Саратове"),
        ("живу в Москве улица Гагарина 12", "живу в Москве улица … 12"),
        # Kazakh
        (
            "Менің атым Айдос, ағам Нұрлан Ресейде жұмыс істейді, телефоны 8 701 123 45 67",
            "Менің атым …, ағам … Ресейде жұмыс істейді, телефоны …",
        ),
        ("menin atym aidos zhumabai, ailyk joq", "menin atym …, ailyk joq"),
        ("Шымкенттегі жұмыс туралы", "Шымкенттегі жұмыс туралы"),
        # Kyrgyz
        ("менин атым айбек, акчамды бербей жатат", "менин атым …, акчамды бербей жатат"),
        ("ысымым Бакыт Токтогулов", "ысымым …"),
        ("Асан уулу Бактыяр Бишкекте иштейт", "… уулу … Бишкекте иштейт"),
        # Tajik
        ("номи ман Фаррух Шарипов, аз Кӯлоб", "номи ман …, аз Кӯлоб"),
        ("номам умед, дар Маскав кор мекунам", "номам …, дар Маскав кор мекунам"),
        ("корфармо рахимзода пул намедиҳад", "корфармо … пул намедиҳад"),
        # Uzbek
        ("mening ismim Otabek Yusupov, Moskvada ishlayman", "mening ismim …, Moskvada ishlayman"),
        ("исмим Отабек, пулимни бермаяпти", "исмим …, пулимни бермаяпти"),
        ("men farrux toshkentdan, akam jamshid qamalib qoldi", "men … toshkentdan, akam … qamalib qoldi"),
        ("doʻstim Umid Karimov Polshada", "doʻstim … Polshada"),
        ("xotinim abdullayeva shikoyat qildi", "xotinim … shikoyat qildi"),
    ],
)
def test_names_are_taken_out(scrubber: Scrubber, written: str, kept: str) -> None:
    assert scrubber.scrub(written) == kept


@pytest.mark.parametrize(
    "secret",
    [
        "+7 (701) 123-45-67",
        "8.926.123.45.67",
        "８９２６１２３４５６７",
        "8\u200b9261234567",
        "8 600 1234 5678 9012",
        "AA1234567",
        "4509 123456",
        "А123ВС77",
        "12.05.1988",
        "1\n2\n3\n4\n5",
        "farrukh@mail.ru",
        "farrukh @ mail.ru",
        "@farrukh_77",
        "farrukh_77",
        "https://vk.com/farrukh",
        "t.me/farrukh",
        "www.farrukh.example",
        "instagram.com/farrukh",
        "farrukh.uz",
    ],
)
def test_numbers_links_and_accounts_are_taken_out(scrubber: Scrubber, secret: str) -> None:
    assert scrubber.scrub(f"how can they see my papers {secret} and why") == "how can they see my papers … and why"


def test_small_numbers_and_years_stay(scrubber: Scrubber) -> None:
    written = "in 2023 i worked 3 months for 900 euro, 12 hours a day"
    assert scrubber.scrub(written) == written


def test_a_long_story_keeps_its_end(scrubber: Scrubber) -> None:
    kept = scrubber.scrub("they did not pay " * 100 + "where do i complain")
    assert len(kept) <= LIMIT
    assert kept.startswith("…")
    assert kept.endswith("where do i complain")


@settings(deadline=None)
@given(before=st.text(max_size=40), after=st.text(max_size=40), data=st.data())
def test_long_numbers_never_survive(scrubber: Scrubber, before: str, after: str, data: st.DataObject) -> None:
    separators = st.text(alphabet=" -.()/+:", max_size=2)
    number = "".join(
        data.draw(st.sampled_from("0123456789")) + data.draw(separators)
        for _ in range(data.draw(st.integers(5, 20), label="digits"))
    )
    kept = scrubber.scrub(f"{before}{number}{after}")
    assert not any(_DIGITS.search(piece) for piece in kept.split(GAP))


@settings(deadline=None)
@given(before=st.text(max_size=40), address=st.emails(), after=st.text(max_size=40))
def test_addresses_never_survive(scrubber: Scrubber, before: str, address: str, after: str) -> None:
    kept = scrubber.scrub(f"{before} {address} {after}")
    assert "@" not in kept
    assert address.partition("@")[2] not in kept


@settings(deadline=None)
@given(st.text(max_size=4096))
@example("a" * 4096)
@example("1a" * 2048)
@example("_" * 4096)
@example("")
def test_any_text_gives_one_short_line(scrubber: Scrubber, written: str) -> None:
    kept = scrubber.scrub(written)
    assert len(kept) <= LIMIT
    assert "\n" not in kept


def _lost(scrubber: Scrubber, questions: list[str]) -> float:
    words = sum(len(WORD.findall(question)) for question in questions)
    return 1 - sum(len(WORD.findall(scrubber.scrub(question))) for question in questions) / words


def _questions(content: Content, every: int) -> Iterator[str]:
    for answer in list(content.answers.values())[::every]:
        for text in answer.texts.values():
            yield from (question for question in text.questions if len(question) < LIMIT)


@pytest.mark.slow
def test_ordinary_questions_stay_readable(scrubber: Scrubber, content: Content) -> None:
    assert _lost(scrubber, list(_questions(content, 10))) < 0.015


@pytest.mark.slow
def test_questions_in_new_words_stay_readable(content: Content) -> None:
    """Questions under answers whose words the vocabulary was never shown."""
    others = {id_: answer for position, (id_, answer) in enumerate(content.answers.items()) if position % 10}
    unfamiliar = Scrubber(Vocabulary(replace(content, answers=others)))
    assert _lost(unfamiliar, list(_questions(content, 10))) < 0.025
