"""A translator's file with a mistake is refused as a whole, with every mistake named; nothing is written."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bot.errors import ImportRefusedError
from tests.translator import Office, cell, row_of, spreadsheet, translate

ANSWER = "answers/work-rights/unpaid-wages"
TITLE = f"{ANSWER}#title"
GOOD = {"pages#bye": "Жакшы калыңыз."}
"""A text that would be taken over if the rest of the file were right."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def refused(office: Office, data: bytes, ending: str = "xlsx") -> list[str]:
    """What the import complains of; it must not have changed anything."""
    before = office.files()
    with pytest.raises(ImportRefusedError) as error:
        office.take_over(data, ending)
    assert office.files() == before
    assert error.value.problems
    return error.value.problems


def the_only(problems: list[str]) -> str:
    [problem] = problems
    return problem


def swap_ids(sheet: Worksheet) -> None:
    first, second = row_of(sheet, TITLE), row_of(sheet, "pages#thanks")
    sheet.cell(first, 1, "pages#thanks")
    sheet.cell(second, 1, TITLE)


def repeat(sheet: Worksheet) -> None:
    sheet.append([cell.value for cell in sheet[row_of(sheet, TITLE)]])


def other_language(sheet: Worksheet) -> None:
    for row in sheet.iter_rows(min_row=2, min_col=6, max_col=6):
        row[0].value = "ru"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (cell(TITLE, "id", f"{ANSWER}#titel"), [f"there is no text '{ANSWER}#titel' (any more)"]),
        (cell(TITLE, "id", None), ["there is no text ''"]),
        (cell(TITLE, "seal", "000000000000-000000000000-000000000000"), [f"{TITLE}: its id or its hidden cells"]),
        (cell(TITLE, "seal", None), [f"{TITLE}: its id or its hidden cells were changed"]),
        (swap_ids, ["its id or its hidden cells were changed", "its id or its hidden cells were changed"]),
        (repeat, [f"{TITLE} stands here twice, see row "]),
        (cell(TITLE, "translation", "=A1"), ["a formula: type the text itself"]),
        (cell(TITLE, "translation", 12), ["12 is a int, no text"]),
        (cell(TITLE, "language", "kk"), ["rows of several languages: kk, ky"]),
        (lambda sheet: sheet.delete_cols(7), ["these columns must stand here once: seal"]),
    ],
)
def test_what_must_not_change_in_a_spreadsheet(
    office: Office, change: Callable[[Worksheet], object], expected: list[str]
) -> None:
    problems = refused(office, spreadsheet(translate(office.export(), "xlsx", GOOD), change))
    for problem, part in zip(problems, expected, strict=False):
        assert part in problem


def test_the_texts_of_one_language_are_not_those_of_another(office: Office) -> None:
    problems = refused(office, spreadsheet(office.export(), other_language))
    assert len(problems) == len(office.units())
    assert "its id or its hidden cells were changed" in problems[0]


@pytest.mark.parametrize(
    ("id_", "text", "expected"),
    [
        ("pages#human_closed", "Алар азыр жок.", "lost {hours}: copy it from the English"),
        ("pages#bye", "Жакшы калыңыз, {name}.", "{name} is not in the English: take it out"),
        ("interface#as of {date}", "{day} абалы", "lost {date}"),
        ("interface#as of {date}", "{date}, {day}", "{day} is not in the English"),
        (TITLE, "Узун " * 20, "ky.md:2: title: String should have at most 60 characters: shorten it"),
        (f"{ANSWER}#body", "Узун " * 300, "body: String should have at most 1200 characters: shorten it"),
        (f"{ANSWER}#body", "Чалыңыз: +996 312 123456", "a phone number in the text"),
        (
            "guides/wage-claim#choices.job_now.left_job",
            "Узун " * 10,
            "choices.job_now.left_job: Value should have at most 40",
        ),
        ("topics#money", "Узун " * 10, "money: String should have at most 30 characters"),
        ("needs#legal.name", "Узун " * 10, "legal.name: String should have at most 28 characters"),
        ("safety#sos", "Узун " * 200, "sos: String should have at most 200 characters"),
    ],
)
def test_texts_that_the_bot_could_not_use(office: Office, id_: str, text: str, expected: str) -> None:
    problems = refused(office, translate(office.export(), "xlsx", GOOD | {id_: text}))
    assert any(expected in problem for problem in problems), problems


def test_a_link_that_got_lost(office: Office) -> None:
    office.edit(f"{ANSWER}/en.md", "\n\n1. ", " See [the rule](https://example.org/rule).\n\n1. ")
    body = office.units()[f"{ANSWER}#body"].target + "\n"
    problems = refused(office, translate(office.export(), "xlsx", {f"{ANSWER}#body": f"{body}Эрежени караңыз."}))
    assert "lost the link to https://example.org/rule" in the_only(problems)
    with_link = {f"{ANSWER}#body": f"{body}[Эрежени](https://example.org/rule) караңыз."}
    assert office.plan(translate(office.export(), "xlsx", with_link)).changed == [f"{ANSWER}#body"]


def test_newer_work_is_not_overwritten(office: Office) -> None:
    data = office.export()
    office.edit("pages/ky.yml", "Эчтеке эмес.", "Эч нерсе эмес.")
    problems = refused(office, translate(data, "xlsx", GOOD | {"pages#thanks": "Рахмат сизге."}))
    assert "pages#thanks: somebody has changed this translation since the export" in the_only(problems)
    the_same = office.units()["pages#thanks"].target
    assert office.plan(translate(data, "xlsx", GOOD | {"pages#thanks": the_same})).changed == ["pages#bye"]


def test_a_text_that_english_no_longer_has(office: Office) -> None:
    data = office.export()
    office.edit("topics/en.yml", "money:", "sums:")
    assert "there is no text 'topics#money' (any more)" in the_only(refused(office, data))


def test_all_mistakes_are_named_at_once(office: Office) -> None:
    wrong = {"pages#human_closed": "Жабык", TITLE: "Узун " * 20, "topics#money": "Узун " * 10}
    problems = "\n".join(refused(office, translate(office.export(), "xlsx", wrong)))
    assert "lost {hours}" in problems
    assert "title: String should have at most 60" in problems
    assert "money: String should have at most 30" in problems


@pytest.mark.parametrize(
    ("ending", "data", "expected"),
    [
        ("xlsx", b"no workbook", "this is no XLSX file"),
        ("xlsx", b"", "this is no XLSX file"),
        ("po", b'msgid "unfinished\n', "this is no PO file"),
        ("po", b"\xff\xfe", "not UTF-8"),
        ("po", b"", "it names no language"),
        ("xliff", b"<xliff><file>", "this is no XLIFF file"),
        ("xliff", b"<xliff version='2.0' xmlns='urn:oasis:names:tc:xliff:document:2.0'/>", "this is no XLIFF 1.2 file"),
        ("xliff", b"<!DOCTYPE x [<!ENTITY a 'aaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>", "this is no XLIFF file"),
    ],
)
def test_files_that_are_none(office: Office, ending: str, data: bytes, expected: str) -> None:
    assert expected in the_only(refused(office, data, ending))


def test_another_ending(office: Office) -> None:
    with pytest.raises(ImportRefusedError, match=r"back\.docx is no file of translations: use XLSX, PO or XLIFF"):
        office.plan(b"", "docx")


@pytest.mark.parametrize("ending", ["po", "xliff"])
def test_an_entry_that_stands_there_twice(office: Office, ending: str) -> None:
    text = office.export(ending).decode()
    start, end = {"po": ("#. state", "\n\n"), "xliff": ("<trans-unit", "</trans-unit>")}[ending]
    first = text.index(start)
    entry = text[first : text.index(end, first) + len(end)]
    assert "twice" in the_only(refused(office, text.replace(entry, entry * 2, 1).encode(), ending))


@pytest.mark.parametrize("ending", ["po", "xliff"])
def test_an_id_that_was_changed(office: Office, ending: str) -> None:
    data = office.export(ending).replace(b"pages#thanks", b"pages#thinks")
    assert "there is no text 'pages#thinks' (any more)" in the_only(refused(office, data, ending))


def test_a_file_of_the_content_that_is_broken_already(office: Office) -> None:
    data = office.export()
    office.edit(f"{ANSWER}/ky.md", "status: draft", "status: drafty")
    problems = refused(office, translate(data, "xlsx", {TITLE: "Айлыгым келген жок"}))
    assert any("ky.md" in problem and "status" in problem for problem in problems)
