"""Compares ways to understand a message on labelled questions: `make bench-nlu FILES="a.csv b.csv"`.

Ours, two stock Rasa pipelines, and plain keyword search over titles and texts are asked the same rows. What is compared
is the ranking of answers and dialogue intents, without the risk words that the bot looks at first. Run it in Rasa's
environment after `musafir train`, which compiles the data.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import logging
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.utils.log_utils import configure_structlog
from sklearn.feature_extraction.text import TfidfVectorizer

HERE = Path(__file__).parent
NLU = HERE.parent
CONTENT = NLU.parent / "content"
DATA = NLU / "build" / "data"
QUESTIONS = "questions.yml"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Row = dict[str, str]
Ranking = Callable[[str], list[str]]


def main() -> None:
    """Print a table for each way as soon as it is measured."""
    configure_structlog(logging.WARNING)  # Rasa's default prints every message
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="CSV files with text,label,style,lang")
    parser.add_argument("--only", choices=WAYS, action="append", help="measure only this way; may be repeated")
    parser.add_argument(
        "--every", type=int, default=1, help="learn from every n-th question only: DIET is too slow for all"
    )
    arguments = parser.parse_args()
    rows = [row for file in arguments.files for row in _read(file)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        count = _write_data(data, arguments.every)
        print(f"{len(rows)} rows, {count} questions to learn from")
        for name in arguments.only or WAYS:
            started = time.perf_counter()
            ranking = WAYS[name](data)
            trained = time.perf_counter() - started
            print(f"\n{name}: ready in {trained:.0f} s\n{_table(rows, ranking)}", flush=True)


def keyword_search(_: Path) -> Ranking:
    """TF-IDF over the words of titles and texts, as a search box would do it."""
    documents, labels = [], []
    for file in sorted((CONTENT / "answers").glob("*/*/*.md")):
        _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
        documents.append(f"{yaml.safe_load(front)['title']} {body}")
        labels.append(file.parent.name)
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    matrix = vectorizer.fit_transform(documents)

    def rank(text: str) -> list[str]:
        scores = (matrix @ vectorizer.transform([text]).T).toarray().ravel()
        return list(dict.fromkeys(labels[position] for position in np.argsort(-scores)))[:3]

    return rank


def logistic_regression(data: Path) -> Ranking:
    """The stock LogisticRegressionClassifier."""
    with tempfile.TemporaryDirectory() as folder:
        questions = (data / QUESTIONS).read_text(encoding="utf-8")
        (Path(folder) / QUESTIONS).write_text(questions.replace("intent: ask/", "intent: ask__"), encoding="utf-8")
        parse = _trained(HERE / "logistic.yml", folder)
    return lambda text: [entry["name"].removeprefix("ask__") for entry in parse(text)["intent_ranking"]][:3]


def diet(data: Path) -> Ranking:
    """The stock DIETClassifier with a ResponseSelector behind the intent of all answers."""
    parse = _trained(HERE / "diet.yml", str(data / QUESTIONS))

    def rank(text: str) -> list[str]:
        parsed = parse(text)
        ranked: list[str] = []
        for entry in parsed["intent_ranking"]:
            if entry["name"] == "ask":
                answers = parsed["response_selector"]["ask"]["ranking"]
                ranked += [answer["intent_response_key"].removeprefix("ask/") for answer in answers[:3]]
            elif entry["name"] != "nlu_fallback":
                ranked.append(entry["name"])
        return ranked[:3]

    return rank


def ours(data: Path) -> Ranking:
    """The pipeline of `nlu/config.yml`."""
    parse = _trained(NLU / "config.yml", str(data))
    return lambda text: [candidate["label"] for candidate in parse(text)["candidates"]][:3]


WAYS: dict[str, Callable[[Path], Ranking]] = {
    "keyword search": keyword_search,
    "ours": ours,
    "stock LogisticRegressionClassifier": logistic_regression,
    "stock DIET and ResponseSelector": diet,
}


def _write_data(folder: Path, every: int) -> int:
    """Write the compiled data into `folder`, with every n-th question of each intent. Returns how many there are."""
    shutil.copytree(DATA, folder, dirs_exist_ok=True)
    questions = yaml.load((DATA / QUESTIONS).read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    count = 0
    for entry in questions["nlu"]:
        kept = [line for line in entry["examples"].splitlines() if line.startswith("- ")][::every]
        entry["examples"] = "\n".join(kept) + "\n"
        count += len(kept)
    (folder / QUESTIONS).write_text(yaml.dump(questions, allow_unicode=True, width=10_000), encoding="utf-8")
    return count


def _trained(config: Path, data: str) -> Callable[[str], dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        model = train_nlu(str(config), data, folder, fixed_model_name="model")
        if model is None:
            raise SystemExit(f"{config} did not train")
        agent = Agent.load(model)
    return lambda text: asyncio.run(agent.parse_message(text))


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _table(rows: list[Row], ranking: Ranking) -> str:
    groups: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for row in rows:
        right = set(row["label"].split("|"))
        ranked = ranking(row["text"])
        hits = (bool(right & set(ranked[:1])), bool(right & set(ranked)))
        for group in ("all", row.get("lang", ""), row.get("style", "")):
            groups[group].append(hits)
    lines = [f"{'':12}{'rows':>8}{'hit@1':>8}{'hit@3':>8}"]
    for group, hits in groups.items():
        first, third = np.mean(hits, axis=0)
        lines.append(f"{group:12}{len(hits):8}{first:8.3f}{third:8.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
