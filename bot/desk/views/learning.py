"""What people asked in vain, and the weekly figures."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.content import Answer
from bot.content.edit import set_front
from bot.database import feedback
from bot.database.kept import all_kept, delete_kept
from bot.desk.files import ChangedMeanwhileError, MistakesError, NotSavedError
from bot.desk.page import files, go, language_of, notice, render, words
from bot.desk.session import editor
from bot.languages import OWN_NAMES, Language, is_language
from bot.learning.figures import Row, figures, write_csv
from bot.learning.groups import groups
from bot.render.answers import reasons

WEEKS: Final = 12
FEEDBACK_DAYS: Final = 90


async def questions(request: Request) -> Response:
    """The questions that people allowed us to read, in groups."""
    rows = await all_kept(request.app.state.database)
    return render(
        request,
        "questions.html",
        groups=await asyncio.to_thread(groups, rows),
        content=files(request).store.content,
    )


async def teach(request: Request) -> Response:
    """Make chosen questions training questions of an answer, or delete them."""
    form = await request.form()
    ids = [int(str(number)) for number in form.getlist("id") if str(number).isdigit()]
    _ = words(request)
    if "delete" in form:
        await delete_kept(request.app.state.database, ids)
        notice(request, _("Deleted."))
        return go("/questions")
    answer = files(request).store.content.answers.get(str(form.get("answer", "")))
    language = str(form.get("language", ""))
    if answer is None or not is_language(language):
        raise HTTPException(404)
    try:
        added = await _add(request, answer, language, _texts(form))  # type: ignore[arg-type]
    except MistakesError as error:
        notice(request, "; ".join(f"{problem.what}: {problem.remedy}" for problem in error.checked.errors))
        return go("/questions")
    except (ChangedMeanwhileError, NotSavedError) as error:
        notice(request, str(error))
        return go("/questions")
    await delete_kept(request.app.state.database, ids)  # last: rather shown once more than lost
    title = answer.text(language)[0].title  # type: ignore[arg-type]
    notice(
        request,
        _("{count} questions belong to “{title}” now. Train the bot, so that it learns them.").format(
            count=added, title=title
        ),
    )
    return go("/questions")


async def show_figures(request: Request) -> Response:
    """How many people asked about what, week by week, and which answers did not help."""
    database = request.app.state.database
    rows = await figures(database, WEEKS, _today())
    kinds = {
        "topic": [row for row in rows if row.topic and not row.language and not row.country],
        "language": [row for row in rows if row.language and not row.topic and not row.country],
        "country": [row for row in rows if row.country and not row.topic and not row.language],
    }
    return render(
        request,
        "figures.html",
        weeks=sorted({row.week for row in rows}, reverse=True),
        kinds=kinds,
        largest=max((row.people for row in rows), default=1),
        content=files(request).store.content,
        verdicts=await feedback.verdicts(database, FEEDBACK_DAYS),
        days=FEEDBACK_DAYS,
        reasons=reasons(language_of(request)),
    )


async def figures_csv(request: Request) -> Response:
    """The figures for a spreadsheet."""
    rows = await figures(request.app.state.database, WEEKS, _today())
    headers = {"Content-Disposition": 'attachment; filename="musafir-figures.csv"'}
    return Response(await asyncio.to_thread(_csv, rows), media_type="text/csv", headers=headers)


async def _add(request: Request, answer: Answer, language: Language, texts: list[str]) -> int:
    """Write the questions into the file of the answer; those that are there already are left out."""
    workspace = files(request)
    async with workspace.saving:
        opened = workspace.open(f"answers/{answer.topic}/{answer.id}/{language}.md")
        known = answer.texts[language].questions
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            text = set_front(opened.text, {("questions",): [*known, *new]})
            what = f"{answer.id}: {len(new)} questions in {OWN_NAMES[language]} learned from people"
            await workspace.save_opened(opened, text, editor(request), what)
        return len(new)


def _texts(form: FormData) -> list[str]:
    return [text for value in form.getlist("text") if (text := " ".join(str(value).split()))]


def _csv(rows: list[Row]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.csv"
        write_csv(rows, file)
        return file.read_bytes()


def _today() -> date:
    return datetime.now(UTC).date()
