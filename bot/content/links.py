"""Rules that hold between files: every id that one file names must exist in another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.content.guides import Guide
from bot.content.model import Answer, Content
from bot.content.problems import LineOf, Problem, Severity
from bot.languages import DEFAULT


def check(content: Content, root: Path, line: LineOf) -> list[Problem]:
    """Problems of names that lead nowhere. `line(file, *path)` finds the line of a value."""
    problems = [problem for answer in content.answers.values() for problem in _answer(answer, content, root, line)]
    problems += [problem for guide in content.guides.values() for problem in _guide(guide, content, root, line)]
    return problems


def _answer(answer: Answer, content: Content, root: Path, line: LineOf) -> Iterator[Problem]:
    file = root / "answers" / answer.topic / answer.id / "answer.yml"
    if answer.topic not in content.topics.get(DEFAULT, {}):
        yield Problem(file, 1, f"unknown topic {answer.topic!r}", "move the folder, or add the topic to topics/en.yml")
    for position, citation in enumerate(answer.facts.sources):
        if citation.id not in content.sources:
            where = line(file, "sources", position, "id")
            yield Problem(file, where, f"unknown source {citation.id!r}", "add it to sources.yml or correct the id")
    for position, need in enumerate(answer.facts.needs):
        if need not in content.needs.get(DEFAULT, {}):
            where = line(file, "needs", position)
            yield Problem(file, where, f"unknown need {need!r}", "use a code from needs/en.yml")
    for position, related in enumerate(answer.facts.related):
        if related not in content.answers or related == answer.id:
            where = line(file, "related", position)
            yield Problem(
                file,
                where,
                f"related answer {related!r} does not exist",
                "name another answer",
                Severity.WARNING if related != answer.id else Severity.ERROR,
            )
    if answer.facts.flow and answer.facts.flow not in content.guides:
        where = line(file, "flow")
        yield Problem(file, where, f"unknown guide {answer.facts.flow!r}", "use the name of a folder in guides/")


def _guide(guide: Guide, content: Content, root: Path, line: LineOf) -> Iterator[Problem]:
    folder = root / "guides" / guide.id
    for position, need in enumerate(guide.logic.needs):
        if need not in content.needs.get(DEFAULT, {}):
            where = line(folder / "guide.yml", "needs", position)
            yield Problem(folder / "guide.yml", where, f"unknown need {need!r}", "use a code from needs/en.yml")
    for position, source in enumerate(guide.logic.sources):
        if source not in content.sources:
            where = line(folder / "guide.yml", "sources", position)
            yield Problem(
                folder / "guide.yml", where, f"unknown source {source!r}", "add it to sources.yml or correct the id"
            )
