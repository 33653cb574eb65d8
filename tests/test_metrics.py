"""Operators see how the bot does, and nothing about anybody."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Library
from bot.database.figures import FEWEST
from bot.languages import LANGUAGES
from bot.observing.metrics import ANY, FEW
from bot.observing.request import method_of
from bot.observing.version import content_digest
from bot.runner import SANDBOX_TOKEN
from tests.conversation import Chat
from tests.observed import Observed, observed_bot
from tests.scripted_rasa import ScriptedRasa, step_answer

NAME = "Zulfiyazq"
STORY = "Farrukhzq from Kulobzq took my passportzq, call +992 93 555 12 34 or mail zq@example.tj"


@pytest.fixture(scope="module")
async def shared_bot(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Observed]:
    """One bot for all tests here; its figures only grow, so each looks at what was added."""
    folder = tmp_path_factory.mktemp("observed")
    async with observed_bot(shared_rasa.url, folder, library, staff_chat_id=None) as bot:
        yield bot


@pytest.fixture
async def bot(shared_bot: Observed, rasa: ScriptedRasa) -> Observed:
    """The bot, with an empty script of Rasa."""
    await shared_bot.world.sandbox.clear_faults()
    return shared_bot


async def somebody(bot: Observed, language: str = "en") -> Chat:
    """A person who has chosen a language."""
    chat = await bot.world.person(NAME, language)
    await bot.world.services.people.update(bot.world.services.people.pseudonym(chat.user.id), language=language)
    return chat


async def test_updates_and_calls_are_counted_by_kind(bot: Observed) -> None:
    before = await bot.figures()
    chat = await somebody(bot)
    await chat.say("/topics")
    await chat.press("topic:documents")
    await chat.say("hello")
    for kind in ("command", "button", "text"):
        assert await bot.growth(before, "musafir_updates_total", kind=kind) == 1
    for method, times in {"sendMessage": 2, "editMessageText": 1, "answerCallbackQuery": 1}.items():
        assert await bot.growth(before, "musafir_bot_api_calls_total", times, method=method, result="ok") >= times


async def test_each_part_of_the_way_to_an_answer_is_timed(bot: Observed, rasa: ScriptedRasa) -> None:
    rasa.replies["question"] = [step_answer("unpaid-wages")]
    before = await bot.figures()
    chat = await somebody(bot)
    await chat.say("question")
    for part in ("update", "turn", "risk_words", "rasa", "database", "rendering", "bot_api"):
        assert await bot.growth(before, "musafir_part_seconds_count", part=part) >= 1
        assert (await bot.figures()).value("musafir_part_seconds_sum", part=part) > 0, part


async def test_what_goes_wrong_is_counted_by_place_and_type(bot: Observed, rasa: ScriptedRasa) -> None:
    before = await bot.figures()
    await bot.world.sandbox.fault("sendMessage", error_code=400)
    await (await somebody(bot)).say("/topics")
    rasa.down = True
    await (await somebody(bot)).say("question")
    for name, labels in (
        ("musafir_errors_total", {"place": "rasa"}),
        ("musafir_errors_total", {"place": "handler", "type": "BadRequest"}),
        ("musafir_bot_api_calls_total", {"method": "sendMessage", "result": "4xx"}),
        ("musafir_log_messages_total", {"level": "warning", "logger": "bot.dialogue"}),
        ("musafir_log_messages_total", {"level": "error", "logger": "bot.application"}),
    ):
        assert await bot.growth(before, name, **labels) == 1, (name, labels)


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ({"error_code": 429, "retry_after": 1}, "429"),
        ({"error_code": 403}, "403"),
        ({"error_code": 500}, "5xx"),
    ],
)
async def test_results_of_calls(bot: Observed, fault: dict[str, int], result: str) -> None:
    before = await bot.figures()
    chat = await somebody(bot)
    await bot.world.sandbox.fault("sendMessage", **fault)
    await chat.user.send("/help")
    await chat.user.send("/topics")
    await chat.user.wait_for_messages(1 if result == "403" else 2)
    assert await bot.growth(before, "musafir_bot_api_calls_total", method="sendMessage", result=result) == 1


async def test_outcomes_are_counted_by_language_in_fives(bot: Observed, rasa: ScriptedRasa) -> None:
    """A single question must not stand in the figures with its minute and its language."""
    assert FEW == FEWEST
    rasa.replies["question"] = [step_answer("unpaid-wages", language="ky")]
    chat = await somebody(bot, "ky")

    async def ask() -> float:
        await chat.say("question")
        return (await bot.figures()).value("musafir_outcomes_total", outcome="answer", language="ky")

    start = seen = (await bot.figures()).value("musafir_outcomes_total", outcome="answer", language="ky")
    while seen == start:  # other tests may have left some
        seen = await ask()
    assert [await ask() for _ in range(FEW)] == [seen] * (FEW - 1) + [seen + FEW]


async def test_danger_is_counted_without_its_language(bot: Observed) -> None:
    chat = await somebody(bot, "en")
    for _ in range(2 * FEW):
        await chat.say("help me they are beating me")
    figures = await bot.figures()
    assert figures.value("musafir_outcomes_total", outcome="sos", language=ANY) >= FEW
    assert figures.value("musafir_shown_total", what="sos") >= FEW
    assert {s.labels["language"] for s in figures.samples if s.labels.get("outcome") in ("sos", "self_harm")} == {ANY}


async def test_the_state_of_the_bot(bot: Observed) -> None:
    figures = await bot.figures()
    for name, expected in {
        "musafir_ready": 1,
        "musafir_rasa_up": 1,
        "musafir_database_up": 1,
        "musafir_updates_waiting": 0,
        "musafir_handovers_open": 0,
        "musafir_content_problems": 0,
    }.items():
        assert [sample.value for sample in figures.samples if sample.name == name] == [expected], name
    assert 0 < figures.value("musafir_disk_free_ratio") < 1
    assert figures.value("musafir_database_connections") >= 1
    assert figures.value("process_resident_memory_bytes") > 1_000_000
    [version] = [sample.labels for sample in figures.samples if sample.name == "musafir_version_info"]
    assert re.fullmatch("[0-9a-f]{12}", version["content"])


def test_the_same_content_has_the_same_digest_everywhere(content_folder: Path, tmp_path: Path) -> None:
    before = content_digest(content_folder)
    elsewhere = shutil.copytree(content_folder, tmp_path / "elsewhere", copy_function=shutil.copyfile)
    assert content_digest(elsewhere) == before
    with (elsewhere / "contacts.csv").open("a") as contacts:
        contacts.write("\n")
    assert content_digest(elsewhere) != before


async def test_nothing_of_a_conversation_is_in_the_figures(bot: Observed, rasa: ScriptedRasa) -> None:
    rasa.replies[STORY] = [step_answer("passport-taken", language="tg")]
    person = await bot.world.person(NAME, "tg")
    await person.begin("tg", "abroad", "TJ", "RU")
    for text in (STORY, f"/{NAME.lower()}", f"{STORY} they are beating me", "/start a-passport-taken"):
        await person.say(text)
    rasa.down = True
    await person.say(STORY)
    await bot.world.sandbox.fault("sendMessage", error_code=400, description=f"cannot parse {STORY}")
    await person.say(f"/topics {STORY}")
    figures = await bot.figures()
    pseudonym = bot.world.services.people.pseudonym(person.user.id)
    said = " ".join(f"{sample.name} {sample.labels}" for sample in figures.samples).lower()
    for trace in ("zq", str(person.user.id), pseudonym, "555", "passport", "documents", SANDBOX_TOKEN):
        assert trace not in said, trace
    assert not {"TJ", "RU"} & {value for sample in figures.samples for value in sample.labels.values()}
    assert person.user.id not in {sample.value for sample in figures.samples}


async def test_labels_are_few_words_of_ours(bot: Observed) -> None:
    chat = await somebody(bot)
    await chat.say("/contacts")
    await chat.press("contacts:KZ")
    ours = [sample for sample in (await bot.figures()).samples if sample.name.startswith("musafir_")]
    assert {sample.labels["language"] for sample in ours if "language" in sample.labels} <= {*LANGUAGES, ANY}
    assert len(ours) < 1000
    for sample in ours:
        for value in sample.labels.values():
            assert re.fullmatch(r"[A-Za-z0-9_.+-]{1,60}|", value), value


def test_calls_of_files_do_not_tell_which() -> None:
    assert method_of("https://api.telegram.org/bot1:x/sendMessage") == "sendMessage"
    assert method_of("https://api.telegram.org/file/bot1:x/photos/file_12.jpg") == "file"
