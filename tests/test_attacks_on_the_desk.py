"""Paths, SQL, markup, redirects and forms that are too much, at the desk and the page of the sandbox."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.database.kept import all_kept, keep
from bot.paths import ROOT
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.server import running as running_sandbox
from tests.desk import Desk, browser

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
CLIMBING = [
    "/static/../../../pyproject.toml",
    "/static/..%2f..%2f..%2fpyproject.toml",
    "/static/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
    "/static//etc/passwd",
    "/static/..\\..\\..\\pyproject.toml",
    "/static/....//....//pyproject.toml",
    "/static/x%00.css",
]


async def raw(url: str, path: str, cookie: str = "") -> bytes:
    """The answer to a path that no client would send as it is."""
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    host = address.netloc.decode()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


@pytest.mark.parametrize("path", CLIMBING)
async def test_no_path_climbs_out_of_the_static_files(desk: Desk, path: str) -> None:
    inside = (ROOT / "pyproject.toml").read_bytes()[:40]
    cookie = f"desk={desk.http.cookies['desk']}"
    async with running_sandbox(SANDBOX_TOKEN) as sandbox:
        answers = [await raw(desk.url, path, cookie), await raw(sandbox, f"/sandbox{path}")]
    for answer in answers:
        assert answer.split(b" ")[1] in (b"404", b"400", b"405"), answer[:200]
        assert inside not in answer
        assert b"root:" not in answer


@pytest.mark.parametrize("name", ["..", "%2e%2e", "../contacts.csv", "unpaid-wages%2f..%2f..", "xx", "'--", "%00"])
async def test_an_answer_or_contact_that_is_none_is_not_here(desk: Desk, name: str) -> None:
    cookie = f"desk={desk.http.cookies['desk']}"
    for path in (
        f"/answers/{name}/en",
        f"/answers/unpaid-wages/{name}",
        f"/contacts/{name}",
        f"/translations/sheet/{name}",
    ):
        status = int((await raw(desk.url, path, cookie)).split(b" ")[1])
        assert status in (303, 400, 404), (path, status)


async def test_sql_in_a_search_finds_nothing_and_breaks_nothing(desk: Desk) -> None:
    everything = await desk.get("/contacts")
    for attack in ("' OR 1=1 --", "%' UNION SELECT * FROM people --", "'; DROP TABLE contacts; --", "%", "_"):
        answer = await desk.http.get("/contacts", params={"q": attack, "country": attack, "need": attack})
        assert answer.status_code == 200
        assert answer.text.count("/contacts/C") == 0, attack
    assert await desk.get("/contacts") == everything


async def test_markup_in_what_people_asked_and_in_names_is_shown_as_words(desk: Desk) -> None:
    await keep(desk.database, f"{SCRIPT} [x](javascript:alert(1))", "en", [], datetime.now(UTC).date())
    async with desk.colleague(SCRIPT) as mallory:
        form = await mallory.form("/contacts/C001")
        await mallory.send("/contacts/C001", **form | {"organisation": SCRIPT, "about_en": SCRIPT})
    for path in ("/", "/questions", "/contacts", "/contacts/C001", "/history"):
        page = await desk.get(path)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert 'href="javascript:' not in page, path
    assert "&lt;script&gt;" in await desk.get("/questions")
    assert SCRIPT.replace("<", " ").replace(">", " ").split() == desk.git("log", "-1", "--format=%an").split()


async def test_nobody_is_sent_elsewhere(desk: Desk) -> None:
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aX: y"):
        answer = await desk.send("/review/unpaid-wages/ky", hash="x", back=back)
        assert answer.headers["location"] == "/translations", back


async def test_a_header_cannot_be_smuggled_in(desk: Desk) -> None:
    for value in ("a-unpaid-wages\r\nX-Evil: 1", 'a"; filename="x.exe'):
        answer = await desk.http.get("/posters/poster", params={"start": value, "lang": "en", "format": "pdf"})
        assert answer.status_code == 422
        assert "x-evil" not in answer.headers


async def test_a_form_of_too_many_fields_is_refused_and_the_desk_lives(desk: Desk) -> None:
    answer = await desk.send("/login", **{f"field{n}": "x" for n in range(5000)})
    assert answer.status_code < 500
    many = await desk.http.post("/login", files={f"file{n}": ("x", b"x") for n in range(2000)})
    assert many.status_code == 400
    assert "<h1>" in await desk.get("/")


async def test_a_file_is_taken_for_what_it_holds_not_for_its_name(desk: Desk, tmp_path: Path) -> None:
    hostile = "../../../../tmp/contacts.csv"
    answer = await desk.send("/contacts/import", files={"file": (hostile, b"id,organisation\n", "text/csv")})
    assert answer.status_code in (200, 422)
    assert not (desk.root.parent / "tmp").exists()
    assert desk.git("status", "--porcelain") == ""


async def test_a_forged_session_is_nobody(desk: Desk) -> None:
    forged = desk.http.cookies["desk"].partition(".")[0] + ".aaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"
    async with browser(desk.url) as http:
        for cookie in (forged, "", ".", "x" * 4000, "eyJuYW1lIjoiTSJ9"):
            http.cookies.set("desk", cookie)
            assert (await http.get("/contacts")).headers["location"] == "/login"
    assert await all_kept(desk.database) == []
