"""Trains Rasa when something that matters to it has changed, and knows which model is current."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
from pathlib import Path

import click

from bot.content import Content
from bot.errors import SetupError
from bot.paths import NLU, NLU_BUILD, ROOT
from bot.training.compile import compile_content

MODELS = NLU / "models"
DOT_SECONDS = 3.0
TRAINED = ("classifier", "gazetteer", "language", "tfidf")
"""The components of ours that a model depends on; the others only run."""
PYTHON = NLU / ".venv" / "bin" / "python"


def rasa_environment() -> dict[str, str]:
    """The environment for Rasa's processes: our components are importable, nothing is reported to anybody."""
    return {
        **{key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
        "PYTHONPATH": os.pathsep.join([str(NLU), str(ROOT)]),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",  # every component is trained anew anyway; caching its input takes half a minute
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }


def current_model(content: Content) -> Path:
    """The file of the model for this content; it exists once `train` has run. Compiles the content."""
    compile_content(content)
    return MODELS / f"musafir-{_fingerprint()}.tar.gz"


def train(content: Content, *, force: bool = False) -> Path:
    """Return the current model, training it first when there is none. Raises `SetupError`."""
    model = current_model(content)
    if model.exists() and not force:
        return model
    if not PYTHON.exists():
        raise SetupError("Rasa's environment is missing", "run `make run` once, or `uv sync` in nlu/")
    click.echo(f"Teaching Rasa {len(content.answers)} answers (a few minutes) ", nl=False, err=True)
    log = NLU_BUILD / "train.log"
    arguments = (
        "train --config config.yml --domain build/domain --data data build/data --out models --skip-validation"
        f" --fixed-model-name {model.name.removesuffix('.tar.gz')}"
    )
    code = _run_with_dots([str(PYTHON), "-m", "rasa", *arguments.split()], log)
    if code != 0 or not model.exists():
        tail = "\n".join(log.read_text().splitlines()[-15:])
        raise SetupError(f"training failed:\n{tail}", f"the whole log is in {log.relative_to(ROOT)}")
    for old in MODELS.glob("musafir-*.tar.gz"):
        if old != model:
            old.unlink()
    return model


def _run_with_dots(command: list[str], log: Path) -> int:
    """Run a long command with a dot every few seconds; stop it when we are interrupted. Returns its exit code."""
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=NLU, env=rasa_environment(), stdout=output, stderr=output) as process,  # noqa: S603
    ):
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(timeout=DOT_SECONDS)
                click.echo(".", nl=False, err=True)
        finally:
            process.terminate()
            click.echo(err=True)


def _fingerprint() -> str:
    files = [
        *sorted(NLU_BUILD.rglob("*.yml")),
        *sorted((NLU / "data").glob("*.yml")),
        *(NLU / "components" / f"{name}.py" for name in TRAINED),
        NLU / "config.yml",
        NLU / "uv.lock",
        ROOT / "bot" / "folding.py",
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
