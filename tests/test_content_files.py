"""What `musafir check` says about broken files, and that one broken file breaks nothing else."""

from datetime import date
from pathlib import Path

import pytest

from bot.content import Content, Library, Problem, Severity, State, review
from bot.content import translations as stamps

ANSWER = Path("answers/work-rights/unpaid-wages")


def problems_in(folder: Path) -> list[str]:
    library = Library(folder)
    content, problems = library.read()
    problems += review.check(content, library, date(2026, 11, 21))
    return [str(p).removeprefix(f"{folder}/") for p in problems if p.severity is Severity.ERROR]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_good_folder_has_no_errors(content_folder: Path) -> None:
    assert problems_in(content_folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (ANSWER / "answer.yml", "stage: abroad", "stage: space", "unpaid-wages/answer.yml:1: stage: "),
        (ANSWER / "answer.yml", "stage: abroad", "stage: [abroad", "answer.yml:2: "),
        (ANSWER / "answer.yml", "stage: abroad", "stagee: abroad", "answer.yml:1: stage: Field required: add it"),
        (ANSWER / "answer.yml", "- id: ", "- id: no-such-", "unknown source 'no-such-"),
        (ANSWER / "answer.yml", "as_of: 2026-11-21", "as_of: 2026-11-31", "'2026-11-31' cannot be read (day is out of"),
        (ANSWER / "answer.yml", "flow: wage-claim", "flow: no-guide", "unknown guide 'no-guide'"),
        (ANSWER / "en.md", "---\n", "", "en.md:1: the file does not begin with a line of three dashes"),
        (ANSWER / "en.md", "status: draft", "status: reviewed", "a reviewed text names reviewed_by"),
        (ANSWER / "ru.md", "status: draft", "status: draft\nstatus: draft", "'status' stands here twice"),
        (ANSWER / "ru.md", "title: ", "title: 'x\n", "ru.md:"),
        (Path("safety/ru.yml"), "emergency:", "emergenci:", "safety/ru.yml:"),
    ],
)
def test_a_mistake_is_named_with_its_line(content_folder: Path, file: Path, old: str, new: str, expected: str) -> None:
    edit(content_folder / file, old, new)
    assert any(expected in problem for problem in problems_in(content_folder)), problems_in(content_folder)


GUIDE = Path("guides/offer-check")


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "guide.yml",
            "{pressure: [threats]}",
            "{presure: [threats]}",
            "finding threats names an unknown question: presure",
        ),
        ("guide.yml", "{pressure: [threats]}", "{pressure: [thraets]}", "choices that pressure does not have: thraets"),
        ("guide.yml", "weight: 4", "weight: much", "offer-check/guide.yml:"),
        ("guide.yml", "only_if: {who_pays", "only_if: {pressure: [hurry], who_pays", "would wait for itself"),
        ("guide.yml", "id: hurry", "id: threats", "two entries have the same finding id: threats"),
        ("guide.yml", "at_least: 1", "at_least: 9", "levels must rise"),
        ("guide.yml", "danger: [held]", "danger: [prison]", "danger names unknown choices: prison"),
        ("guide.yml", "ilo-c181", "ilo-c999", "unknown source 'ilo-c999'"),
        ("ru.yml", "  hurry: |", "  hury: |", "findings: the text of 'hurry' is missing: add it"),
        ("ru.yml", "  hurry: |", "  hury: |", "findings: 'hury' is not in guide.yml: remove it"),
        ("ru.yml", "    held: ", "    hold: ", "choices.where_now: the text of 'held' is missing"),
        ("ru.yml", "danger: |", "dangr: |", "ru.yml:"),
        ("cases.yml", "level: some", "level: none", "reaches the level 'some'"),
        ("cases.yml", "who_pays: me_now", "who_pays: me_not", "who_pays has no choice 'me_not'"),
    ],
)
def test_a_mistake_in_a_guide(content_folder: Path, file: str, old: str, new: str, expected: str) -> None:
    edit(content_folder / GUIDE / file, old, new)
    assert any(expected in problem for problem in problems_in(content_folder)), problems_in(content_folder)


def test_a_guide_with_an_incomplete_translation_speaks_english(content_folder: Path) -> None:
    edit(content_folder / GUIDE / "ru.yml", "  hurry: |", "  hury: |")
    guide = Library(content_folder).read()[0].guides["offer-check"]
    assert guide.text("ru") == guide.text("en")
    assert guide.text("tg") != guide.text("en")


def test_a_guide_that_is_being_changed_stays_as_it_was(content_folder: Path) -> None:
    library = Library(content_folder)
    before = library.read()[0].guides["offer-check"]
    edit(content_folder / GUIDE / "guide.yml", "  - id: hurry", "  - id: a_new_finding\n  - id: hurry")
    assert library.read()[0].guides["offer-check"] == before


def test_a_question_under_two_answers(content_folder: Path) -> None:
    file = content_folder / ANSWER.parent / "no-written-contract" / "en.md"
    edit(file, "questions:\n", 'questions:\n  - "A unique QUESTION for this test!"\n')
    edit(content_folder / ANSWER / "en.md", "questions:\n", "questions:\n  - a unique question for this test\n")
    [problem] = problems_in(content_folder)
    assert "the same question stands under " in problem
    assert "where a person who asks it should land" in problem


def test_a_file_in_another_language(content_folder: Path) -> None:
    russian = (content_folder / ANSWER / "ru.md").read_text(encoding="utf-8")
    kyrgyz = (content_folder / ANSWER / "ky.md").read_text(encoding="utf-8")
    questions = kyrgyz[kyrgyz.index("questions:") : kyrgyz.index("\n---\n", 4)]
    mixed = russian[: russian.index("questions:")] + questions + russian[russian.index("\n---\n", 4) :]
    (content_folder / ANSWER / "ru.md").write_text(mixed, encoding="utf-8")
    [problem] = problems_in(content_folder)
    assert "read like Кыргызча, not Русский" in problem


def test_a_text_that_is_too_long(content_folder: Path) -> None:
    with (content_folder / ANSWER / "ru.md").open("a", encoding="utf-8") as file:
        file.write("ещё " * 400)
    assert any("at most 1200 characters: shorten it" in problem for problem in problems_in(content_folder))


def test_a_phone_number_in_a_text(content_folder: Path) -> None:
    with (content_folder / ANSWER / "en.md").open("a", encoding="utf-8") as file:
        file.write("\nCall +7 727 258 45 98.\n")
    [problem] = problems_in(content_folder)
    assert "a phone number in the text (+7 727 258 45 98): move it to contacts.csv" in problem


def test_a_duplicate_id(content_folder: Path) -> None:
    twin = content_folder / "answers" / "money" / "unpaid-wages"
    twin.mkdir(parents=True)
    for file in (content_folder / ANSWER).iterdir():
        (twin / file.name).write_bytes(file.read_bytes())
    assert any("answer id 'unpaid-wages' is already used" in problem for problem in problems_in(content_folder))


def test_bytes_that_are_not_utf8(content_folder: Path) -> None:
    (content_folder / ANSWER / "ru.md").write_bytes("---\ntitle: Привет\n".encode("cp1251"))
    assert any("save the file as UTF-8 text" in problem for problem in problems_in(content_folder))


def test_only_what_is_broken_is_left_out(content_folder: Path) -> None:
    (content_folder / ANSWER / "answer.yml").write_text("nonsense", encoding="utf-8")
    content, _ = Library(content_folder).read()
    assert set(content.answers) == {"no-written-contract", "passport-taken", "ru-patent"}


def test_a_broken_file_keeps_its_last_good_version(content_folder: Path) -> None:
    library = Library(content_folder)
    before, _ = library.read()
    (content_folder / ANSWER / "en.md").write_text("broken", encoding="utf-8")
    after, problems = library.read()
    assert after.answers["unpaid-wages"].texts["en"] == before.answers["unpaid-wages"].texts["en"]
    assert problems


def test_an_overdue_review_warns_and_then_fails(content_folder: Path) -> None:
    library = Library(content_folder)
    content, _ = library.read()
    due = content.answers["ru-patent"].facts.review_by

    def findings(today: date) -> list[Problem]:
        return [
            p for p in review.check(content, library, today) if "ru-patent" in str(p) and "review was due" in p.what
        ]

    assert findings(due) == []
    [warning] = findings(date.fromordinal(due.toordinal() + 1))
    assert warning.severity is Severity.WARNING
    [error] = findings(date.fromordinal(due.toordinal() + 31))
    assert error.severity is Severity.ERROR


def test_a_change_of_the_english_makes_translations_outdated_until_stamped(content_folder: Path) -> None:
    library = Library(content_folder)
    edit(content_folder / ANSWER / "en.md", "title: ", "title: Now ")
    answer = library.read()[0].answers["unpaid-wages"]
    assert answer.state("tg") is State.OUTDATED
    assert answer.state("en") is State.DRAFT
    assert stamps.stamp(answer, "tg", content_folder)
    assert (
        not stamps.stamp(answer, "tg", content_folder)
        or library.read()[0].answers["unpaid-wages"].state("tg") is State.DRAFT
    )
    assert library.read()[0].answers["unpaid-wages"].state("tg") is State.DRAFT


def test_every_language_is_complete(content: Content) -> None:
    assert all(counts[State.MISSING] == 0 for counts in content.coverage().values())
