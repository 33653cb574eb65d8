"""What is asked, and which answer each message has while all is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.content import Content
from tests.bench.botapi import BotApi
from tests.bench.load import Crowd, Person
from tests.bench.questions import Question
from tests.topology.crowd import answer_in


@dataclass(frozen=True)
class Known:
    """`questions` in words with the names of their answers, and `links`, the names of answers that links open."""

    questions: dict[Question, str]
    links: list[str]


async def find_out(api: BotApi, asked: Sequence[Question], links: Sequence[str]) -> Known:
    """Ask everything once. What is not answered by exactly one message with an answer is left out."""
    crowd = Crowd(api)
    people = {question.language: crowd.person(question.language) for question in asked}
    questions = {}
    for question in asked:
        if (answer := await _answer(crowd, people[question.language], question.text)) is not None:
            questions[question] = answer
    somebody = crowd.person("en")
    return Known(questions, [link for link in links if await _answer(crowd, somebody, f"/start a-{link}") == link])


async def _answer(crowd: Crowd, person: Person, text: str) -> str | None:
    await crowd.quiet(person)
    await crowd.say(person, text)
    return answer_in(crowd.last[person.id]) if await crowd.quiet(person) == 1 else None


def names(content: Content, count: int) -> list[str]:
    """Names of answers, spread over the topics."""
    all_names = sorted(content.answers)
    return all_names[:: max(1, len(all_names) // count)][:count]
