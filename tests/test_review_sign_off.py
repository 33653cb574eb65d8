"""A review belongs to the text that was read: it says who and when, and a later change withdraws it."""

from datetime import date
from pathlib import Path

import pytest

from bot.content import Library, Severity, State, review, translations
from bot.errors import MusafirError
from bot.languages import Language
from tests.translator import Office, translate

ANSWER = "answers/work-rights/unpaid-wages"
DAY = date(2026, 11, 22)
FILES = {
    "unpaid-wages": f"{ANSWER}/ky.md",
    "guide:wage-claim": "guides/wage-claim/ky.yml",
    "pages": "pages/ky.yml",
    "safety": "safety/ky.yml",
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def sign(office: Office, id_: str, language: Language = "ky", by: str = "Айгүл Т.") -> bool:
    return translations.review(office.read().translated()[id_], language, by, DAY, office.content)


def state(office: Office, id_: str, language: Language = "ky") -> State:
    return office.read().states()[id_][language]


def warnings(office: Office) -> list[str]:
    library = Library(office.content)
    content, _ = library.read()
    found = review.check(content, library, DAY)
    return [str(problem) for problem in found if problem.severity is Severity.WARNING and "reviewed it" in problem.what]


@pytest.mark.parametrize("id_", FILES)
def test_a_review_adds_its_lines_and_nothing_else(office: Office, id_: str) -> None:
    translations.stamp(office.read().translated()[id_], "ky", office.content)
    before = office.files()
    assert sign(office, id_)
    assert state(office, id_) is State.REVIEWED
    after = office.files()
    name = f"content/{FILES[id_]}"
    assert {file for file in after if after[file] != before[file]} == {name}
    new = [line for line in after[name].decode().splitlines() if line not in before[name].decode().splitlines()]
    assert [line.split(":")[0] for line in new] == ["status", "reviewed_by", "reviewed_on", "reviewed_hash"]
    assert new[1:3] == ["reviewed_by: Айгүл Т.", "reviewed_on: 2026-11-22"]
    assert not sign(office, id_)  # nothing to write a second time

    assert translations.withdraw(office.read().translated()[id_], "ky", office.content)
    assert office.files() == before


@pytest.mark.parametrize(
    ("id_", "old", "new"),
    [
        ("unpaid-wages", "title: ", "title: Азыр "),
        ("unpaid-wages", "\n1. ", "\n1. Азыр "),
        ("guide:wage-claim", "  country: ", "  country: Азыр "),
        ("pages", "Эчтеке эмес.", "Эч нерсе эмес."),
        ("safety", "Коопсуз учурда", "Коопсуз кезде"),
    ],
)
def test_a_change_withdraws_the_review(office: Office, id_: str, old: str, new: str) -> None:
    sign(office, id_)
    assert warnings(office) == []
    office.edit(FILES[id_], old, new)
    assert state(office, id_) is State.DRAFT
    [warning] = warnings(office)
    assert "changed since Айгүл Т. reviewed it on 2026-11-22, so it counts as a draft" in warning
    assert f"musafir translations review --lang ky --by NAME {id_}" in warning
    sign(office, id_, by="Нурбек А.")
    assert state(office, id_) is State.REVIEWED
    assert warnings(office) == []


@pytest.mark.parametrize(
    ("id_", "old", "new"),
    [
        ("unpaid-wages", "questions:\n", "questions:\n  - айлык кайда калды ай\n"),
        ("safety", "emergency:\n", "emergency:\n  - мени сабап жатышат азыр\n"),
    ],
)
def test_questions_and_risk_words_are_not_what_was_reviewed(office: Office, id_: str, old: str, new: str) -> None:
    sign(office, id_)
    office.edit(FILES[id_], old, new)
    assert state(office, id_) is State.REVIEWED


def test_a_change_of_the_english_makes_a_reviewed_translation_outdated(office: Office) -> None:
    sign(office, "guide:wage-claim")
    office.edit("guides/wage-claim/en.yml", "title: ", "title: Now ")
    assert state(office, "guide:wage-claim") is State.OUTDATED
    sign(office, "guide:wage-claim")
    assert state(office, "guide:wage-claim") is State.REVIEWED


def test_english_can_be_reviewed_too(office: Office) -> None:
    assert sign(office, "unpaid-wages", "en", "Ann")
    assert state(office, "unpaid-wages", "en") is State.REVIEWED
    assert state(office, "unpaid-wages", "ky") is State.DRAFT  # the words are the same: nothing is outdated
    office.edit(f"{ANSWER}/en.md", "title: ", "title: Now ")
    assert state(office, "unpaid-wages", "en") is State.DRAFT


def test_a_review_of_no_text_in_particular_does_not_count(office: Office) -> None:
    office.edit(f"{ANSWER}/ky.md", "status: draft", "status: reviewed\nreviewed_by: X\nreviewed_on: 2026-11-01")
    assert state(office, "unpaid-wages") is State.DRAFT
    assert len(warnings(office)) == 1


def test_an_import_withdraws_the_review_of_what_it_changes(office: Office) -> None:
    sign(office, "unpaid-wages")
    sign(office, "safety")
    office.take_over(translate(office.export(), "xlsx", {f"{ANSWER}#title": "Айлыгым келген жок"}))
    assert state(office, "unpaid-wages") is State.DRAFT
    assert state(office, "safety") is State.REVIEWED


@pytest.mark.parametrize("by", ["", "  ", "\n"])
def test_a_review_has_a_name(office: Office, by: str) -> None:
    with pytest.raises(MusafirError, match="say who has read it"):
        sign(office, "unpaid-wages", by=by)
    assert state(office, "unpaid-wages") is State.DRAFT


def test_a_text_that_is_missing_cannot_be_reviewed(office: Office) -> None:
    (office.content / ANSWER / "ky.md").unlink()
    with pytest.raises(MusafirError, match="has no text in ky: write it first"):
        sign(office, "unpaid-wages")


def test_all_states_are_counted(office: Office) -> None:
    (office.content / "guides/wage-claim/ru.yml").unlink()
    office.edit("safety/en.yml", "sos: |\n", "sos: |\n  Now.\n\n")
    sign(office, "unpaid-wages")
    states = office.read().states()
    assert set(states) == {*FILES, "topics", "needs"}
    assert states["guide:wage-claim"]["ru"] is State.MISSING
    assert states["safety"]["ru"] is State.OUTDATED
    assert states["unpaid-wages"]["ky"] is State.REVIEWED
    assert states["topics"]["ru"] is State.DRAFT
