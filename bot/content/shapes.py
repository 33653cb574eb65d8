"""What all shapes of content files share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
"""Of texts, as `model.text_hash` makes it."""


class Strict(BaseModel):
    """Refuses keys it does not know, so that a mistyped key is an error and not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """A file of words in one language: which English it says, who has read it, and what it said then."""

    written_natively: ClassVar[frozenset[str]] = frozenset()
    """Keys of words that each language has of its own, which are not translated."""

    status: Literal["draft", "reviewed"]
    reviewed_by: Text | None = None
    reviewed_on: date | None = None
    reviewed_hash: Hash | None = None
    source_hash: Hash | None = None

    @model_validator(mode="after")
    def _reviewed_by_somebody(self) -> Words:
        if self.status == "reviewed" and not (self.reviewed_by and self.reviewed_on):
            raise ValueError("a reviewed text names reviewed_by and reviewed_on")
        return self

    def wording(self) -> dict[tuple[str, ...], str]:
        """Every text that is translated, by its path in the file, in the order of the file."""
        return dict(_leaves(self.model_dump(exclude={*Words.model_fields, *self.written_natively}, exclude_none=True)))


def _leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value
