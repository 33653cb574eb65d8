"""What staff do with what people told the bot: unanswered questions, figures, news, training."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.database import feedback
from bot.database.kept import all_kept, keep
from bot.database.models import Figure, Person, Subscription
from bot.learning.figures import week_of
from tests.desk import EDITOR, Desk

pytestmark = pytest.mark.slow

TODAY = datetime.now(UTC).date()


async def test_an_unanswered_question_becomes_a_training_question(desk: Desk) -> None:
    for text in ("айлыгымды качан берет болду экен", "айлыгымды качан берет болду экен ээ"):
        await keep(desk.database, text, "ky", ["unpaid-wages"], TODAY)
    await keep(desk.database, "some other thing entirely", "en", [], TODAY)
    assert "айлыгымды качан берет" in await desk.get("/")
    page = await desk.get("/questions")
    assert page.index("2 times, Кыргызча") < page.index("1 times, English")
    ids = [str(row.id) for row in await all_kept(desk.database)][:2]
    await desk.send(
        "/questions", id=ids, text=["айлыгымды качан берет болду экен"], answer="unpaid-wages", language="ky"
    )
    assert "айлыгымды качан берет болду экен" in desk.store.content.answers["unpaid-wages"].texts["ky"].questions
    assert [row.language for row in await all_kept(desk.database)] == ["en"]
    added = [line for line in desk.git("show", "--format=", "-U0").splitlines() if re.match(r"[+-][^+-]", line)]
    assert added == ["+  - айлыгымды качан берет болду экен"]


async def test_a_question_that_another_answer_has_is_refused_and_kept(desk: Desk) -> None:
    other = desk.store.content.answers["passport-taken"].texts["ky"].questions[0]
    await keep(desk.database, other, "ky", [], TODAY)
    ids = [str(row.id) for row in await all_kept(desk.database)]
    await desk.send("/questions", id=ids, text=[other], answer="unpaid-wages", language="ky")
    assert "the same question stands under passport-taken" in await desk.get("/questions")
    assert len(await all_kept(desk.database)) == 1


async def test_questions_are_deleted(desk: Desk) -> None:
    await keep(desk.database, "nonsense", "en", [], TODAY)
    await desk.send("/questions", id=[str(row.id) for row in await all_kept(desk.database)], delete="yes")
    assert await all_kept(desk.database) == []


async def test_figures_as_a_picture_and_as_a_spreadsheet(desk: Desk) -> None:
    week = week_of(TODAY) - timedelta(weeks=1)
    async with desk.database.session() as session:
        session.add(Figure(week=week, topic="work-rights", language="", country="", people=23))
        session.add(Figure(week=week, topic="documents", language="", country="", people=4))
    await feedback.count(desk.database, "unpaid-wages", "ky", helpful=False)
    await feedback.count_reason(desk.database, "unpaid-wages", "ky", "unclear")
    page = await desk.get("/figures")
    assert ">20+<" in page
    assert ">4" not in page.replace(">404", "")
    assert "Hard to understand: 1" in page
    assert (await desk.get("/figures/figures.csv")).splitlines()[1:] == [f"{week},work-rights,,,20"]


async def subscribers(desk: Desk, count: int) -> None:
    async with desk.database.session() as session:
        for number in range(count):
            session.add(
                Person(pseudonym=f"p{number}", language="ky", country_from="KG", country_to="RU", seen_on=TODAY)
            )
            session.add(Subscription(pseudonym=f"p{number}", chat="encrypted"))


async def test_news_is_looked_at_then_sent(desk: Desk) -> None:
    await subscribers(desk, 7)
    wanted = {"text_ky": "**Жаңы эреже**", "text_en": "**New rule**", "country_from": "KG", "country_to": "RU"}
    page = (await desk.send("/news/write", **wanted, check="yes")).text
    assert "<b>Жаңы эреже</b>" in page
    assert "Send it to 7 people" in page
    assert (await desk.send("/news/write", **wanted, send="yes")).headers["location"] == "/news"
    page = await desk.get("/news")
    assert "waiting" in page
    assert EDITOR in page
    stop = re.search(r"/news/\d+/stop", page)
    assert stop
    await desk.send(stop[0])
    assert "stopped" in await desk.get("/news")


async def test_small_audiences_are_not_counted_out(desk: Desk) -> None:
    await subscribers(desk, 3)
    page = (await desk.send("/news/write", text_en="x", check="yes")).text
    assert "Send it to &lt; 5 people" in page


async def test_news_without_a_text_says_what_to_do(desk: Desk) -> None:
    answer = await desk.send("/news/write", text_en=" ", send="yes")
    assert answer.status_code == 422
    assert "write it in one language at least" in answer.text
    assert "Nothing was sent yet" in await desk.get("/news")


async def test_a_poster(desk: Desk) -> None:
    answer = await desk.http.get("/posters/poster?start=a-unpaid-wages&lang=ky&bot=musafir_bot&format=pdf")
    assert answer.content.startswith(b"%PDF")
    answer = await desk.http.get("/posters/poster?start=a-unpaid-wages&lang=ky&bot=musafir_bot&format=png")
    assert answer.content.startswith(b"\x89PNG")
    answer = await desk.http.get("/posters/poster?start=a-nothing&lang=ky&bot=musafir_bot&format=pdf")
    assert answer.status_code == 422
