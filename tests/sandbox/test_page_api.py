"""What the page and the test client can do, and who may not."""

import json

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.sandbox.client import Sandbox, SandboxError, SandboxUser
from bot.sandbox.page import is_loopback


async def test_people_are_added_side_by_side(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    first = await sandbox.user("Гулнора", language_code="tg")
    second = await sandbox.user("Гулнора", language_code="uz")
    third = await sandbox.user("Staff", user_id=42)
    assert first.id > 2**32
    assert second.id != first.id
    assert third.id == 42
    users = (await http.get("/sandbox/api/users")).json()
    assert [user["first_name"] for user in users] == ["Гулнора", "Гулнора", "Staff"]
    assert users[0]["language_code"] == "tg"
    with pytest.raises(SandboxError, match="already"):
        await sandbox.user("Another", user_id=42)
    with pytest.raises(SandboxError, match="needs a name"):
        await sandbox.user(" ")


async def test_new_messages_are_those_after_the_last_action(bot: Bot, user: SandboxUser) -> None:
    for text in ("1", "2"):
        await bot.send_message(user.id, text)
    assert [m.text for m in await user.wait_for_messages(2)] == ["1", "2"]
    await bot.send_message(user.id, "late")
    await user.send("салом")
    await bot.send_message(user.id, "3")
    assert [m.text for m in await user.wait_for_messages()] == ["3"]


async def test_waiting_in_vain_shows_the_chat(user: SandboxUser) -> None:
    with pytest.raises(TimeoutError, match="Gulnora: /start"):
        await user.wait_for_messages(timeout=0.05)


async def test_the_newest_button_is_pressed(bot: Bot, user: SandboxUser) -> None:
    for data in ("old", "new"):
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Ҳа", callback_data=data)]])
        await bot.send_message(user.id, "?", reply_markup=markup)
    await user.press("Ҳа")
    await user.refresh()
    assert user.unanswered_callbacks == ["new"]
    with pytest.raises(SandboxError, match="no button 'Не'"):
        await user.press("Не")


async def test_what_a_person_cannot_do(bot: Bot, user: SandboxUser) -> None:
    sent = await bot.send_message(user.id, "x")
    with pytest.raises(SandboxError, match="is not a text of this person"):
        await user.edit(sent.message_id, "y")
    with pytest.raises(SandboxError, match="empty"):
        await user.send("  ")
    with pytest.raises(SandboxError, match="no stand-in for film"):
        await user.attach("film")


async def test_contact_and_location_are_the_persons_own(bot: Bot, user: SandboxUser) -> None:
    await user.share_contact()
    await user.share_location(38.5, 68.7)
    _, contact, location = [update.message for update in await bot.get_updates()]
    assert contact.contact.phone_number.startswith("+999"), "an unassigned country: nobody's number"
    assert location.location.latitude == 38.5


async def test_events_start_with_the_whole_chat(http: httpx.AsyncClient, bot: Bot, user: SandboxUser) -> None:
    path = f"/sandbox/api/events?user={user.id}"
    events = []
    async with http.stream("GET", path) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if not line.startswith("data: "):
                continue
            events.append(json.loads(line.removeprefix("data: ")))
            if len(events) == 1:
                sent = await bot.send_message(user.id, "салом")
                await bot.edit_message_text("хайр", user.id, sent.message_id)
                await bot.send_chat_action(user.id, "typing")
                await bot.delete_message(user.id, sent.message_id)
                await bot.set_my_name("Мусофир")
            if events[-1]["type"] == "profile":
                break
    assert [event["type"] for event in events] == [
        "state",
        "message",
        "edited",
        "action",
        "deleted",
        "profile",
    ]
    assert events[0]["messages"][0]["message"]["text"] == "/start"
    assert events[2]["message"]["text"] == "хайр"


async def test_one_stream_brings_all_chats(http: httpx.AsyncClient, sandbox: Sandbox, user: SandboxUser) -> None:
    events = []
    async with http.stream("GET", "/sandbox/api/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
                if events[-1]["type"] == "group":
                    other = await sandbox.user("Staff", user_id=42)
                    await other.send("салом")
                if events[-1]["type"] == "message":
                    break
        assert (await http.get("/sandbox/api/events?user=1")).status_code == 404
    assert [(e["type"], e.get("chat_id", e.get("user", {}).get("id"))) for e in events] == [
        ("state", user.id),
        ("group", None),
        ("state", 42),
        ("message", 42),
    ]


@pytest.mark.wrong_calls
async def test_refused_calls_are_shown_to_whom_they_were_meant_for(
    http: httpx.AsyncClient, token: str, sandbox: Sandbox, user: SandboxUser
) -> None:
    await http.get(f"/bot{token}/sendMessage", params={"chat_id": user.id})
    [refusal] = await sandbox.refusals()
    assert refusal["description"] == "Bad Request: message text is empty"
    assert refusal["method"] == "sendMessage"


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_other_sites_are_refused(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for path in ("/", "/sandbox/api/users", "/sandbox/static/page.css"):
        assert (await http.get(path, headers=headers)).status_code == 403


async def test_the_page_loads_nothing_from_elsewhere(http: httpx.AsyncClient, address: str) -> None:
    page = await http.get("/?start=a-unpaid-wages", headers={"Origin": address})
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert '<html lang="' in page.text
    assert "://" not in page.text
    assert (await http.get("/sandbox/static/page.css")).status_code == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8081", True),
        ("localhost", True),
        ("[::1]:8081", True),
        ("", False),
        ("192.168.1.2", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_names(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


async def test_mistakes_are_explained(http: httpx.AsyncClient, user: SandboxUser) -> None:
    missing = await http.post(f"/sandbox/api/users/{user.id}/send", json={})
    unknown = await http.get("/sandbox/api/users/1")
    nonsense = await http.post("/sandbox/api/users", json=[])
    assert missing.json() == {"error": "the field 'text' is missing"}
    assert unknown.status_code == 404
    assert nonsense.status_code == 400
