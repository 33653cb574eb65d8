"""What must hold between the files of one guide: every text is there in every language, every case comes true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.content.guides import SKIP, Case, Guide, GuideLogic, GuideTexts, Kind
from bot.content.problems import LineOf, Problem
from bot.languages import Language


def is_complete(logic: GuideLogic, texts: GuideTexts) -> bool:
    """True when nothing that the bot may want to say is missing."""
    return not any(_missing(wanted, given) for _, wanted, given in _parts(logic, texts)) and not _lacks(logic, texts)


def check_texts(
    logic: GuideLogic, texts: Mapping[Language, GuideTexts], folder: Path, line: LineOf
) -> Iterator[Problem]:
    """Texts that are missing, and texts of what guide.yml does not have."""
    for language, text in texts.items():
        file = folder / f"{language}.yml"
        for part, wanted, given in _parts(logic, text):
            where = line(file, *part)
            name = ".".join(part)
            for id_ in _missing(wanted, given):
                yield Problem(file, where, f"{name}: the text of {id_!r} is missing", "add it")
            for id_ in sorted(given - wanted):
                yield Problem(file, line(file, *part, id_), f"{name}: {id_!r} is not in guide.yml", "remove it")
        for name in _lacks(logic, text):
            yield Problem(file, 1, f"the text {name!r} is missing", "add it: guide.yml asks for it")


def check_cases(guide: Guide, cases: list[Case], file: Path, line: LineOf) -> Iterator[Problem]:
    """Cases of the table that do not come true, or that answer a question in a way that does not exist."""
    for position, case in enumerate(cases):
        where = line(file, position)
        for id_, answer in case.answers.items():
            question = guide.question(id_)
            if question is None:
                yield Problem(file, where, f"case {position + 1}: unknown question {id_!r}", "correct the name")
            elif question.kind is Kind.CHOICE and answer not in (SKIP, *question.choices):
                yield Problem(file, where, f"case {position + 1}: {id_} has no choice {answer!r}", "correct it")
        found = [finding.id for finding in guide.findings(case.answers)]
        if found != case.findings:
            yield Problem(
                file,
                where,
                f"case {position + 1} leads to {', '.join(found) or 'nothing'}",
                f"not to {', '.join(case.findings) or 'nothing'}: correct the case or guide.yml",
            )
        level = guide.level(case.answers)
        if (level.id if level else None) != case.level:
            what = f"case {position + 1} reaches the level {level.id if level else 'none at all'!r}"
            yield Problem(file, where, what, f"not {case.level!r}: correct the case or guide.yml")


def _parts(logic: GuideLogic, texts: GuideTexts) -> Iterator[tuple[tuple[str, ...], set[str], set[str]]]:
    """Where texts stand, which ids must be there, and which are."""
    yield ("questions",), {question.id for question in logic.questions}, set(texts.questions)
    yield ("findings",), {finding.id for finding in logic.findings}, set(texts.findings)
    yield ("levels",), {level.id for level in logic.levels}, set(texts.levels)
    own = {question.id: set(question.choices) for question in logic.questions if "choices" in question.model_fields_set}
    yield ("choices",), set(own), set(texts.choices)
    for id_, choices in own.items():
        if id_ in texts.choices:
            yield ("choices", id_), choices, set(texts.choices[id_])
    if texts.letter:
        lines = set(texts.letter.lines)
        yield ("letter", "lines"), lines & {finding.id for finding in logic.findings}, lines


def _missing(wanted: set[str], given: set[str]) -> list[str]:
    return sorted(wanted - given)


def _lacks(logic: GuideLogic, texts: GuideTexts) -> list[str]:
    needs_danger = any(question.danger for question in logic.questions)
    return [
        name
        for name, wanted, text in (("danger", needs_danger, texts.danger), ("letter", logic.letter, texts.letter))
        if wanted and not text
    ]
