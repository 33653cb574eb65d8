"""Dependencies with known vulnerabilities fail `make check`, unless somebody wrote down why they do not reach us."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import SetupError
from bot.sandbox.server import listen
from bot.webserver import serving_web
from tests.audit import PARTS, Accepted, Report, ask, audit, judge, read_accepted

WEEK = "2026-01-01T00:00:00Z"
TODAY = date(2026, 1, 2)
REASON = "nothing that people send reaches it, as a test shows"


def vulnerability(number: str, package: str, fixed: str | None = None) -> dict[str, Any]:
    """One as OSV describes it."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    affected = [{"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges}]
    return {
        "id": number,
        "aliases": [f"CVE-{number}"],
        "summary": "a hole",
        "modified": WEEK,
        "published": WEEK,
        "affected": affected,
    }


@asynccontextmanager
async def osv(*known: dict[str, Any], status: int = 200) -> AsyncIterator[str]:
    """A service that knows these vulnerabilities, whatever the version; yields its address."""
    by_number = {one["id"]: one for one in known}

    async def query(request: Request) -> Response:
        asked = [one["package"]["name"] for one in (await request.json())["queries"]]
        results = [
            {"vulns": [{"id": one["id"], "modified": WEEK} for one in known if name == _package(one)]} for name in asked
        ]
        return JSONResponse({"results": results}, status)

    async def details(request: Request) -> Response:
        return JSONResponse(by_number[request.path_params["number"]])

    app = Starlette(
        routes=[Route("/v1/querybatch", query, methods=["POST"]), Route("/v1/vulns/{number}", details)],
    )
    listener = listen("127.0.0.1", 0)
    async with serving_web(app, listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def _package(one: dict[str, Any]) -> str:
    return str(one["affected"][0]["package"]["name"])


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made up here must not be remembered as if OSV had said it."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))


def locked(part: str) -> dict[str, str]:
    """Package → version in a lock file."""
    file = PARTS[part] / "uv.lock"  # type: ignore[index]
    packages = tomllib.loads(file.read_text(encoding="utf-8"))["package"]
    return {package["name"]: package["version"] for package in packages}


@pytest.fixture(scope="module")
async def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What uv says of our packages where two vulnerabilities are known, one of them without a fix."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("uv")))
        known = vulnerability("TEST-1", "idna", fixed="99.1"), vulnerability("TEST-2", "click")
        async with osv(*known) as service:
            found = await asyncio.to_thread(ask, PARTS["bot"], service)
    assert found is not None
    return found


def accept(**changes: Any) -> Accepted:
    """An entry for a hole in idna."""
    entry = {
        "part": "bot",
        "package": "idna",
        "version": locked("bot")["idna"],
        "ids": ["CVE-TEST-1"],
        "why": REASON,
        "until": "2026-01-02",
    }
    return Accepted.model_validate(entry | changes)


@pytest.mark.slow
async def test_a_vulnerability_with_a_fix_fails_and_says_what_to_do(report: Report) -> None:
    verdict = judge("bot", report, [], TODAY)
    assert verdict.failed
    failed = [line for line in verdict.lines if "FAILED" in line]
    assert len(failed) == 1
    assert f"idna {locked('bot')['idna']}: TEST-1 CVE-TEST-1: a hole (mended in 99.1); update it" in failed[0]


@pytest.mark.slow
async def test_one_that_nobody_has_mended_is_told_and_fails_nothing(report: Report) -> None:
    verdict = judge("bot", report, [accept()], TODAY)
    assert not verdict.failed
    assert any("click" in line and "nobody has mended it yet" in line for line in verdict.lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "failed"),
    [
        ({}, False),
        ({"ids": ["TEST-1"]}, False),
        ({"ids": "all"}, False),
        ({"ids": ["CVE-2026-7"]}, True),
        ({"version": "0.1"}, True),
        ({"part": "nlu"}, True),
        ({"until": "2026-01-01"}, True),
    ],
)
async def test_a_reason_holds_for_its_version_and_until_its_day(
    report: Report, entry: dict[str, Any], failed: bool
) -> None:
    assert judge("bot", report, [accept(**entry)], TODAY).failed is failed


@pytest.mark.slow
async def test_a_reason_that_is_not_needed_any_more_is_named(report: Report) -> None:
    verdict = judge("bot", report, [accept(), accept(package="h11")], TODAY)
    assert [line for line in verdict.lines if "take it out" in line and "h11" in line]


@pytest.mark.slow
async def test_both_lock_files_are_looked_at() -> None:
    async with osv(vulnerability("TEST-2", "rasa", fixed="99")) as service:
        verdict = await asyncio.to_thread(audit, service)
    assert verdict.failed
    assert any(line.startswith("nlu: FAILED rasa") for line in verdict.lines)
    counts = [line for line in verdict.lines if line.startswith(("bot: ", "nlu: ")) and " packages" in line]
    assert len(counts) == 2


@pytest.mark.slow
async def test_without_the_service_that_is_said_and_nothing_fails() -> None:
    nobody = "http://127.0.0.1:9/"
    async with osv(status=503) as broken:
        verdicts = [await asyncio.to_thread(audit, service) for service in (nobody, broken)]
    for verdict in verdicts:
        assert not verdict.failed
        assert "NOT audited" in verdict.lines[0]


@pytest.mark.slow
async def test_another_failure_of_uv_is_no_clean_bill(tmp_path: Path) -> None:
    async with osv() as service:
        with pytest.raises(SetupError, match="failed"):
            await asyncio.to_thread(ask, tmp_path, service)


def test_every_accepted_version_is_the_one_that_is_locked_and_not_overdue() -> None:
    accepted = read_accepted()
    assert [entry for entry in accepted if locked(entry.part).get(entry.package) != entry.version] == []
    longest = date(datetime.now(UTC).year + 1, 12, 31)
    assert [entry.package for entry in accepted if entry.until > longest] == []


def test_an_entry_without_a_reason_is_refused() -> None:
    entry = accept().model_dump() | {"why": "fine"}
    with pytest.raises(ValidationError, match="why"):
        TypeAdapter(list[Accepted]).validate_python([entry])
