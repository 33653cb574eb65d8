"""Stock Rasa 3.6: its Telegram channel, its pipeline of DIET and ResponseSelector, its rules; our questions and texts.

Learning all questions would take hours, and what is measured is how fast it replies, which hardly depends on how much
it has learned: it is taught every `EVERY`-th question for a few epochs, once, and the model is kept in `var/bench/`.
"""

from __future__ import annotations

import shutil
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from bot.content import Content
from bot.errors import SetupError
from bot.paths import NLU, VAR
from bot.rasa.environment import PYTHON, rasa_environment
from bot.rasa.process import free_port
from bot.training.compile import compile_content
from tests.bench.botapi import BOT, TOKEN, BotApi
from tests.bench.processes import process

NAME: Final = "stock Rasa"
EVERY: Final = 60
EPOCHS: Final = 5
PROJECT: Final = VAR / "bench" / "stock"
MODEL: Final = PROJECT / "models" / "stock.tar.gz"
_NICE: Final = 19
_LANGUAGE: Final = "ru"
"""Stock Rasa says one text for an intent, whatever the language; this one stands for all."""


def train(content: Content) -> None:
    """Train the model unless it is there: minutes. Raises `SetupError`."""
    if MODEL.exists():
        return
    _write_project(content)
    command = ["nice", "-n", str(_NICE), str(PYTHON), "-m", "rasa", "train", "--fixed-model-name", MODEL.name[:-7]]
    with (PROJECT / "training.log").open("wb") as log:
        done = subprocess.run(command, cwd=PROJECT, env=rasa_environment(), stdout=log, stderr=log, check=False)
    if done.returncode or not MODEL.exists():
        raise SetupError("stock Rasa did not train", f"look at {PROJECT / 'training.log'}")


@asynccontextmanager
async def start(api: BotApi, folder: Path) -> AsyncIterator[Process]:
    """`rasa run` with the Telegram channel; yields the process. Raises `SetupError` while there is no model."""
    if not MODEL.exists():
        raise SetupError("stock Rasa has no model", "python -m tests.bench train-stock")
    port = free_port()
    credentials = folder / "stock-credentials.yml"
    webhook = f"http://127.0.0.1:{port}/webhooks/telegram/webhook"
    channel = {"access_token": TOKEN, "verify": BOT["username"], "webhook_url": webhook, "api_base": api.url}
    _write(credentials, {"stock_channel.LoopbackTelegram": channel})
    command = (
        PYTHON, "-m", "rasa", "run", "--model", MODEL, "--credentials", credentials,
        "--interface", "127.0.0.1", "--port", str(port),
    )  # fmt: skip
    environment = rasa_environment() | {"PYTHONPATH": str(Path(__file__).parent)}
    async with process(*command, folder=PROJECT, environment=environment, log=folder / "stock.log") as running:
        yield running


def _write_project(content: Content) -> None:
    shutil.rmtree(PROJECT, ignore_errors=True)
    compile_content(content, PROJECT / "compiled")
    compiled = (PROJECT / "compiled" / "data" / "questions.yml").read_text(encoding="utf-8")
    questions = yaml.load(compiled, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for entry in questions["nlu"]:
        lines = [line for line in entry["examples"].splitlines() if line.startswith("- ")]
        entry["examples"] = "\n".join(lines[::EVERY]) + "\n"
    others = sorted({entry["intent"] for entry in questions["nlu"] if "/" not in entry["intent"]})
    (PROJECT / "data").mkdir()
    _write(PROJECT / "data" / "questions.yml", questions)
    _write(PROJECT / "data" / "rules.yml", {"version": "3.1", "rules": [_rule(name) for name in ["ask", *others]]})
    _write(PROJECT / "domain.yml", _domain(content, others))
    config = yaml.safe_load((NLU / "comparison" / "diet.yml").read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if "epochs" in component:
            component["epochs"] = EPOCHS
    _write(PROJECT / "config.yml", config | {"policies": [{"name": "RulePolicy"}]})


def _domain(content: Content, others: list[str]) -> dict[str, Any]:
    """An answer is one message: the channel would send each paragraph as a message of its own."""
    said = {
        f"utter_ask/{answer.id}": [{"text": answer.texts[_LANGUAGE].body.replace("\n\n", "\n")}]
        for answer in content.answers.values()
    }
    said |= {f"utter_{name}": [{"text": f"({name})"}] for name in others}
    return {"version": "3.1", "intents": ["ask", *others], "responses": said}


def _rule(intent: str) -> dict[str, Any]:
    return {"rule": intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]}


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8")
