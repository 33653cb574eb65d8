"""The model that belongs to the content: its name changes with everything that matters to it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

from bot.content import Content
from bot.paths import NLU, ROOT
from bot.training.bar import progress_bar
from bot.training.compile import compiled
from bot.training.folder import MODELS, ModelFolder
from bot.training.lock import training_lock
from bot.training.teaching import teach

TRAINED = ("classifier", "gazetteer", "language", "tfidf")
"""The components of ours that a model depends on; the others only run."""


def model_name(content: Content) -> str:
    """The name of the model for this content. Takes a second: everything is compiled for it.

    Raises `SetupError` for content that nothing can be trained from.
    """
    digest = hashlib.sha256(json.dumps(compiled(content)).encode())
    for file in (
        *sorted((NLU / "data").glob("*.yml")),
        *(NLU / "components" / f"{name}.py" for name in TRAINED),
        NLU / "config.yml",
        NLU / "domain.yml",
        NLU / "uv.lock",
        ROOT / "bot" / "folding.py",
    ):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return f"musafir-{digest.hexdigest()[:12]}"


def train(content: Content, root: Path = MODELS) -> Path:
    """Return the model for this content, trained now (with a bar on the command line) if there is none.

    It does not become the chosen one. Raises `SetupError`.
    """
    folder, name = ModelFolder(root), model_name(content)
    if not folder.file(name).exists():
        with training_lock(folder.lock), progress_bar(f"Teaching Rasa {len(content.answers)} answers") as progress:
            asyncio.run(teach(content, folder.file(name), progress))
        folder.prune(name)
    return folder.file(name)
