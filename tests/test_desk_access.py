"""Who gets to the desk: names, passwords, other sites, other names of this machine, too much at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from bot.desk.attempts import FREE, LONGEST_PAUSE, Attempts
from bot.desk.security import LARGEST_BODY
from bot.desk.server import access
from bot.errors import SetupError
from bot.settings import Settings
from tests.desk import Desk, running_desk

PASSWORD = "correct horse battery"
CONTACT = "/contacts/C001"


def test_a_thousand_guesses_gain_nothing() -> None:
    clock = [0.0]
    attempts = Attempts(PASSWORD, lambda: clock[0])
    compared = 0
    for number in range(1000):
        compared += not attempts.wait("10.0.0.1")
        assert not attempts.is_right("10.0.0.1", f"guess {number}")
        clock[0] += 1.0
    assert compared <= FREE + 10
    assert not attempts.is_right("10.0.0.1", PASSWORD), "the right one neither, while the address has to wait"
    assert attempts.is_right("10.0.0.2", PASSWORD), "somebody else is not kept out"
    clock[0] += LONGEST_PAUSE
    assert attempts.is_right("10.0.0.1", PASSWORD)
    assert attempts.wait("10.0.0.1") == 0


def test_a_desk_that_others_can_reach_wants_a_password() -> None:
    def settings(**values: object) -> Settings:
        return Settings(_env_file=None, musafir_secret="x", **values)  # type: ignore[arg-type]

    with pytest.raises(SetupError, match="DESK_PASSWORD"):
        access(settings(desk_host="0.0.0.0"))
    with pytest.raises(SetupError, match="at least 12"):
        access(settings(desk_host="0.0.0.0", desk_password="short"))
    assert access(settings(desk_host="0.0.0.0", desk_password=PASSWORD)).password == PASSWORD
    assert access(settings()).password is None


@pytest.mark.slow
async def test_the_password_is_asked_and_throttled(content_folder: Path) -> None:
    async with running_desk(content_folder, desk_password=PASSWORD) as desk:
        assert (await desk.http.get("/contacts")).headers["location"] == "/login"
        assert (await desk.sign_in("Айгүл", "wrong")).status_code == 403
        assert (await desk.sign_in("Айгүл", PASSWORD)).status_code == 303
        assert "<h1>" in await desk.get("/contacts")
        await desk.send("/logout")
        statuses = [(await desk.sign_in("Айгүл", f"guess {number}")).status_code for number in range(20)]
        assert statuses[:FREE] == [403] * FREE
        assert set(statuses[FREE:]) == {429}
        late = await desk.sign_in("Айгүл", PASSWORD)
        assert late.status_code == 429
        assert "wait" in late.text


@pytest.mark.slow
async def test_a_form_on_another_site_changes_nothing(desk: Desk) -> None:
    form = await desk.form(CONTACT)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
    ):
        answer = await desk.http.post(CONTACT, data=form | {"phone": "112"}, headers=headers)
        assert answer.status_code == 403, headers
    async with httpx.AsyncClient(base_url=desk.url, cookies=desk.http.cookies) as without_origin:
        assert (await without_origin.post(CONTACT, data=form | {"phone": "112"})).status_code == 403
    assert desk.git("status", "--porcelain") == ""


@pytest.mark.slow
async def test_a_foreign_name_that_points_to_this_machine_is_refused(desk: Desk) -> None:
    answer = await desk.http.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "<h1>" in await desk.get("/")


@pytest.mark.slow
async def test_nobody_sees_anything_before_signing_in(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.url, headers={"Origin": desk.url}) as stranger:
        for path in (
            "/",
            "/contacts",
            "/contacts/contacts.csv",
            "/questions",
            "/files/sources.yml",
            "/figures/figures.csv",
        ):
            answer = await stranger.get(path)
            assert answer.headers["location"] == "/login", path
        assert (await stranger.post("/training/start")).headers["location"] == "/login"
        stranger.cookies.set("desk", "eyJuYW1lIjogIk1hbGxvcnkifQ==.abc.def")
        assert (await stranger.get("/contacts")).headers["location"] == "/login"


@pytest.mark.slow
async def test_two_hundred_megabytes_are_refused_without_reading_them(desk: Desk) -> None:
    cookie = f"desk={desk.http.cookies['desk']}"
    assert " 413 " in await upload(desk.url, cookie, "Content-Length: 200000000", b"")
    chunk = b"%x\r\n%s\r\n" % (1_000_000, b"x" * 1_000_000)
    lines = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    first = b"%x\r\n%s\r\n" % (len(lines), lines)
    endless = first + chunk * (LARGEST_BODY // 1_000_000 + 5)
    assert " 413 " in await upload(desk.url, cookie, "Transfer-Encoding: chunked", endless)
    assert "<h1>" in await desk.get("/")


async def upload(url: str, cookie: str, size: str, body: bytes) -> str:
    """The first line of what the desk answers to an upload of a size that no client would declare."""
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"POST /contacts/import HTTP/1.1\r\nHost: {address.netloc.decode()}\r\nOrigin: {url}\r\nCookie: {cookie}\r\n"
    writer.write(f"{head}Content-Type: multipart/form-data; boundary=x\r\n{size}\r\n\r\n".encode() + body)
    line = await asyncio.wait_for(reader.readline(), 30)
    writer.close()
    return line.decode()


@pytest.mark.slow
async def test_without_the_database_texts_can_still_be_edited(content_folder: Path) -> None:
    (content_folder.parent / "desk.sqlite3").mkdir()
    async with running_desk(content_folder, migrate=False) as desk:
        for path in ("/", "/contacts", "/answers/unpaid-wages/ky", "/texts"):
            assert "<h1>" in await desk.get(path)
        for path in ("/questions", "/figures", "/news"):
            answer = await desk.http.get(path)
            assert answer.status_code == 503
            assert "database cannot be reached" in answer.text
