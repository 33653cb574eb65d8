"""What the pages in deploy/ say is so: the tests they name exist, their links lead somewhere, their quotes are ours."""

import ast
import re
from functools import cache

import pytest

from bot.paths import ROOT

DEPLOY = ROOT / "deploy"
PROMISES = (DEPLOY / "promises.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/\w+\.py)::(\w+)`", PROMISES)
PAGES = ("privacy.md", "incidents.md", "promises.md", "operator.md", "safety.md", "monitoring.md", "small-server.md")


@cache
def names_of_tests(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_the_test_of_a_promise_exists(path: str, test: str) -> None:
    assert test in names_of_tests(path)


def test_every_promise_names_a_test() -> None:
    rows = [line for line in PROMISES.splitlines() if line.startswith("| ")][2:]
    assert [row for row in rows if not row.startswith("| **") and "::test_" not in row] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere_and_pages_stay_short(page: str) -> None:
    text = (DEPLOY / page).read_text(encoding="utf-8")
    assert text.count("\n") < 200
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (DEPLOY / link).exists(), link


def test_quotes_are_from_our_texts() -> None:
    """Quotes stand in the second column; a text that changes takes its row along."""
    english = [*(ROOT / "content").rglob("en.md"), *(ROOT / "content").rglob("en.yml")]
    ours = _plain(" ".join(file.read_text(encoding="utf-8") for file in english))
    rows = [line.split("|") for line in (DEPLOY / "safety.md").read_text(encoding="utf-8").splitlines()]
    quotes = [quote for row in rows if len(row) == 5 for quote in re.findall(r'"([^"]{25,})"', row[2])]
    assert len(quotes) > 20
    assert [quote for quote in quotes if _plain(quote) not in ours] == []


def _plain(text: str) -> str:
    return " ".join(text.replace("*", "").split())
