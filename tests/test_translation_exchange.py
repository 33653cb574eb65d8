"""Texts travel to a translator and back, and change exactly what the translator changed."""

import difflib
import sys
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import cli
from bot.content import Library, State, edit
from bot.content.exchange import export_units, read_units
from bot.content.exchange.units import Unit
from bot.content.library import Content
from bot.content.yamlfile import parse
from bot.paths import CONTENT
from tests.translator import Office, cell, spreadsheet, translate

FORMATS = ("xlsx", "po", "xliff")
ANSWER = "answers/work-rights/unpaid-wages"
GUIDE = "guides/wage-claim"
ONE_LINE = {
    f"{ANSWER}#title": "Айлыгым келген жок",
    f"{GUIDE}#choices.safety.no": "Жок, болгон жок",
    f"{GUIDE}#findings.act_fast": "**Тез болуңуз.** Мөөнөт бар: өтүп кетпесин.",
    "pages#thanks": "Эчтеке эмес, дагы жазыңыз.",
    "topics#money": "💵 Акча: жөнөтүү",
    "needs#legal.name": "Юрист, акысыз",
    "interface#Skip": 'Кийинки "суроо"',
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(edit.tidy)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def changed_lines(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new, but for the note of which English was translated."""
    lines = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    lines = [line for line in lines if "source_hash:" not in line]
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_that_comes_back_as_it_was_changes_nothing(office: Office, ending: str) -> None:
    before = office.files()
    plan = office.take_over(translate(office.export(ending), ending, {}), ending)
    assert (plan.changed, plan.texts) == ([], {})
    assert office.files() == before


@pytest.mark.parametrize("ending", FORMATS)
def test_a_new_text_changes_its_line_and_nothing_else(office: Office, ending: str) -> None:
    before, known = office.files(), office.units()
    plan = office.take_over(translate(office.export(ending), ending, ONE_LINE), ending)
    assert sorted(plan.changed) == sorted(ONE_LINE)

    after, now = office.files(), office.units()
    assert {id_: unit.target for id_, unit in now.items()} == {
        id_: ONE_LINE.get(id_, unit.target) for id_, unit in known.items()
    }
    different = [name for name in before if before[name] != after[name]]
    assert len(different) == 6  # the answer, the guide, the pages, topics, needs, the catalogue
    lines = [changed_lines(before[name], after[name]) for name in different]
    assert sum(len(gone) for gone, _ in lines) == sum(len(new) for _, new in lines) == len(ONE_LINE)


@pytest.mark.parametrize("ending", FORMATS)
def test_texts_of_several_lines(office: Office, ending: str) -> None:
    before, known = office.files(), office.units()
    new = {
        f"{ANSWER}#body": known[f"{ANSWER}#body"].target.replace("\n\n", "\n\nДагы бир сап.\n\n", 1),
        "safety#sos_further": known["safety#sos_further"].target + "\n\nДагы бир сап.",
    }
    office.take_over(translate(office.export(ending), ending, new), ending)
    after = office.files()
    different = {name for name in before if before[name] != after[name]}
    assert different == {f"content/{ANSWER}/ky.md", "content/safety/ky.yml"}
    for name in different:
        assert changed_lines(before[name], after[name])[0] == []
        assert set(changed_lines(before[name], after[name])[1]) == {
            "",
            "Дагы бир сап." if name.endswith("md") else "  Дагы бир сап.",
        }


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.lists(st.tuples(texts, texts.filter(bool)), max_size=4))
def test_every_text_survives_the_way_there_and_back(ending: str, pairs: list[tuple[str, str]]) -> None:
    units = [
        Unit(f"pages#k{number}", source, target, State.DRAFT, "0" * 12, Path("pages/ky.yml"), (f"k{number}",))
        for number, (target, source) in enumerate(pairs)
    ]
    received = read_units(f"x.{ending}", export_units(units, "ky", ending))
    assert received.problems == []
    assert [(entry.id, edit.tidy(entry.target)) for entry in received.entries] == [(u.id, u.target) for u in units]


PLACES = (
    ("pages/ky.yml", ("welcome",)),
    ("pages/ky.yml", ("short_description",)),
    ("needs/ky.yml", ("legal", "name")),
    ("topics/ky.yml", ("money",)),
    (f"{GUIDE}/ky.yml", ("choices", "safety", "no")),
    (f"{GUIDE}/ky.yml", ("findings", "no_papers")),
    (f"{GUIDE}/ky.yml", ("letter", "closing")),
)
FILES = {name: (CONTENT / name).read_text(encoding="utf-8") for name, _ in PLACES}


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(PLACES), texts)
def test_whatever_is_written_into_a_file_reads_back(place: tuple[str, tuple[str, ...]], text: str) -> None:
    name, path = place
    after = edit.set_values(FILES[name], {path: text})
    assert _strings(parse(after).data) == {**_strings(parse(FILES[name]).data), path: text}


def _strings(value: object, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    if not isinstance(value, dict):
        return {path: value.strip() if isinstance(value, str) else value}
    spelled = {True: "yes", False: "no"}
    return {
        key: item
        for name, inner in value.items()
        for key, item in _strings(inner, (*path, spelled.get(name, name))).items()
    }


@pytest.mark.slow
def test_all_files_of_the_content_can_be_edited_without_a_trace() -> None:
    for file in CONTENT.rglob("*.yml"):
        text = file.read_text(encoding="utf-8")
        assert edit.set_values(text, {}) == text, file


def test_comments_and_gaps_stay_where_they_are() -> None:
    text = "# top\na: 1  # one\nstatus: draft\n\n# about b\nb:\n  - x\n  # about y\n  - y\n\nc: |\n  z\n# end\n"
    longer = edit.set_values(text, {("source_hash",): "0e1234567890", ("b",): ["x", "y", "no"], ("c",): "z\nz"})
    assert longer == text.replace("draft\n", "draft\nsource_hash: '0e1234567890'\n").replace(
        "  - y\n", '  - y\n  - "no"\n'
    ).replace("  z\n", "  z\n  z\n")
    assert edit.set_values(longer, {("source_hash",): None, ("b",): ["x", "y"], ("c",): "z"}) == text


def test_a_file_that_a_crash_left_behind_is_no_content(office: Office) -> None:
    before = office.units()
    (office.content / ANSWER / ".ky.md.1a2b3c4d~").write_text("half a fi", encoding="utf-8")
    assert office.units() == before


def test_an_outdated_translation_is_up_to_date_after_it_came_back(office: Office) -> None:
    office.edit(f"{ANSWER}/en.md", "title: ", "title: Now ")
    assert office.read().answers["unpaid-wages"].state("ky") is State.OUTDATED
    data = office.export()
    assert next(iter(office.units().values())).id == f"{ANSWER}#title"  # outdated ones first
    office.take_over(translate(data, "xlsx", {f"{ANSWER}#title": "Азыр айлык келген жок"}))
    assert office.read().answers["unpaid-wages"].state("ky") is State.DRAFT


def test_it_stays_outdated_when_the_english_changed_in_between(office: Office) -> None:
    data = office.export()
    office.edit(f"{ANSWER}/en.md", "title: ", "title: Now ")
    office.take_over(translate(data, "xlsx", {f"{ANSWER}#title": "Айлык келген жок"}))
    answer = office.read().answers["unpaid-wages"]
    assert answer.texts["ky"].title == "Айлык келген жок"
    assert answer.state("ky") is State.OUTDATED


def test_a_part_of_a_text_does_not_make_it_up_to_date(office: Office) -> None:
    office.edit(f"{ANSWER}/en.md", "title: ", "title: Now ")
    data = office.export(keep=lambda unit: unit.id == f"{ANSWER}#title")
    office.take_over(translate(data, "xlsx", {f"{ANSWER}#title": "Азыр айлык келген жок"}))
    assert office.read().answers["unpaid-wages"].state("ky") is State.OUTDATED


def test_an_empty_cell_deletes_nothing(office: Office) -> None:
    before = office.files()
    office.take_over(translate(office.export(), "xlsx", {f"{ANSWER}#title": "", "pages#thanks": "  "}))
    assert office.files() == before


def test_what_nobody_touched_does_not_undo_newer_work(office: Office) -> None:
    data = office.export()
    office.edit("pages/ky.yml", "Эчтеке эмес.", "Эч нерсе эмес.")
    office.take_over(translate(data, "xlsx", {"pages#bye": "Жакшы калыңыз."}))
    pages = office.read().pages["ky"]
    assert pages.thanks.startswith("Эч нерсе эмес.")
    assert pages.bye == "Жакшы калыңыз."


@pytest.mark.parametrize("ending", FORMATS)
def test_a_translation_that_was_missing_is_made(office: Office, ending: str) -> None:
    known = office.units()
    missing = {id_: unit.target for id_, unit in known.items() if id_.startswith((ANSWER, GUIDE))}
    (office.content / ANSWER / "ky.md").unlink()
    (office.content / GUIDE / "ky.yml").unlink()
    assert all(unit.state is State.MISSING for id_, unit in office.units().items() if id_ in missing)
    office.take_over(translate(office.export(ending), ending, missing), ending)
    now = office.units()
    assert {id_: now[id_].target for id_ in missing} == missing
    states = office.read().states()
    assert {states[id_]["ky"] for id_ in ("guide:wage-claim", "unpaid-wages")} == {State.DRAFT}


def test_what_the_translator_wrote_to_us_is_shown(office: Office) -> None:
    data = spreadsheet(office.export(), cell("pages#bye", "remark", "which form of you?"))
    assert office.plan(data).remarks == ["pages#bye: which form of you?"]


def test_forms_of_a_plural_are_texts_of_their_own(office: Office) -> None:
    file = office.catalogue("ru")
    entry = '#, python-brace-format\nmsgid "{n} person"\nmsgid_plural "{n} people"\n'
    entry += 'msgstr[0] "{n} человек"\nmsgstr[1] ""\nmsgstr[2] ""\n\n'
    before = file.read_text(encoding="utf-8").replace('msgid "Topics"', entry + 'msgid "Topics"')
    file.write_text(before, encoding="utf-8")
    data = office.export(language="ru")
    forms = {"interface#{n} person[1]": "{n} человека", "interface#{n} person[2]": "{n} человек"}
    office.take_over(translate(data, "xlsx", forms))
    assert file.read_text(encoding="utf-8") == before.replace(
        'msgstr[1] ""\nmsgstr[2] ""', 'msgstr[1] "{n} человека"\nmsgstr[2] "{n} человек"'
    )


def test_the_spreadsheet_protects_what_must_not_change(office: Office) -> None:
    sheet = openpyxl.load_workbook(BytesIO(office.export())).active
    columns = {str(cell.value): cell.column_letter for cell in sheet[1]}
    assert sheet.protection.sheet
    assert {name for name, letter in columns.items() if not sheet[f"{letter}2"].protection.locked} == {
        "translation",
        "remark",
    }
    assert {name for name, letter in columns.items() if sheet.column_dimensions[letter].hidden} == {"language", "seal"}


def test_questions_and_risk_words_do_not_travel(office: Office) -> None:
    content: Content = office.read()
    everything = "\n".join(f"{unit.source}\n{unit.target}" for unit in office.units().values())
    assert content.answers["unpaid-wages"].texts["ky"].questions[5] not in everything
    assert content.safety["ky"].emergency[0] not in everything


@pytest.mark.slow
def test_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ky.xlsx"

    def musafir(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["musafir", "translations", *arguments])
        cli.main()
        return capsys.readouterr().out

    musafir("export", "--lang", "ky", "--format", "xlsx", "-o", str(file), "--only", "all")
    file.write_bytes(translate(file.read_bytes(), "xlsx", {f"{ANSWER}#title": "Жаңы ат"}))
    before = Library().read()[0].answers["unpaid-wages"].texts["ky"].title
    shown = musafir("import", str(file), "--dry-run")
    assert f"~ {ANSWER}#title" in shown
    assert "would be: 1 texts changed in 1 files" in shown
    assert Library().read()[0].answers["unpaid-wages"].texts["ky"].title == before
