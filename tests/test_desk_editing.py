"""Staff edit texts at the desk: what they see, what is in the file and in git, and what happens when it goes wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.content import Library, State, edit
from tests.desk import EDITOR, Desk, fields

pytestmark = pytest.mark.slow

PAGE = "/answers/unpaid-wages/ky"
FILE = "answers/work-rights/unpaid-wages/ky.md"
PAGES = (
    *("/", "/answers", "/answers?q=pay&state=draft&lang=ky", "/answers/unpaid-wages", PAGE, "/texts", "/contacts"),
    *("/texts/safety/tg.yml", "/files/sources.yml", "/contacts/C001", "/contacts/new", "/contacts/import", "/history"),
    *("/questions", "/figures", "/training", "/news", "/news/write", "/posters"),
)


async def test_every_page_opens(desk: Desk) -> None:
    for page in (
        "/",
        "/answers",
        "/answers/unpaid-wages",
        PAGE,
        "/texts",
        "/texts/safety/tg.yml",
        "/contacts",
        "/history",
    ):
        assert "<h1>" in await desk.get(page)
    assert (await desk.http.get("/answers/no-such-answer")).status_code == 404


async def test_an_edited_text_is_a_small_diff_by_a_named_person(desk: Desk) -> None:
    form = await desk.form(PAGE)
    answer = await desk.send(PAGE, **form | {"title": "Айлыгымды беришкен жок", "save": "yes"})
    assert answer.headers["location"] == "/answers/unpaid-wages"
    assert (
        desk.git("log", "-1", "--format=%an|%s").strip() == f"{EDITOR}|unpaid-wages: Кыргызча text edited at the desk"
    )
    changed = [
        line for line in desk.git("show", "--format=", "-U0").splitlines() if line[0] in "+-" and line[1] not in "+-"
    ]
    assert [line[0] for line in changed] == ["-", "+"]
    assert changed[1] == "+title: Айлыгымды беришкен жок"
    assert desk.git("status", "--porcelain") == ""
    assert desk.store.content.answers["unpaid-wages"].texts["ky"].title == "Айлыгымды беришкен жок"
    assert "Айлыгымды беришкен жок" in await desk.get("/answers/unpaid-wages")


async def test_saving_without_a_change_changes_nothing(desk: Desk) -> None:
    for page in (PAGE, "/texts/safety/ky.yml", "/texts/guides/wage-claim/tg.yml", "/files/sources.yml"):
        form = await desk.form(page)
        assert (await desk.send(page, **form | {"save": "yes"})).status_code == 303
    assert desk.git("log", "--oneline").count("\n") == 1
    assert desk.git("status", "--porcelain") == ""


async def test_a_mistake_stands_beside_its_field_and_nothing_is_saved(desk: Desk) -> None:
    form = await desk.form(PAGE)
    answer = await desk.send(PAGE, **form | {"title": "А" * 61, "save": "yes"})
    assert answer.status_code == 422
    title = answer.text[answer.text.index('name="title"') : answer.text.index('name="body"')]
    assert "at most 60 characters" in title.replace("should have at most", "at most")
    assert "А" * 61 in title
    assert desk.git("status", "--porcelain") == ""


async def test_a_question_of_another_answer_is_refused(desk: Desk) -> None:
    other = desk.store.content.answers["passport-taken"].texts["ky"].questions[0]
    form = await desk.form(PAGE)
    answer = await desk.send(PAGE, **form | {"questions": form["questions"] + "\n" + other, "save": "yes"})
    assert answer.status_code == 422
    assert "the same question stands under passport-taken" in answer.text


async def test_two_people_on_the_same_text(desk: Desk) -> None:
    mine = await desk.form(PAGE)
    async with desk.colleague() as colleague:
        theirs = await colleague.form(PAGE)
        await colleague.send(PAGE, **theirs | {"title": "Биринчи", "save": "yes"})
    answer = await desk.send(PAGE, **mine | {"title": "Экинчи", "save": "yes"})
    assert answer.status_code == 409
    assert "Биринчи" in answer.text
    assert "Экинчи" in answer.text
    assert desk.store.content.answers["unpaid-wages"].texts["ky"].title == "Биринчи"
    again = fields(answer.text)
    assert (await desk.send(PAGE, **again | {"save": "yes"})).status_code == 303
    assert desk.store.content.answers["unpaid-wages"].texts["ky"].title == "Экинчи"


async def test_a_script_in_a_text_is_shown_and_not_run(desk: Desk) -> None:
    form = await desk.form(PAGE)
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    answer = await desk.send(PAGE, **form | {"title": "<b>x</b>", "body": attack, "check": "yes"})
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_full_disk_loses_nothing(desk: Desk) -> None:
    form = await desk.form(PAGE)
    before = (desk.root / FILE).read_bytes()
    with patch.object(edit.os, "fsync", side_effect=OSError(28, "No space left on device")):
        answer = await desk.send(PAGE, **form | {"title": "Толуп калды", "save": "yes"})
    assert "No space left on device" in answer.text
    assert "Толуп калды" in answer.text
    assert (desk.root / FILE).read_bytes() == before
    assert not list((desk.root / FILE).parent.glob(".*~"))


async def test_paths_outside_the_content_are_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("key: treasure\n")
    for name in (
        "../secret.yml",
        "%2e%2e/secret.yml",
        "/etc/passwd",
        "answers/../../secret.yml",
        ".git/config",
        "x%00.yml",
    ):
        for page in ("/files/", "/texts/"):
            answer = await desk.http.get(page + name)
            assert answer.status_code == 404, name
            assert "treasure" not in answer.text


async def test_a_broken_file_is_shown_and_can_be_mended(desk: Desk) -> None:
    file = desk.root / FILE
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace("title:", "title: [", 1), encoding="utf-8")
    await desk.store.reload()
    assert f"/files/{FILE}" in await desk.get("/")
    assert (await desk.http.get(PAGE)).headers["location"] == f"/files/{FILE}"
    form = await desk.form(f"/files/{FILE}")
    assert (
        await desk.send(f"/files/{FILE}", **form | {"text": form["text"].replace("title: [", "title:"), "save": "yes"})
    ).status_code == 303
    assert file.read_text(encoding="utf-8") == good
    assert f"/files/{FILE}" not in await desk.get("/")


async def test_risk_words_and_guides_are_edited_value_by_value(desk: Desk) -> None:
    form = await desk.form("/texts/safety/ky.yml")
    await desk.send(
        "/texts/safety/ky.yml", **form | {"emergency": form["emergency"] + "\nжардам бергиле тезинен", "save": "yes"}
    )
    assert "жардам бергиле тезинен" in desk.store.content.safety["ky"].emergency
    form = await desk.form("/texts/guides/wage-claim/ky.yml")
    await desk.send("/texts/guides/wage-claim/ky.yml", **form | {"title": "Айлыгымды алам", "save": "yes"})
    assert desk.store.content.guides["wage-claim"].texts["ky"].title == "Айлыгымды алам"
    assert len(desk.git("show", "--format=", "-U0").splitlines()) <= 8


async def test_a_text_is_signed_and_a_change_takes_the_signature_back(desk: Desk) -> None:
    page = await desk.get("/answers/unpaid-wages")
    signed = page[page.index('action="/review/unpaid-wages/ky"') :]
    seen = signed[signed.index('name="hash" value="') + 19 :][:12]
    await desk.send("/review/unpaid-wages/ky", hash=seen, back="/answers/unpaid-wages")
    text = desk.store.content.answers["unpaid-wages"]
    assert text.state("ky") is State.REVIEWED
    assert text.texts["ky"].reviewed_by == EDITOR
    assert f"read by {EDITOR}" in await desk.get("/answers/unpaid-wages")
    assert f"<td>{EDITOR}</td><td>unpaid-wages</td>" in await desk.get("/translations")
    form = await desk.form(PAGE)
    await desk.send(PAGE, **form | {"title": "Башка", "save": "yes"})
    assert desk.store.content.answers["unpaid-wages"].state("ky") is State.DRAFT
    await desk.send("/review/unpaid-wages/ky", hash=seen)
    assert "has changed since" in await desk.get("/translations")
    assert desk.store.content.answers["unpaid-wages"].state("ky") is State.DRAFT


async def test_the_sheet_to_print(desk: Desk) -> None:
    answer = await desk.http.get("/translations/sheet/ky")
    assert "Name, date, signature" in answer.text
    assert "script" not in answer.headers["content-security-policy"]


WRITER = """
import sys
import subprocess
import sys
import time
from pathlib import Path
from bot.content.edit import write
file, texts = Path(sys.argv[1]), [Path(name).read_text(encoding="utf-8") for name in sys.argv[2:]]
print("ready", flush=True)
while True:
    for text in texts:
        write(file, text)
"""


def test_a_kill_in_the_middle_of_saving_leaves_one_whole_text(content_folder: Path, tmp_path: Path) -> None:
    file = content_folder / FILE
    old = file.read_text(encoding="utf-8")
    new = old.replace("title:", "title: Жаңы", 1) + "\n" * 5000
    versions = [tmp_path / "old", tmp_path / "new"]
    for version, text in zip(versions, (old, new), strict=True):
        version.write_text(text, encoding="utf-8")
    for number in range(8):
        command = [sys.executable, "-c", WRITER, str(file), *map(str, versions)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.005 * number)
            writer.kill()
        assert file.read_text(encoding="utf-8") in (old, new)
    library = Library(content_folder)
    _, problems = library.read()
    assert not [problem for problem in problems if problem.file == file]
