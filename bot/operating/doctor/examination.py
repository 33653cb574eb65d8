"""Runs every check, whatever the others find."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from bot.errors import MusafirError, SetupError
from bot.operating.doctor import configuration, kept, knowledge, machine, network, services
from bot.operating.doctor.findings import Finding, broken, ok
from bot.operating.installation import Installation

SECONDS: Final = 120.0
"""For one check."""

Looking = Callable[[Installation], Iterable[Finding]]
Asking = Callable[[Installation], Awaitable[Iterable[Finding]]]

LOOKING: Final[tuple[Looking, ...]] = (
    machine.disk,
    machine.environments,
    configuration.names,
    configuration.key,
    configuration.desk,
    machine.permissions,
    kept.backups,
    knowledge.content,
    knowledge.contacts,
    knowledge.model,
    network.ports,
)
ASKING: Final[tuple[Asking, ...]] = (
    kept.database,
    services.redis,
    services.replicas,
    services.rasa,
    services.telegram,
)


async def examine(find: Callable[[], Installation]) -> list[Finding]:
    """What was found, in the order in which one mends it. `find` may raise `SetupError`: that is a finding too."""
    try:
        installation = find()
    except (SetupError, OSError) as error:
        return [broken("settings", *_words(error))]
    findings = [ok("settings", f"can be read; Musafir is in {installation.root}")]
    for look in LOOKING:
        findings += await _whatever(look.__name__, asyncio.to_thread(_all, look, installation))
    for ask in ASKING:
        findings += await _whatever(ask.__name__, ask(installation))
    return findings


def _all(look: Looking, installation: Installation) -> list[Finding]:
    return list(look(installation))


async def _whatever(name: str, check: Awaitable[Iterable[Finding]]) -> list[Finding]:
    """A check that fails is a finding too; the message of an unknown error may hold a secret and is left out."""
    try:
        async with asyncio.timeout(SECONDS):
            return list(await check)
    except Exception as error:
        return [broken(name, *_words(error))]


def _words(error: Exception) -> tuple[str, str]:
    if isinstance(error, MusafirError):
        return error.what, error.remedy
    return f"cannot be looked at ({type(error).__name__})", "run this as the user that runs the bot"
