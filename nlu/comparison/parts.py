"""Whether Rasa says the same with our quick parts (components/serving.py) as with its own: questions and whole guides.

python -m comparison.parts MODEL
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any
from unittest.mock import patch

from components.serving import put_quick_parts_in
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.utils.log_utils import configure_structlog

QUESTIONS = [
    "маошамро намедихад се мох шуд чи кор кунам",
    "забрали паспорт",
    "hello",
    "Shimkentda menga kim yordam bera oladi?",
    "hkjh",
]
ANSWERS = ['/choose{"choice": "yes"}', "no", "забрали паспорт", '/choose{"choice": "KZ"}', "I do not know", "help"]
"""Given in turn to every guide, until it ends or `LONGEST` are given."""
LONGEST = 20


def main() -> None:
    """Exit with the first difference, if there is one."""
    logging.basicConfig(level=logging.ERROR)
    configure_structlog(logging.ERROR)
    own, quick = asyncio.run(both(sys.argv[1]))
    for (said, expected), (_, found) in zip(own, quick, strict=True):
        if expected != found:
            sys.exit(f"after {said!r} Rasa says\n{json.dumps(expected)}\nand with our parts\n{json.dumps(found)}")
    print(f"the same in {len(own)} messages")


async def both(model: str) -> tuple[list[tuple[str, Any]], list[tuple[str, Any]]]:
    """What Rasa says to each message, with its own parts and with ours."""
    with patch("components.tracker_store.outside_guides", list):  # its own extraction expects all slots to be there
        own = await talk(await agent_of(model))
    put_quick_parts_in()
    return own, await talk(await agent_of(model))


async def agent_of(model: str) -> Agent:
    """As it is served."""
    return await load_agent(model, endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"))


async def talk(agent: Agent) -> list[tuple[str, Any]]:
    """One person asks, goes through every guide, and asks again; another takes a guide up with an answer."""
    said = [(text, await hear(agent, text)) for text in QUESTIONS]
    assert agent.processor is not None
    for start in sorted(intent for intent in agent.processor.domain.intents if intent.startswith("start_")):
        text = f"/{start}"
        for number in range(LONGEST):
            said.append((text, await hear(agent, text)))
            text = ANSWERS[number % len(ANSWERS)]
        said.append(("/stop", await hear(agent, "/stop")))
        said += [(question, await hear(agent, question)) for question in QUESTIONS]
    resumed = '/start_wage_claim{"wage_claim__country": "RU"}'
    return [*said, (resumed, await hear(agent, resumed, "another"))]


async def hear(agent: Agent, text: str, person: str = "somebody") -> list[dict[str, Any]]:
    """The steps that follow."""
    channel = CollectingOutputChannel()
    await agent.handle_message(UserMessage(text, channel, person, input_channel="rest"))
    return [message["custom"] for message in channel.messages]


if __name__ == "__main__":
    main()
