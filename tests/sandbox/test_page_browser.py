"""The page in a real browser: what a person sees and presses."""

import shutil
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

from bot.sandbox.group import GROUP_ID

playwright_api = pytest.importorskip("playwright.async_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
expect = playwright_api.expect


@pytest.fixture
async def page(address: str) -> AsyncIterator[playwright_api.Page]:
    """The page on a small phone, opened by a link to an answer; errors in the console fail the test."""
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="ru-RU")
        page.set_default_timeout(5000)
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{address}/?start=a-unpaid-wages")
        yield page
        await browser.close()
        assert problems == []


async def chat_id(page: playwright_api.Page) -> int:
    return int(await page.get_by_test_id("chat").first.get_attribute("data-user-id") or 0)


async def test_a_conversation(page: playwright_api.Page, bot: Bot) -> None:
    see = page.get_by_test_id
    await bot.set_my_description("Ҳуқуқҳои шумо")
    await bot.set_my_commands([("help", "Help")])
    await expect(see("description")).to_contain_text("Ҳуқуқҳои шумо")
    await expect(see("person")).to_contain_text("Русский")
    await see("start").click()
    await expect(see("message")).to_contain_text("/start a-unpaid-wages")

    user = await chat_id(page)
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Ҳа", callback_data="yes")]])
    hostile = "&lt;img src=x onerror=alert(1)&gt; <b>маош</b> +999 44 600 11 22"
    sent = await bot.send_message(user, hostile, parse_mode="HTML", reply_markup=markup)
    answer = page.locator("[data-from=bot]").first
    await expect(answer.get_by_test_id("message-text")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(answer.locator("strong")).to_have_text("маош")
    await expect(answer.get_by_test_id("phone-link")).to_have_attribute("href", "tel:+999446001122")

    await answer.get_by_test_id("inline-button").click()
    await expect(answer.get_by_test_id("spinner")).to_be_visible()
    query = (await bot.get_updates())[-1].callback_query
    await bot.answer_callback_query(query.id, "Занг занед: 112", show_alert=True)
    await expect(answer.get_by_test_id("spinner")).to_have_count(0)
    await expect(see("alert")).to_contain_text("Занг занед: 112")
    await page.keyboard.press("Enter")
    await bot.edit_message_text("дигар шуд", user, sent.message_id)
    await expect(answer.get_by_test_id("edited")).to_be_visible()

    await see("message-input").fill("/h")
    await expect(see("suggestion")).to_contain_text("/help")
    await see("message-input").fill("салом")
    await page.keyboard.press("Enter")
    await expect(see("message").last).to_contain_text("салом")
    await bot.delete_message(user, sent.message_id)
    await expect(answer).to_have_count(0)
    overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow == 0


async def test_cards_keyboards_and_another_person(page: playwright_api.Page, bot: Bot) -> None:
    see = page.get_by_test_id
    await see("start").click()
    await expect(see("message")).to_be_visible()
    user = await chat_id(page)
    keyboard = ReplyKeyboardMarkup([["Контактҳо"], [KeyboardButton("Рақам", request_contact=True)]])
    await bot.send_contact(user, "+99900000000", "Хатти боварӣ", reply_markup=keyboard)
    await bot.send_venue(user, 38.56, 68.77, "Дафтар", "кӯчаи Рӯдакӣ 1")
    await expect(see("contact-card")).to_contain_text("+99900000000")
    await expect(see("venue-address")).to_have_text("кӯчаи Рӯдакӣ 1")
    await see("reply-button").filter(has_text="Рақам").click()
    await see("share-contact-share").click()
    await expect(see("contact-card")).to_have_count(2)
    await see("chat-menu").click()
    await see("block").click()
    await expect(see("start")).to_have_text("RESTART")

    await see("add-user").click()
    await see("new-user-language").select_option("tg")
    await see("new-user-add").click()
    second = page.locator("[data-testid=chat].chosen")
    await expect(second.get_by_test_id("person")).to_contain_text("Тоҷикӣ")
    await see("tab").first.click()
    await expect(second.get_by_test_id("person")).to_contain_text("Русский")


async def test_the_staff_group(page: playwright_api.Page, bot: Bot) -> None:
    see = page.get_by_test_id
    await see("staff-tab").click()
    await expect(see("staff-empty")).to_be_visible()
    await expect(see("staff-input")).to_be_hidden()
    first = (await bot.create_forum_topic(GROUP_ID, "K7Q2 · Тоҷикӣ")).message_thread_id
    await bot.send_message(GROUP_ID, "<b>маош</b>", message_thread_id=first, parse_mode="HTML")
    second = (await bot.create_forum_topic(GROUP_ID, "M3XA · Русский")).message_thread_id
    await bot.send_message(GROUP_ID, "помогите", message_thread_id=second)
    await expect(see("topic")).to_have_text(["M3XA · Русский new", "K7Q2 · Тоҷикӣ"])
    await expect(see("staff-messages")).to_contain_text("маош")
    await expect(see("staff-messages")).not_to_contain_text("помогите")
    await see("topic").first.focus()
    await page.keyboard.press("Enter")
    await expect(see("staff-messages")).to_contain_text("помогите")
    await expect(see("topic").first).to_have_attribute("aria-current", "true")

    await see("staff-input").fill("Где вы?")
    await page.keyboard.press("Enter")
    await expect(see("staff-messages")).to_contain_text("Где вы?")
    written = (await bot.get_updates())[-1].message
    assert (written.text, written.message_thread_id) == ("Где вы?", second)
    await see("staff-close").click()
    await expect(see("staff-messages")).to_contain_text("/close")
    await bot.close_forum_topic(GROUP_ID, second)
    await expect(see("topic-closed")).to_be_visible()
    await expect(see("staff-input")).to_be_hidden()

    await see("tab").first.click()
    await expect(see("staff")).to_be_hidden()
    await bot.send_message(GROUP_ID, "боз", message_thread_id=first)
    await expect(see("staff-tab")).to_have_text("Staff group · new")
    await page.reload()
    await see("staff-tab").click()
    await expect(see("topic")).to_have_count(2)
    overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow == 0
