"""Every page of every web server passes a scan of headers: the routes are those of the running servers.

The list is that of OWASP's Secure Headers project.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.content import Library
from bot.database import Database
from bot.observing.server import create_app as create_metrics
from bot.observing.watch import Watch
from bot.paths import ROOT
from bot.rasa import RasaClient
from bot.rasa.process import free_port
from bot.sandbox.server import listen
from bot.web_headers import SecureHeaders
from bot.webserver import serving_web
from tests.conversation import running_bot
from tests.desk import Desk, running_desk
from tests.few_answers import few_answers
from tests.scripted_rasa import ScriptedRasa
from tests.webhook import SECRET_HEADER, hooked

WANTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
TELLING = {"server", "x-powered-by", "x-aspnet-version", "via"}
"""Headers that say what runs here."""
EXAMPLES = {"lang": "ru", "name": "safety/en.yml", "user_id": "1", "token": "1:x", "method": "getMe"}
"""What stands in the place of a parameter, by its name; others are called as the answer that is there."""
REFUSED = {"PUT", "PATCH", "DELETE"}
"""Methods that nobody uses but the sandbox, on one route."""


@dataclass(frozen=True)
class Server:
    """One web server; `methods` of every path, with examples in the place of parameters."""

    url: str
    methods: dict[str, set[str]]


def paths(routes: Iterable[BaseRoute], before: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every path below `routes`, files included."""
    for route in routes:
        if isinstance(route, Route):
            path = re.sub(r"\{(\w+)(?::(\w+))?\}", _example, before + route.path)
            yield path, set(route.methods or ())
        elif isinstance(route, Mount) and isinstance(route.app, StaticFiles):
            yield from ((f"{before}{route.path}/{file}", {"GET", "HEAD"}) for file in _files(route.app))
        else:
            assert isinstance(route, Mount)
            yield from paths(route.routes, before + route.path)


def _example(parameter: re.Match[str]) -> str:
    return EXAMPLES.get(parameter[1], "1" if parameter[2] == "int" else "unpaid-wages")


def _files(static: StaticFiles) -> list[str]:
    assert static.directory is not None
    root = Path(static.directory)
    return [file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()]


@pytest.fixture(scope="module")
async def served(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[dict[str, Server], Desk]]:
    """All web servers of an installation, by name, as they run; and somebody who is signed in at the desk."""
    apps: list[Starlette] = []
    remember = SecureHeaders.__init__

    def noticed(self: SecureHeaders, app: Starlette, policy: str) -> None:
        apps.append(app)
        remember(self, app, policy)

    folder = tmp_path_factory.mktemp("served")
    port, metrics = free_port(), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SecureHeaders, "__init__", noticed)
        async with (
            running_bot(shared_rasa.url, folder, library, metrics_port=metrics, **hooked(port)) as world,
            running_desk(few_answers(folder / "content")) as desk,
        ):
            addresses = {
                "/login": ("desk", desk.url),
                "/hook": ("webhook", f"http://127.0.0.1:{port}"),
                "/metrics": ("metrics", f"http://127.0.0.1:{metrics}"),
                "/bot1:x/getMe": ("sandbox", world.url),
            }
            servers = {}
            for app in apps:
                methods: dict[str, set[str]] = {}
                for path, allowed in paths(app.routes):
                    methods.setdefault(path, set()).update(allowed)
                name, url = next(addresses[path] for path in methods if path in addresses)
                servers[name] = Server(url, methods)
            yield servers, desk


@asynccontextmanager
async def asked(http: httpx.AsyncClient, method: str, path: str) -> AsyncIterator[httpx.Response]:
    """An answer, with its body, but for a stream that has no end."""
    async with http.stream(method, path) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
        yield answer


def mistakes(answer: httpx.Response) -> list[str]:
    """What a scanner would say."""
    found = [
        f"{name}: {answer.headers.get(name)}" for name, value in WANTED.items() if answer.headers.get(name) != value
    ]
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    if policy.get("default-src") not in ("'none'", "'self'") or "unsafe" in str(policy):
        found.append(f"content-security-policy: {policy}")
    found += [f"no {name}" for name in ("frame-ancestors", "base-uri") if policy.get(name) != "'none'"]
    if policy.get("form-action") not in ("'none'", "'self'"):
        found.append("form-action is open")
    for power in ("camera", "geolocation", "microphone"):
        if f"{power}=()" not in answer.headers["permissions-policy"]:
            found.append(f"{power} is allowed")
    found += [f"tells {name}" for name in TELLING & set(answer.headers)]
    for cookie in answer.headers.get_list("set-cookie"):
        if not {"httponly", "samesite=strict"} <= set(cookie.lower().split("; ")):
            found.append("an open cookie")
    return found + (_mistakes_of_body(answer) if answer.is_stream_consumed else [])


def _mistakes_of_body(answer: httpx.Response) -> list[str]:
    found = []
    kind = answer.headers.get("content-type", "")
    if answer.content and not kind:
        found.append("no content type")
    if kind.startswith("text/") and "charset=utf-8" not in kind:
        found.append(f"no charset: {kind}")
    if answer.content.lstrip().lower().startswith(b"<!doctype html") is not kind.startswith("text/html"):
        found.append(f"{kind} for {answer.content[:20]!r}")
    if any(word in answer.content for word in (b"Traceback", b"site-packages", str(ROOT).encode())):
        found.append("tells about the inside")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["desk", "sandbox", "webhook", "metrics"])
async def test_every_route_passes_a_scan(served: tuple[dict[str, Server], Desk], name: str) -> None:
    servers, desk = served
    server = servers[name]
    cookies = desk.http.cookies if name == "desk" else None
    found = {}
    async with httpx.AsyncClient(base_url=server.url, cookies=cookies, trust_env=False, timeout=60) as http:
        for path in [*server.methods, "/nothing-here", "/static/../../etc/passwd"]:
            for method in ("GET", "HEAD", "POST", *REFUSED):
                async with asked(http, method, path) as answer:
                    wrong = mistakes(answer) if method != "HEAD" else []
                    if answer.status_code >= 500:
                        wrong.append("an error of the server")
                    if wrong:
                        found[method, path] = (answer.status_code, wrong)
    assert found == {}
    assert len(server.methods) >= {"desk": 30, "sandbox": 20, "webhook": 1, "metrics": 3}[name]


@pytest.mark.slow
async def test_other_methods_than_those_of_a_route_are_refused(served: tuple[dict[str, Server], Desk]) -> None:
    servers, desk = served
    for name, server in servers.items():
        headers = {"Origin": server.url} if name == "desk" else {}
        cookies = desk.http.cookies if name == "desk" else None
        async with httpx.AsyncClient(base_url=server.url, cookies=cookies, headers=headers, trust_env=False) as http:
            for path, allowed in server.methods.items():
                for method in REFUSED - allowed:
                    assert (await http.request(method, path)).status_code in (404, 405), (name, method, path)


@pytest.mark.slow
async def test_a_form_from_elsewhere_is_refused_on_every_route_of_the_desk(
    served: tuple[dict[str, Server], Desk],
) -> None:
    servers, desk = served
    async with httpx.AsyncClient(base_url=desk.url, cookies=desk.http.cookies, trust_env=False) as http:
        for path in servers["desk"].methods:
            for headers in ({}, {"Origin": "https://evil.example"}):
                assert (await http.post(path, headers=headers)).status_code == 403, path


@pytest.mark.slow
async def test_over_tls_the_cookie_goes_over_tls_only(served: tuple[dict[str, Server], Desk]) -> None:
    _, desk = served
    over_tls = {"X-Forwarded-Proto": "https", "Origin": desk.url}
    async with httpx.AsyncClient(base_url=desk.url, trust_env=False) as http:
        answer = await http.post("/login", data={"name": "Айгүл"}, headers=over_tls)
        assert answer.status_code == 303
        [cookie] = answer.headers.get_list("set-cookie")
        assert "; secure" in cookie.lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        plain = await http.post("/login", data={"name": "Айгүл"}, headers={"Origin": desk.url})
    assert "; secure" not in plain.headers["set-cookie"].lower(), "the loopback has no TLS, and must keep its session"
    assert "strict-transport-security" not in plain.headers


@pytest.mark.slow
async def test_the_style_of_the_sheet_is_the_only_one_it_may_have(served: tuple[dict[str, Server], Desk]) -> None:
    answer = await served[1].http.get("/translations/sheet/ru")
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


class Broken(Collector):
    """Figures that cannot be made."""

    def collect(self) -> Iterable[Metric]:
        """Fail, with what must not be shown."""
        raise RuntimeError("Zulfiya +992 900 00 00 00")


async def test_an_error_shows_nothing_of_the_inside(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}")
    listener = listen("127.0.0.1", 0)
    async with RasaClient("http://127.0.0.1:9") as rasa:
        app = create_metrics(Watch(rasa, database), Broken())
        async with serving_web(app, listener), httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"http://127.0.0.1:{listener.getsockname()[1]}/metrics")
    await database.close()
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert mistakes(answer) == []


async def test_the_webhook_tells_a_stranger_nothing(served: tuple[dict[str, Server], Desk]) -> None:
    async with httpx.AsyncClient(base_url=served[0]["webhook"].url, trust_env=False) as http:
        for headers in ({}, {SECRET_HEADER: "wrong"}):
            answer = await http.post("/hook", json={}, headers=headers)
            assert (answer.status_code, answer.content) == (403, b"")
