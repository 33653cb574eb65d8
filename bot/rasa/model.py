"""Which model a Rasa serves that runs elsewhere."""

from __future__ import annotations

from typing import Final

import httpx

PATIENCE: Final = 3.0
"""Seconds."""


async def served_model(url: str) -> str | None:
    """The name of the model of the Rasa at `url`; None when it does not say.

    Where several Rasas share the address, another one may answer each time: the connection is a new one.
    """
    try:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
            response = await http.get("/webhooks/model/")
            response.raise_for_status()
            model = response.json()["model"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    return model if isinstance(model, str) else None
