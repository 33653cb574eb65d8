"""Takes over texts that came back from a translator: all of them, or none and a list of everything that is wrong.

Only text travels: a review is never imported, and one of a text that changes counts as withdrawn. The changed files are
checked as the bot would read them before any of them is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot import catalogues
from bot.content import edit, review, translations
from bot.content.edit import Value
from bot.content.exchange.checks import problems_of
from bot.content.exchange.files import read_units
from bot.content.exchange.seal import Entry, Received, Seal
from bot.content.exchange.units import Unit, digest, units_in
from bot.content.library import Library
from bot.content.problems import Severity
from bot.content.yamlfile import Path as Place
from bot.errors import ImportRefusedError
from bot.languages import DEFAULT, LANGUAGES, Language
from bot.paths import LOCALES

_NEW_FILE: Final = {".md": "---\nstatus: draft\n---\n", ".yml": "status: draft\n"}


@dataclass(frozen=True)
class Plan:
    """What an import is going to change."""

    language: Language
    texts: Mapping[Path, str]
    """The files to write, whole."""
    changed: list[str]
    """Ids of the texts that change, and of those that are new."""
    untouched: int
    remarks: list[str] = field(default_factory=list)
    """What translators wrote to us, with the id."""

    def __str__(self) -> str:
        return f"{len(self.changed)} texts changed in {len(self.texts)} files, {self.untouched} unchanged"

    def apply(self) -> None:
        """Write the files, each all at once. Raises `OSError`."""
        for path, text in self.texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            edit.write(path, text)


@dataclass(frozen=True)
class _Change:
    unit: Unit
    text: str
    english: str
    """The hash of the English that the translator saw."""


def plan_import(name: str, data: bytes, library: Library, locales: Path = LOCALES) -> Plan:
    """Read the file called `name` and say what it changes. Nothing is written before `Plan.apply`.

    Raises `ImportRefusedError` with every problem.
    """
    received = read_units(name, data)
    language = next((code for code in LANGUAGES if code == received.language and code != DEFAULT), None)
    if language is None or not received.entries:
        raise _refusal(name, received.problems or ["it names no language that we translate into, or holds no text"])
    content, known = library.read()
    file = catalogues.file(language, locales)
    words = file.read_text(encoding="utf-8")
    units = {unit.id: unit for unit in units_in(language, content, library, catalogues.parse(words, language))}
    changes, problems = _compare(received, units, language)
    texts = _content_files(changes, received, units, library.root)
    problems += _mistakes(library, texts, {(problem.file, problem.what) for problem in known})
    if problems := [*received.problems, *problems]:
        raise _refusal(name, problems)
    if spoken := [change for change in changes if change.unit.file is None]:
        texts[file] = _catalogue(spoken, words, language)
    remarks = [f"{entry.id}: {entry.remark}" for entry in received.entries if entry.remark.strip()]
    changed = [change.unit.id for change in changes]
    return Plan(language, texts, changed, len(received.entries) - len(changes), remarks)


def _refusal(name: str, problems: list[str]) -> ImportRefusedError:
    what = f"{name} has {len(problems)} mistakes, nothing was imported"
    return ImportRefusedError(what, "correct them and import again", problems)


def _compare(received: Received, units: Mapping[str, Unit], language: Language) -> tuple[list[_Change], list[str]]:
    """What differs from the content, and what is wrong with it."""
    changes: list[_Change] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for entry in received.entries:
        unit, seal = units.get(entry.id), Seal.read(entry, language)
        if entry.id in seen:
            problems.append(f"{entry.where}: {entry.id} stands here twice, see {seen[entry.id]}")
        elif unit is None:
            problems.append(f"{entry.where}: there is no text {entry.id!r} (any more): take it out or export again")
        elif seal is None:
            problems.append(f"{entry.where}: {entry.id}: its id or its hidden cells were changed: export again")
        elif change := _change(entry, unit, seal):
            changes.append(change)
            problems += [f"{entry.where}: {unit.id}: {problem}" for problem in _problems(change, seal)]
        seen.setdefault(entry.id, entry.where)
    return changes, problems


def _change(entry: Entry, unit: Unit, seal: Seal) -> _Change | None:
    """None where nobody wrote anything new; an empty cell is no wish to delete."""
    text = edit.tidy(entry.target)
    if not text or digest(text) == seal.target or text == unit.target:
        return None
    return _Change(unit, text, seal.english)


def _problems(change: _Change, seal: Seal) -> Iterator[str]:
    if digest(change.unit.target) != seal.target:
        yield "somebody has changed this translation since the export: compare both, then export again"
    yield from problems_of(change.unit, change.text)


def _content_files(
    changes: list[_Change], received: Received, units: Mapping[str, Unit], root: Path
) -> dict[Path, str]:
    """The changed files of the content, whole."""
    arrived = {entry.id for entry in received.entries}
    partial = {unit.item for unit in units.values() if unit.id not in arrived}
    by_file: dict[Path, dict[Place, Value]] = defaultdict(dict)
    for change in changes:
        if change.unit.file is None:
            continue
        if change.unit.item and change.unit.item not in partial:  # of a part, nobody can say that all is up to date
            by_file[change.unit.file]["source_hash",] = change.english
        by_file[change.unit.file][change.unit.place] = change.text
    texts = {}
    for file, values in by_file.items():
        path = root / file
        before = path.read_text(encoding="utf-8") if path.exists() else _NEW_FILE[file.suffix]
        texts[path] = translations.change(file, before, values)
    return texts


def _mistakes(library: Library, texts: Mapping[Path, str], known: set[tuple[Path, str]]) -> list[str]:
    """What would be wrong in the bot if the files held these texts."""
    trial = library.with_changes(texts)
    content, problems = trial.read()
    problems += review.check(content, trial, datetime.now(UTC).date(), set(texts))
    return [
        str(problem)
        for problem in sorted(set(problems))
        if problem.severity is Severity.ERROR and (problem.file in texts or (problem.file, problem.what) not in known)
    ]


def _catalogue(changes: list[_Change], before: str, language: Language) -> str:
    catalogue = catalogues.parse(before, language)
    for change in changes:
        id_, number = str(change.unit.place[0]), int(change.unit.place[1])
        message = catalogue.get(id_)
        if message is None:
            continue
        forms = [*catalogues.forms(message), *[""] * catalogue.num_plurals]
        forms[number] = change.text
        message.string = change.text if isinstance(message.id, str) else tuple(forms[: catalogue.num_plurals])
        message.flags.discard("fuzzy")
    return catalogues.written(catalogue, before)
