"""Reads `content/` into a `Content`, keeping the last good version of every file that is broken now.

Parsing is per file and remembered by modification time, so that reloading after an edit costs one file. Rules that
need several files at once (a source that nobody defined, an unknown related answer) are in `links`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.content import guide_check, links, markdownfile
from bot.content.guides import Case, Guide, GuideLogic, GuideTexts
from bot.content.model import Answer, Content
from bot.content.problems import Problem, Severity
from bot.content.schema import (
    AnswerFacts,
    AnswerText,
    Dialogue,
    Entries,
    Needs,
    Office,
    Pages,
    SafetyTexts,
    Source,
    Topics,
)
from bot.content.shapes import Words
from bot.content.yamlfile import Document, YamlError, parse
from bot.languages import DEFAULT, LANGUAGES, Language
from bot.paths import CONTENT

T = TypeVar("T")

LARGEST: Final = 1_000_000
"""Bytes of a file; ten times our longest. A larger one was put there by mistake, and reading it would stop the bot."""
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {
    shape: TypeAdapter(shape)
    for shape in (
        AnswerFacts,
        AnswerText,
        Dialogue,
        GuideLogic,
        GuideTexts,
        Needs,
        Office,
        Pages,
        SafetyTexts,
        Entries,
        Topics,
        list[Case],
    )
}
_REMEDIES = {
    "missing": "add it",
    "extra_forbidden": "remove it or correct its name",
    "string_too_long": "shorten it",
    "too_short": "add more",
    "too_long": "remove some",
    "string_type": "write text; put quotes around it",
    "string_pattern_mismatch": "write it as content/README.md shows",
    "literal_error": "use one of the values named",
    "enum": "use one of the names in content/README.md",
    "date_from_datetime_parsing": "write a date as 2026-11-21",
}


@dataclass
class _File:
    stamp: tuple[int, int]
    value: Any
    document: Document | None
    problems: list[Problem]


class Library:
    """All files of a content folder. `read()` may be called again after edits.

    A file that cannot be read, or is gone while its folder is there, keeps its last good version in the bot; its
    problems say why.
    """

    def __init__(self, root: Path = CONTENT) -> None:
        self.root = root
        self._files: dict[Path, _File] = {}
        self._guides_before: dict[str, Guide] = {}
        self._answers_before: dict[str, tuple[Answer, dict[str, Source]]] = {}
        self._unsaved: Mapping[Path, str] = {}

    def with_changes(self, texts: Mapping[Path, str]) -> Library:
        """The same library as if these files held these texts: what an edit would lead to, before it is saved."""
        trial = Library(self.root)
        trial._files = dict(self._files)
        trial._guides_before = dict(self._guides_before)
        trial._answers_before = dict(self._answers_before)
        trial._unsaved = texts
        return trial

    def read(self) -> tuple[Content, list[Problem]]:
        """Return what is fit to show now, and everything that is wrong."""
        problems: list[Problem] = []
        sources = {source.id: source for source in self._sources(problems)}
        content = Content(
            answers=dict(self._answers(problems)),
            topics=self._by_language("topics", Topics, problems),
            needs=self._by_language("needs", Needs, problems),
            sources=sources,
            guides=dict(self._guides(problems)),
            dialogue=self._by_language("dialogue", Dialogue, problems),
            safety=self._by_language("safety", SafetyTexts, problems),
            pages=self._by_language("pages", Pages, problems),
            office=self._office(problems),
        )
        problems += (wrong := links.check(content, self.root, self.line))
        return self._with_fit_answers(content, wrong), sorted(problems)

    def _with_fit_answers(self, content: Content, wrong: list[Problem]) -> Content:
        """The content without answers that name what does not exist; of these, the last version that did not stays."""
        unfit = {problem.file for problem in wrong if problem.severity is Severity.ERROR}
        answers: dict[str, Answer] = {}
        sources: dict[str, Source] = {}
        for id_, answer in content.answers.items():
            if self._path_of(answer) not in unfit:
                cited = {citation.id: content.sources[citation.id] for citation in answer.facts.sources}
                self._answers_before[id_] = answer, cited
            if id_ in self._answers_before:
                answers[id_], cited = self._answers_before[id_]
                sources |= cited
        return replace(content, answers=answers, sources={**sources, **content.sources})

    def words(self, file: Path) -> Words | None:
        """What a file of words says by itself, also where something else keeps it out of the bot."""
        known = self._files.get(file) if file in self._unsaved or file.exists() else None
        return known.value if known and isinstance(known.value, Words) else None

    def line(self, file: Path, *path: str | int) -> int:
        """The line in `file` where the value at `path` stands."""
        known = self._files.get(file)
        return known.document.line(path) if known and known.document else 1

    def _path_of(self, answer: Answer) -> Path:
        return self.root / "answers" / answer.topic / answer.id / "answer.yml"

    def _sources(self, problems: list[Problem]) -> Iterator[Source]:
        """One by one: a mistake in an entry costs that entry, not the sources of every answer."""
        path = self.root / "sources.yml"
        entries = self._load("sources.yml", Entries, problems) or []
        for position, entry in enumerate(entries):
            try:
                yield Source.model_validate(entry)
            except ValidationError as error:
                document = self._files[path].document
                problems += _explain(path, document, error, (position,)) if document else []

    def _answers(self, problems: list[Problem]) -> Iterator[tuple[str, Answer]]:
        seen: dict[str, Path] = {}
        for folder in sorted((self.root / "answers").glob("*/*/")):
            if folder.name in seen:
                problems.append(
                    Problem(
                        folder / "answer.yml",
                        1,
                        f"answer id {folder.name!r} is already used by {seen[folder.name]}",
                        "rename one of the two folders",
                    )
                )
                continue
            seen[folder.name] = folder
            facts = self._load(folder / "answer.yml", AnswerFacts, problems)
            texts = self._texts(folder, ".md", AnswerText, problems)
            if DEFAULT not in texts:
                problems.append(Problem(folder / "en.md", 1, "the English text is missing", "write it"))
            if facts and DEFAULT in texts:
                yield folder.name, Answer(folder.name, folder.parent.name, facts, texts)

    def _guides(self, problems: list[Problem]) -> Iterator[tuple[str, Guide]]:
        """Guides whose English texts are complete; languages that are not fall back to English.

        While somebody is in the middle of changing a guide, its files contradict each other: then the bot keeps the
        last guide in which they did not.
        """
        for folder in sorted((self.root / "guides").glob("*/")):
            logic = self._load(folder / "guide.yml", GuideLogic, problems)
            texts = self._texts(folder, ".yml", GuideTexts, problems)
            cases = self._load(folder / "cases.yml", list[Case], problems)
            if logic is None:
                continue
            problems += guide_check.check_texts(logic, texts, folder, self.line)
            complete = {key: text for key, text in texts.items() if guide_check.is_complete(logic, text)}
            if DEFAULT in complete:
                guide = self._guides_before[folder.name] = Guide(folder.name, logic, complete)
                problems += guide_check.check_cases(guide, cases or [], folder / "cases.yml", self.line)
            if folder.name in self._guides_before:
                yield folder.name, self._guides_before[folder.name]

    def _texts(self, folder: Path, suffix: str, shape: type[T], problems: list[Problem]) -> dict[Language, T]:
        texts: dict[Language, T] = {}
        for language in LANGUAGES:
            file = folder / f"{language}{suffix}"
            expected = file in self._unsaved or file.exists() or (language == DEFAULT and file in self._files)
            if expected and (text := self._load(file, shape, problems)):
                texts[language] = text
        return texts

    def _by_language(self, folder: str, shape: Any, problems: list[Problem]) -> dict[Language, Any]:
        values = {language: self._load(f"{folder}/{language}.yml", shape, problems) for language in LANGUAGES}
        return {language: value for language, value in values.items() if value}

    def _office(self, problems: list[Problem]) -> Office | None:
        """The hours of staff; nobody has to keep any."""
        file = self.root / "office.yml"
        known = file in self._unsaved or file.exists()
        return self._load(file, Office, problems) if known else None

    def _load(self, file: str | Path, shape: Any, problems: list[Problem]) -> Any:
        path = self.root / file
        if path in self._unsaved:
            unsaved = self._files[path] = self._parse(path, self._unsaved[path].encode(), shape, (0, 0), None)
            problems += unsaved.problems
            return unsaved.value
        known = self._files.get(path)
        last_good = known.value if known else None
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if known is None or known.stamp != stamp:
                known = self._files[path] = self._parse(path, _read(path, status), shape, stamp, last_good)
        except FileNotFoundError:
            problems.append(Problem(path, 1, "this file is missing", "create it as content/README.md shows"))
            return last_good
        except OSError as error:
            problems.append(Problem(path, 1, f"cannot be read ({error.strerror or error})", "put a text file here"))
            return last_good
        problems += known.problems
        return known.value

    @staticmethod
    def _parse(path: Path, written: bytes, shape: Any, stamp: tuple[int, int], last_good: Any) -> _File:
        try:
            text = written.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            problem = Problem(path, 1, f"not UTF-8 ({error.reason})", "save the file as UTF-8 text")
            return _File(stamp, last_good, None, [problem])
        reader: Callable[[str], Document] = markdownfile.read if path.suffix == ".md" else parse
        try:
            document = reader(text)
        except YamlError as error:
            return _File(stamp, last_good, None, [Problem(path, error.line, error.what, "correct this line")])
        try:
            return _File(stamp, _ADAPTERS[shape].validate_python(document.data), document, [])
        except ValidationError as error:
            return _File(stamp, last_good, document, list(_explain(path, document, error)))


def _read(path: Path, status: os.stat_result) -> bytes:
    if not S_ISREG(status.st_mode):
        raise OSError("this is no file")
    if status.st_size > LARGEST:
        raise OSError(f"{status.st_size // LARGEST} MB")
    return path.read_bytes()


def _explain(
    path: Path, document: Document, error: ValidationError, inside: tuple[str | int, ...] = ()
) -> Iterator[Problem]:
    for item in error.errors():
        where = (*inside, *(part for part in item["loc"] if part != "[key]"))
        name = ".".join(map(str, where)) or path.name
        remedy = _REMEDIES.get(item["type"], "write it as content/README.md shows")
        message = item["msg"].removeprefix("Value error, ")
        yield Problem(path, document.line(where), f"{name}: {message}", remedy)
