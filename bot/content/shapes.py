"""What all shapes of content files share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Strict(BaseModel):
    """Refuses keys it does not know, so that a mistyped key is an error and not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
