"""Whether a model trained with our quick parts (components/training.py) understands what one of Rasa's own does.

python -m comparison.training DOMAIN DATA...
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from typing import Any

from components.training import put_quick_parts_in
from rasa.core.agent import load_agent
from rasa.model_training import train
from rasa.shared.importers.utils import training_data_from_paths
from rasa.utils.log_utils import configure_structlog

EVERY = 20
"""Of the messages that the models learn from, the share that they are asked."""


def main() -> None:
    """Exit with the first message that is understood in another way, to the last digit, if there is one."""
    logging.basicConfig(level=logging.ERROR)
    configure_structlog(logging.ERROR)
    domain, *data = sys.argv[1:]
    messages = [example.get("text") for example in training_data_from_paths(data, "en").intent_examples][::EVERY]
    own = understood(messages, domain, data)
    put_quick_parts_in()
    quick = understood(messages, domain, data)
    for expected, found in zip(own, quick, strict=True):
        if expected != found:
            sys.exit(f"Rasa understands\n{expected}\nand trained with our parts\n{found}")
    print(f"the same in {len(own)} messages")


def understood(messages: list[str], domain: str, data: list[str]) -> list[dict[str, Any]]:
    """What a model says about `messages` that is trained now."""
    with tempfile.TemporaryDirectory() as folder:
        model = train(domain, "config.yml", ["data", *data], folder, force_training=True).model
        return asyncio.run(parsed(messages, str(model)))


async def parsed(messages: list[str], model: str) -> list[dict[str, Any]]:
    """Asked one after the other."""
    agent = await load_agent(model)
    return [await agent.parse_message(text) for text in messages]


if __name__ == "__main__":
    main()
