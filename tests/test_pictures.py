"""The page in headless Chromium with the real bot and Rasa: what the README shows is what a person sees.

`make pictures` keeps the pictures in `tests/pictures/`; otherwise they go to a temporary folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Library
from tests.conversation import Live, running_bot

playwright = pytest.importorskip("playwright.async_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.rasa,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return Path(os.environ.get("MUSAFIR_PICTURES", tmp_path))


@pytest.fixture
async def page(live: Live, library: Library, tmp_path: Path) -> AsyncIterator[playwright.Page]:
    """The page of a sandbox that nobody has used, with the Rasa that the other tests use."""
    async with running_bot(live.process.url, tmp_path, library) as world, playwright.async_playwright() as api:
        browser = await api.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": 400, "height": 860}, device_scale_factor=1.5)
        page.set_default_timeout(15_000)
        await page.goto(world.url)
        yield page
        await browser.close()


async def say(page: playwright.Page, text: str, expected: str) -> None:
    """Type a message and wait until the answer is there."""
    await page.get_by_test_id("message-input").fill(text)
    await page.keyboard.press("Enter")
    await playwright.expect(page.locator("[data-from=bot]").last).to_contain_text(expected)


async def press(page: playwright.Page, label: str, expected: str) -> None:
    """Press the newest button with this label and wait for what it shows."""
    await page.get_by_test_id("inline-button").filter(has_text=label).last.click()
    await playwright.expect(page.locator("[data-from=bot]").last).to_contain_text(expected)


async def photograph(page: playwright.Page, path: Path) -> None:
    """A picture that begins with the newest message of the bot."""
    await page.locator("[data-from=bot]").last.evaluate("message => message.scrollIntoView({block: 'start'})")
    await page.screenshot(path=path)


async def test_a_first_conversation(page: playwright.Page, pictures: Path) -> None:
    await page.get_by_test_id("start").click()
    await playwright.expect(page.locator("[data-from=bot]").last).to_contain_text("Language")
    await page.screenshot(path=pictures / "welcome.png")
    await page.get_by_test_id("inline-button").filter(has_text="Тоҷикӣ").click()
    await playwright.expect(page.get_by_test_id("inline-button").filter(has_text="Ҳозир дар хориҷам")).to_be_visible()
    for label in ("Ҳозир дар хориҷам", "Тоҷикистон", "Русия"):
        await page.get_by_test_id("inline-button").filter(has_text=label).last.click()
    await playwright.expect(page.get_by_test_id("inline-button").filter(has_text="Роҳнамо")).to_be_visible()
    await say(page, "маошамро намедихад чи кор кунам", "Моҳонаамро намедиҳанд")
    await photograph(page, pictures / "answer.png")
    await press(page, "Кӣ кумак мекунад", "+7 966 031 22 22")
    await photograph(page, pictures / "contacts.png")
    await say(page, "ёрӣ диҳед маро зада истодаанд", "112")
    await photograph(page, pictures / "sos.png")


async def tap(page: playwright.Page, label: str, progress: str) -> None:
    """Answer a question of a guide, which takes the place of the one before; wait for what comes next."""
    await page.get_by_test_id("inline-button").filter(has_text=label).last.click()
    await playwright.expect(page.locator("[data-from=bot]").last).to_contain_text(progress)


async def test_guides_and_the_directory(page: playwright.Page, pictures: Path) -> None:
    await page.get_by_test_id("start").click()
    await page.get_by_test_id("inline-button").filter(has_text="Русский").click()
    for label in ("Я сейчас за границей", "Кыргызстан", "Казахстан"):
        await page.get_by_test_id("inline-button").filter(has_text=label).last.click()
    await playwright.expect(page.get_by_test_id("inline-button").filter(has_text="Шаг за шагом").last).to_be_visible()
    await say(page, "/guides", "Шаг за шагом")
    await press(page, "Проверить предложение работы", "1 из")
    for number, label in enumerate(("Казахстан", "Дома", "Соцсети"), start=2):
        await tap(page, label, f"{number} из")
    await photograph(page, pictures / "guide-question.png")
    await tap(page, "Я плачу до отъезда", "5 из")
    for number in range(6, 13):
        await tap(page, "Пропустить", f"{number} из")
    await tap(page, "Сегодня или никогда", "Не платите за место")
    await photograph(page, pictures / "guide-result.png")
    await say(page, "/guides", "Шаг за шагом")
    await press(page, "Список дел перед отъездом", "1 из")
    for number in range(2, 10):
        await tap(page, "Пропустить", f"{number} из")
    await tap(page, "Пропустить", "☐ 1")
    await tap(page, "☐ 1", "☑ 1")
    await photograph(page, pictures / "checklist.png")
    await say(page, "юрист в Алматы, дайте телефон", "☝️")
    await photograph(page, pictures / "best-first.png")
