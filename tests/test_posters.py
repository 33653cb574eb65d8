"""A poster: what it says, that a phone can read its QR code, and where the link leads."""

from io import BytesIO
from pathlib import Path

import click
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from pydantic import SecretStr

from bot.cli import commands
from bot.content import Content
from bot.errors import MusafirError
from bot.languages import LANGUAGES, Language
from bot.posters import name_of_bot, write_poster
from bot.render.poster import as_png, poster
from bot.runner import SANDBOX_TOKEN
from bot.settings import Settings
from tests.conversation import World
from tests.scripted_rasa import ScriptedRasa

LINK = "https://t.me/musafir_bot"


def text_of(pdf: bytes) -> str:
    """The words of a one-page PDF, with single spaces."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1, "everything fits on one page"
    words = document[0].get_textpage().get_text_bounded().split()
    document.close()
    return " ".join(words)


def scanned(png: bytes) -> list[str]:
    """What a phone reads in a picture."""
    return [code.text for code in zxingcpp.read_barcodes(Image.open(BytesIO(png)))]


@pytest.mark.parametrize(
    ("start", "language", "says"),
    [
        ("a-unpaid-wages", "en", "My pay has not come"),
        ("a-unpaid-wages", "tg", "Моҳонаамро намедиҳанд"),
        ("t-exploitation", "kk", "Musafir Мәжбүрлі еңбек, зорлық"),
        ("c-KZ", "uz", "Qozogʻiston"),
        ("g-wage-claim", "ky", "Төлөнбөгөн айлыгымды алуу"),
        ("news", "en", "News for my route"),
        ("", "ru", "Musafir"),
    ],
)
def test_the_page_says_what_the_link_opens(content: Content, start: str, language: Language, says: str) -> None:
    page = poster(content, start, language, "@musafir_bot")
    link = f"{LINK}?start={start}" if start else LINK
    text = text_of(page)
    assert says in text
    assert content.page(language).short_description in text
    assert link in text
    assert scanned(as_png(page)) == [link]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_title_fits_on_the_page_with_all_letters(content: Content, language: Language) -> None:
    texts = {f"a-{id_}": answer.text(language)[0].title for id_, answer in content.answers.items()}
    texts |= {f"g-{id_}": guide.text(language).title for id_, guide in content.guides.items()}
    start = max(texts, key=lambda key: len(texts[key]))
    assert texts[start] in text_of(poster(content, start, language, "b" * 32))


def test_letters_of_kazakh_and_tajik_are_drawn(content: Content) -> None:
    kazakh = text_of(poster(content, "", "kk", "musafir_bot"))
    assert set("ұқі") <= set(kazakh)
    tajik = text_of(poster(content, "", "tg", "musafir_bot"))
    assert set("ҳҷқ") <= set(tajik)


@pytest.mark.parametrize(
    ("start", "possible"),
    [
        ("a-no-such", "a-unpaid-wages"),
        ("t-no-such", "t-return"),
        ("c-XX", "c-KZ"),
        ("g-no-such", "g-wage-claim"),
        ("somewhere", "a-<answer>, t-<topic>"),
    ],
)
def test_a_link_to_nowhere_is_refused_with_what_is_possible(content: Content, start: str, possible: str) -> None:
    with pytest.raises(MusafirError) as refused:
        poster(content, start, "en", "musafir_bot")
    assert start in refused.value.what
    assert possible in refused.value.remedy


@pytest.mark.parametrize("name", ["", "ab", "my bot", "t.me/musafir", "мусафир_bot"])
def test_a_name_that_no_bot_can_have_is_refused(content: Content, name: str) -> None:
    with pytest.raises(MusafirError, match="no name of a bot"):
        poster(content, "", "en", name)


# The command


def run(*arguments: str) -> None:
    commands(["poster", *arguments], standalone_mode=False)


def test_the_command_writes_pdf_and_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("--start", "a-unpaid-wages", "--lang", "uz", "--bot", "musafir_bot")
    assert "Oyligimni bermayapti" in text_of((tmp_path / "poster-a-unpaid-wages-uz.pdf").read_bytes())
    run("--lang", "uz", "--bot", "musafir_bot", "-o", "hang-up.png")
    assert scanned((tmp_path / "hang-up.png").read_bytes()) == [LINK]


def test_mistakes_at_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MusafirError, match="neither"):
        run("--lang", "en", "--bot", "musafir_bot", "-o", "poster.jpg")
    with pytest.raises(MusafirError, match="cannot be written"):
        run("--lang", "en", "--bot", "musafir_bot", "-o", "no/such/folder.pdf")
    with pytest.raises(MusafirError, match="would lead nowhere"):
        run("--start", "x-y", "--lang", "en", "--bot", "musafir_bot")
    with pytest.raises(click.UsageError):
        run("--lang", "fr", "--bot", "musafir_bot")
    assert not list(tmp_path.iterdir())


def test_the_ending_decides_whatever_its_case(tmp_path: Path, content: Content) -> None:
    write_poster(poster(content, "", "en", "musafir_bot"), tmp_path / "A.PNG")
    assert (tmp_path / "A.PNG").read_bytes().startswith(b"\x89PNG")


# The bot's name


async def test_the_name_comes_from_telegram(world: World) -> None:
    settings = asking(world.url, SANDBOX_TOKEN)
    assert await name_of_bot(settings) == "musafir_sandbox_bot"


@pytest.mark.parametrize(
    ("token", "base", "wrong"),
    [
        (None, None, "--bot NAME"),
        ("2:wrong", None, "does not know this TELEGRAM_BOT_TOKEN"),
        (SANDBOX_TOKEN, "http://127.0.0.1:9", "cannot be reached"),
    ],
)
async def test_a_name_that_telegram_does_not_tell(world: World, token: str, base: str | None, wrong: str) -> None:
    with pytest.raises(MusafirError, match=wrong):
        await name_of_bot(asking(base or world.url, token))


def asking(base: str, token: str | None) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        telegram_bot_token=SecretStr(token) if token else None,
        telegram_api_base=base,
    )


# Where the links lead


async def test_the_link_to_the_news_opens_the_offer(world: World) -> None:
    chat = await world.person("Ali", "ru")
    [offer] = await chat.say("/start news")
    assert "news:on" in [button.data for row in offer.buttons for button in row]


async def test_the_link_to_a_guide_starts_it(world: World, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = [
        {"say": "guide_question", "id": "wage-claim", "question": "country", "answers": {}}
    ]
    chat = await world.person("Ali", "en")
    [question] = await chat.say("/start g-wage-claim")
    assert "1 of 12" in question.text
    [gone] = await chat.say("/start g-no-such")
    assert "no longer here" in gone.text
