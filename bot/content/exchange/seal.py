"""What travels with each text besides its words, so that the import knows what it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.content.exchange.units import Unit, digest
from bot.languages import Language


@dataclass(frozen=True)
class Entry:
    """A text that came back. `where` names it in its file, for people; `remark` is a translator's note to us."""

    where: str
    id: str
    target: str
    seal: str
    remark: str = ""


@dataclass(frozen=True)
class Received:
    """A file that came back: its texts, and what cannot be read."""

    language: str
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Seal:
    """The hashes, at the time of the export, of all the English and of the translation."""

    english: str
    target: str

    @classmethod
    def of(cls, unit: Unit) -> Seal:
        """The seal of a unit as it is now."""
        return cls(unit.english, digest(unit.target))

    def write(self, id_: str, language: Language) -> str:
        """As it stands in the file; it fits this id and this language only."""
        return f"{self.english}-{self.target}-{_check(self.english, self.target, id_, language)}"

    @classmethod
    def read(cls, entry: Entry, language: str) -> Seal | None:
        """The seal of an entry; None when it was changed, or belongs to another id."""
        parts = entry.seal.strip().split("-")
        if len(parts) != 3 or parts[2] != _check(parts[0], parts[1], entry.id, language):
            return None
        return cls(parts[0], parts[1])


def _check(english: str, target: str, id_: str, language: str) -> str:
    return digest(f"{language} {id_} {english} {target}")
