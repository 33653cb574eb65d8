"""A file of the content that is broken while the bot runs: its last good version stays, and mending it is enough."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot import languages
from bot.content import ContentStore, Library
from bot.languages import catalogue
from bot.paths import LOCALES
from bot.runner import refresh_contacts
from tests.conversation import World, running_bot
from tests.few_answers import few_answers
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.webhook import until

ANSWER = "answers/work-rights/unpaid-wages"
FILES = (
    f"{ANSWER}/en.md",
    f"{ANSWER}/tg.md",
    f"{ANSWER}/answer.yml",
    "guides/wage-claim/guide.yml",
    "guides/wage-claim/en.yml",
    "dialogue/ky.yml",
    "needs/en.yml",
    "office.yml",
    "pages/en.yml",
    "safety/uz.yml",
    "sources.yml",
    "topics/en.yml",
)
Damage = Callable[[Path], None]


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] + b"\n{")


def nonsense(file: Path) -> None:
    file.write_text("nonsense\n", encoding="utf-8")


def not_utf8(file: Path) -> None:
    file.write_bytes(file.read_text(encoding="utf-8").encode("utf-16"))


def a_folder(file: Path) -> None:
    file.unlink()
    (file / "inside").mkdir(parents=True)


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_hundred_megabytes(file: Path) -> None:
    with file.open("r+b") as written:
        written.truncate(100_000_000)


def a_loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


DAMAGES: tuple[Damage, ...] = (half, nonsense, not_utf8, a_folder, a_pipe, a_hundred_megabytes)


@pytest.fixture
def store(content_folder: Path) -> ContentStore:
    """The content as a running bot has it."""
    return ContentStore(Library(content_folder))


def put_back(file: Path, text: bytes) -> None:
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    file.unlink(missing_ok=True)
    file.write_bytes(text)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_whatever_is_broken_everything_stays_until_it_is_mended(
    store: ContentStore, content_folder: Path, damage: Damage
) -> None:
    good = store.content
    names = set(FILES) - ({"topics/en.yml"} if damage is half else set())  # half a list of names is a list of names
    for name in names:
        file = content_folder / name
        text = file.read_bytes()
        damage(file)
        await store.reload()
        assert store.content == good, name
        assert file in {problem.file for problem in store.errors()}, name
        put_back(file, text)
        await store.reload()
        assert (store.content, store.errors()) == (good, []), name


@pytest.mark.parametrize("damage", [Path.unlink, a_loop])
async def test_a_file_that_is_gone_while_its_folder_is_there(
    store: ContentStore, content_folder: Path, damage: Damage
) -> None:
    """As while somebody copies a folder over. A translation alone may be taken away; English stands in for it."""
    good = store.content
    for name in set(FILES) - {f"{ANSWER}/tg.md", "office.yml"}:
        text = (content_folder / name).read_bytes()
        damage(content_folder / name)
        await store.reload()
        assert store.content == good, name
        assert store.errors(), name
        put_back(content_folder / name, text)
    await store.reload()
    assert (store.content, store.errors()) == (good, [])


async def test_a_mistake_in_one_entry_takes_nothing_away(store: ContentStore, content_folder: Path) -> None:
    """An answer that names a source which is gone is shown as it was, with that source."""
    file = content_folder / "sources.yml"
    good, text = store.content, file.read_text(encoding="utf-8")
    cited = good.answers["unpaid-wages"].facts.sources[0].id
    file.write_text(text.replace(cited, "another", 1), encoding="utf-8")
    await store.reload()
    assert any("unknown source" in problem.what for problem in store.errors())
    assert store.content.answers == good.answers
    assert store.content.sources[cited] == good.sources[cited]
    file.write_text(text, encoding="utf-8")
    await store.reload()
    assert store.content == good


async def test_while_all_answers_are_away_the_last_ones_stay(store: ContentStore, content_folder: Path) -> None:
    good = store.content
    (content_folder / "answers").rename(content_folder / "away")
    await store.reload()
    assert store.content == good
    (content_folder / "answers" / "work-rights").mkdir(parents=True)
    await store.reload()
    assert store.content == good
    shutil.copytree(content_folder / "away", content_folder / "answers", dirs_exist_ok=True)
    await store.reload()
    assert (store.content, store.errors()) == (good, [])


@pytest.mark.slow
@pytest.mark.parametrize("damage", [half, a_folder, Path.unlink])
async def test_contacts_stay_as_they_were(
    rasa: ScriptedRasa, content_folder: Path, tmp_path: Path, damage: Damage
) -> None:
    """Also when the bot is started with the broken file, and when it was broken at its first start of all."""
    file = content_folder / "contacts.csv"
    text = file.read_bytes()
    damage(file)
    async with running_bot(rasa.url, tmp_path, Library(content_folder)) as world:
        assert world.services.directory.countries() == []
        put_back(file, text)
        await refresh_contacts(world.services)
        known = world.services.directory.countries()
        assert "KZ" in known
        damage(file)
        await refresh_contacts(world.services)
        assert world.services.directory.countries() == known
    async with running_bot(rasa.url, tmp_path, Library(content_folder)) as world:
        assert world.services.directory.countries() == known
        chat = await world.person()
        [people] = await chat.say("/start c-KZ")
        assert "Kazakhstan" in people.text


def test_a_broken_catalogue_costs_the_words_of_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(LOCALES, tmp_path / "locales")
    monkeypatch.setattr(languages, "LOCALES", tmp_path / "locales")
    file = tmp_path / "locales/tg/LC_MESSAGES/musafir.po"
    load = catalogue.__wrapped__
    for damage in (nonsense, not_utf8, a_folder, Path.unlink):
        text = file.read_bytes()
        damage(file)
        assert load("tg").gettext("Menu") == "Menu"
        assert "the buttons of tg are English" in caplog.text
        assert load("ru").gettext("Menu") != "Menu"
        put_back(file, text)
        assert load("tg").gettext("Menu") != "Menu"
        caplog.clear()


@pytest.fixture
async def editable(rasa: ScriptedRasa, content_folder: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A running bot with a folder of its own."""
    async with running_bot(rasa.url, tmp_path, Library(content_folder)) as world:
        yield world


def edit(folder: Path, word: str) -> None:
    file = folder / ANSWER / "en.md"
    file.write_text(file.read_text(encoding="utf-8").replace("title: ", f"title: {word} ", 1), encoding="utf-8")


def change_over(folder: Path, other: Path) -> None:
    """Put another folder in the place of `folder`."""
    folder.rename(folder.parent / "old")
    other.rename(folder)


@pytest.mark.slow
async def test_a_running_bot_follows_the_next_edit_whatever_came_before(
    editable: World, rasa: ScriptedRasa, content_folder: Path, tmp_path: Path
) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    chat = await editable.person()

    def title() -> str:
        return editable.services.content.answers["unpaid-wages"].texts["en"].title

    for file in ("pages/en.yml", "contacts.csv"):
        a_folder(content_folder / file)
    edit(content_folder, "FIRST")
    await until(lambda: "FIRST" in title(), 30)
    [answer] = await chat.say("q")
    assert "FIRST" in answer.text

    mended = tmp_path / "mended"
    few_answers(mended)
    edit(mended, "SECOND")
    change_over(content_folder, mended)
    await until(lambda: "SECOND" in title(), 30)
    edit(content_folder, "THIRD")
    await until(lambda: "THIRD" in title(), 30)
    [answer] = await chat.say("q")
    assert "THIRD" in answer.text
    assert editable.services.store.errors() == []
