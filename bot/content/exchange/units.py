"""What there is to translate: each text by itself, under an id that stays the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog

from bot import catalogues
from bot.content.library import Library
from bot.content.model import Content, State, Translated, text_hash
from bot.content.yamlfile import Path as Place
from bot.languages import DEFAULT, Language

URGENCY: Final = (State.OUTDATED, State.MISSING, State.DRAFT, State.REVIEWED)
"""What a translator should see first: texts that say something old, then those that say nothing."""
INTERFACE: Final = "interface"


@dataclass(frozen=True)
class Unit:
    """One text. `target` is empty where there is no translation; `english` is the hash of the English text around it.

    `file` is the one to change, below `content/`, and `place` the path of the text in it. For words of the interface
    `file` is None, and `place` the English with the number of the form.
    """

    id: str
    source: str
    target: str
    state: State
    english: str
    file: Path | None
    place: Place
    item: str | None = None
    """The id in `Content.translated`, where that keeps which English the file says."""
    other_form: str | None = None
    """The plural of an English singular, or its singular."""


def digest(text: str) -> str:
    """Twelve hex digits that tell whether a text is another one."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def units_in(language: Language, content: Content, library: Library, catalogue: Catalog) -> list[Unit]:
    """All texts and what they say in `language`, the most urgent first. `library` has read `content`."""
    units = [unit for item in content.translated().values() for unit in _words(item, language, library)]
    units += _names("topics", content.topics, language, lambda title: title, ())
    units += _names("needs", content.needs, language, lambda need: need.name, ("name",))
    units += _interface(catalogue)
    return sorted(units, key=lambda unit: URGENCY.index(unit.state))


def _words(item: Translated, language: Language, library: Library) -> Iterator[Unit]:
    english = item.texts[DEFAULT]
    file = item.file(language)
    words = library.words(library.root / file)
    targets = words.wording() if words else {}
    state = item.state(language)
    if words and state is State.MISSING:  # kept out of the bot because a part is missing: the others are there
        state = State.DRAFT if words.source_hash == text_hash(english) else State.OUTDATED
    for place, source in english.wording().items():
        target = targets.get(place, "")
        id_ = f"{item.folder}#{'.'.join(place)}"
        yield Unit(id_, source, target, state if target else State.MISSING, text_hash(english), file, place, item.id)


def _names(
    folder: str,
    names: Mapping[Language, Mapping[str, Any]],
    language: Language,
    name: Callable[[Any], str],
    inside: tuple[str, ...],
) -> Iterator[Unit]:
    known = names.get(language, {})
    for key, value in names[DEFAULT].items():
        source, target = name(value), name(known[key]) if key in known else ""
        place = (key, *inside)
        state = State.DRAFT if target else State.MISSING
        file = Path(folder, f"{language}.yml")
        yield Unit(f"{folder}#{'.'.join(place)}", source, target, state, digest(source), file, place)


def _interface(catalogue: Catalog) -> Iterator[Unit]:
    for message in catalogue:
        if not message.id:
            continue  # the header
        sources: tuple[str, ...] = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        plural = len(sources) > 1
        forms = catalogues.forms(message)
        for number in range(catalogue.num_plurals if plural else 1):
            source = sources[min(number, len(sources) - 1)]
            target = forms[number] if number < len(forms) else ""
            state = State.MISSING if not target else State.OUTDATED if message.fuzzy else State.DRAFT
            id_ = f"{INTERFACE}#{sources[0]}" + (f"[{number}]" if plural else "")
            other = sources[0 if number else -1] if plural else None
            yield Unit(id_, source, target, state, digest(source), None, (sources[0], number), other_form=other)
