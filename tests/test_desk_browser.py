"""A day at the desk in headless Chromium: staff on one page, a person in the chat of the running bot on another.

`make pictures` keeps the pictures in `tests/pictures/`; otherwise they go to a temporary folder.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.contacts.cells import read_sheet
from bot.content import Library
from bot.paths import CONTENT
from bot.rasa import RasaClient
from bot.rasa.chosen import ChosenRasa
from bot.runner import SANDBOX_TOKEN, background
from bot.sandbox.client import Sandbox
from bot.sandbox.group import GROUP_ID
from bot.sandbox.server import running as running_sandbox
from bot.training.folder import ModelFolder
from bot.training.model import train
from tests.conversation import World, bot_with
from tests.desk import EDITOR, Desk, running_desk
from tests.scripted_rasa import ScriptedRasa
from tests.test_desk_contacts import workbook

playwright = pytest.importorskip("playwright.async_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]
expect = playwright.expect
ALWAYS_OPEN = "hours: 24/7\ntimezone: Asia/Bishkek\n"
NEW_TITLE = "Айлыгымды беришкен жок"
TRAINING = 600_000
"""Milliseconds that a training on a slow machine may take."""


@dataclass
class Workplace:
    """The desk and the chat, each in a page of its own."""

    desk: playwright.Page
    chat: playwright.Page
    parts: Desk
    world: World
    pictures: Path

    async def open(self, path: str) -> None:
        """Go to a page of the desk."""
        await self.desk.goto(self.parts.url + path)

    async def photograph(self, name: str) -> None:
        """A picture of the desk."""
        await self.desk.screenshot(path=self.pictures / f"desk-{name}.png")

    async def say(self, text: str) -> None:
        """The person writes a message."""
        await self.chat.get_by_test_id("message-input").fill(text)
        await self.chat.keyboard.press("Enter")

    async def press(self, label: str) -> None:
        """The person presses the newest button with this label."""
        await self.chat.get_by_test_id("inline-button").filter(has_text=label).last.click()

    def words(self, key: str) -> str:
        """How a text of the Kyrgyz pages begins."""
        return str(getattr(self.parts.store.content.page("ky"), key)).strip()[:25]

    async def hears(self, text: str) -> None:
        """Wait until the bot has said this in its newest message."""
        await expect(self.chat.get_by_test_id("chat").locator("[data-from=bot]").last).to_contain_text(
            text, timeout=30_000
        )


@asynccontextmanager
async def workplace(content_folder: Path, rasa: RasaClient, tmp_path: Path, models: Path) -> AsyncIterator[Workplace]:
    (content_folder / "office.yml").write_text(ALWAYS_OPEN, encoding="utf-8")
    (tmp_path / "bot").mkdir()
    database = tmp_path / "bot" / "musafir.sqlite3"
    async with (
        running_sandbox(SANDBOX_TOKEN) as url,
        Sandbox(url) as sandbox,
        bot_with(url, sandbox, rasa, tmp_path / "bot", Library(content_folder), GROUP_ID) as world,
        running_desk(content_folder, models=models, database_url=f"sqlite:///{database}") as desk,
        playwright.async_playwright() as api,
    ):
        browser = await api.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        office = await browser.new_page(viewport={"width": 1100, "height": 800})
        chat = await browser.new_page(viewport={"width": 1000, "height": 860}, locale="ky-KG")
        problems: list[str] = []
        office.on("console", lambda message: problems.append(message.text) if _is_fault(message) else None)
        for page in (office, chat):
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: problems.append(str(error)))
        await office.goto(desk.url)
        await office.get_by_label("Your name").fill(EDITOR)
        await office.get_by_role("button", name="Sign in").click()
        await chat.goto(url)
        await chat.get_by_test_id("start").click()
        await chat.get_by_test_id("inline-button").filter(has_text="Кыргызча").click()
        pictures = Path(os.environ.get("MUSAFIR_PICTURES", tmp_path))
        place = Workplace(office, chat, desk, world, pictures)
        for _ in range(3):
            await place.press("Өткөрүү")
        yield place
        await browser.close()
        assert problems == []


def _is_fault(message: playwright.ConsoleMessage) -> bool:
    """What the browser complains of, but for the status of a form that was sent back with its mistakes."""
    return message.type == "error" and "status of 422" not in message.text


async def test_a_day_at_the_desk(rasa: ScriptedRasa, content_folder: Path, tmp_path: Path) -> None:
    async with (
        RasaClient(rasa.url) as client,
        workplace(content_folder, client, tmp_path, tmp_path / "models") as place,
    ):
        await edit_a_text(place)
        await sign_it(place)
        await import_contacts(place, tmp_path)
        await hand_over(place)
        await send_news(place)


async def edit_a_text(place: Workplace) -> None:
    desk = place.desk
    await place.open("/answers/unpaid-wages")
    await place.photograph("answer")
    await place.open("/answers/unpaid-wages/ky")
    await desk.get_by_label("Title").fill("А" * 61)
    await desk.get_by_role("button", name="Save").click()
    await expect(desk.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    await place.photograph("mistake")
    await desk.get_by_label("Title").fill(NEW_TITLE)
    await desk.get_by_role("button", name="Save").click()
    await expect(desk.get_by_role("status")).to_contain_text("Saved")
    await asyncio.sleep(2)  # the bot follows the files
    await place.say("/start a-unpaid-wages")
    await place.hears(NEW_TITLE)


async def sign_it(place: Workplace) -> None:
    await place.open("/answers/unpaid-wages")
    section = place.desk.locator("section[lang=ky]")
    await section.get_by_role("button", name=re.compile("I have read this text")).click()
    await expect(place.desk.locator("section[lang=ky] .state")).to_have_text("reviewed")
    await expect(place.desk.locator("section[lang=ky]")).to_contain_text(f"read by {EDITOR}")


async def import_contacts(place: Workplace, tmp_path: Path) -> None:
    rows = [dict(row) for row in read_sheet(place.parts.root / "contacts.csv")[0].rows[:2]]
    rows[0]["phone"] = "+7 727 258"
    file = tmp_path / "contacts.xlsx"
    for phone in ("+7 727 258", "+7 727 258 45 00"):
        rows[0]["phone"] = phone
        file.write_bytes(workbook(rows))
        await place.open("/contacts/import")
        await place.desk.get_by_label(re.compile("Spreadsheet")).set_input_files(file)
        await place.desk.get_by_role("button", name="Look at it first").click()
        if phone == "+7 727 258":
            await expect(place.desk.locator(".problems")).to_contain_text("row 2, column phone")
            await place.photograph("import-mistakes")
    await expect(place.desk.locator(".changes.changed")).to_contain_text("+7 727 258 45 00")
    await place.desk.get_by_role("button", name="Take it over").click()
    await expect(place.desk.get_by_role("status")).to_contain_text("Imported")
    await place.photograph("contacts")


async def hand_over(place: Workplace) -> None:
    chat = place.chat
    await place.say("/help")
    await place.hears("/forget")
    await place.press("Киши менен сүйлөшүү")
    await place.press("Ооба")
    await place.hears(place.words("human_begun"))
    await place.say("жардам керек, кожоюн акча бербейт")
    await chat.get_by_test_id("topic").last.click()
    await expect(chat.get_by_test_id("staff-messages")).to_contain_text("кожоюн акча бербейт")
    await chat.get_by_test_id("staff-input").fill("Саламатсызбы! Кайсы шаардасыз?")
    await chat.get_by_test_id("staff-send").click()
    await chat.screenshot(path=place.pictures / "desk-staff-group.png")
    await place.hears("Кайсы шаардасыз?")
    await chat.get_by_test_id("staff-close").click()
    await expect(chat.get_by_test_id("topic-closed")).to_be_visible()
    await place.hears(place.words("human_ended"))


async def send_news(place: Workplace) -> None:
    desk = place.desk
    await place.say("/news")
    await place.hears("Сиздин жолуңузга")
    await place.press("✅")
    await place.hears(place.words("news_on"))
    await place.open("/news/write")
    await desk.get_by_label("Кыргызча").last.fill("**Чегарада кезек көп.** Эрте чыгыңыз.")
    await desk.get_by_role("button", name="Look at it first").click()
    await expect(desk.locator(".bubble")).to_contain_text("Чегарада кезек көп.")
    await place.photograph("news")
    await desk.get_by_role("button", name=re.compile("Send it to")).click()
    await place.hears("Чегарада кезек көп.")
    await expect(desk.locator("#live")).to_contain_text("sent", timeout=30_000)


UNKNOWN = "зыркылдактын кумпарасы эмнеге бүтпөдү"


@pytest.mark.rasa
async def test_an_unanswered_question_is_learned(content_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(CONTENT / "exam", content_folder / "exam", dirs_exist_ok=True)
    models = ModelFolder(tmp_path / "models")
    content, _ = Library(content_folder).read()
    first = (await asyncio.to_thread(train, content, models.root)).name.removesuffix(".tar.gz")
    models.choose(first)
    async with (
        ChosenRasa(models, first, tmp_path / "rasa.log") as rasa,
        background(rasa.follow()),
        workplace(content_folder, rasa.client, tmp_path, models.root) as place,
    ):
        await rasa.client.wait_until_ready()
        await ask_in_vain(place)
        await teach(place)
        await learned(place, rasa, first)


async def ask_in_vain(place: Workplace) -> None:
    await place.say(UNKNOWN)
    await place.hears(place.words("keep_question"))
    await place.press("✅")
    await place.hears(place.words("question_kept"))


async def teach(place: Workplace) -> None:
    desk = place.desk
    await place.open("/")
    await place.photograph("today")
    await place.open("/questions")
    await expect(desk.get_by_label("Question").first).to_have_value(re.compile("кумпарасы"))
    await desk.get_by_label("The answer to this is").select_option("unpaid-wages")
    await place.photograph("questions")
    await desk.get_by_role("button", name="Make it a training question").click()
    await expect(desk.get_by_role("status")).to_contain_text("belong to")
    await place.open("/training")
    await desk.get_by_role("button", name="Train now").click()
    await expect(desk.get_by_role("progressbar")).to_be_visible()
    await expect(desk.locator("#live")).to_contain_text("The new model has taken over", timeout=TRAINING)
    await place.photograph("trained")


async def learned(place: Workplace, rasa: ChosenRasa, before: str) -> None:
    for _ in range(60):
        if rasa.model != before:
            break
        await asyncio.sleep(1)
    await place.say(UNKNOWN)
    title = place.parts.store.content.answers["unpaid-wages"].texts["ky"].title
    await expect(place.chat.get_by_test_id("messages")).to_contain_text(title)
