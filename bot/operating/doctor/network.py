"""Ports: free for us, or used by us."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

from bot.operating.doctor.findings import Finding, broken, ok, warning
from bot.operating.installation import Installation
from bot.operating.running import is_running
from bot.sandbox.server import listen


def ports(installation: Installation) -> Iterator[Finding]:
    """Each port that the settings name."""
    settings, runs = installation.settings, is_running(installation.var)
    wanted = [("DESK_PORT", settings.desk_host, settings.desk_port)]
    if settings.telegram_bot_token is None:
        wanted.append(("SANDBOX_PORT", "127.0.0.1", settings.sandbox_port))
    elif settings.telegram_mode == "webhook":
        wanted.append(("WEBHOOK_PORT", settings.webhook_host, settings.webhook_port))
    if settings.metrics_port:
        wanted.append(("METRICS_PORT", settings.metrics_host, settings.metrics_port))
    for name, host, port in wanted:
        reason = _why_not(host, port)
        if reason is None and not runs:
            yield ok("ports", f"{name} {port} is free")
        elif reason is None:
            yield warning("ports", f"a bot or desk runs, and nobody listens on {name} {port}", "look at its log")
        elif runs and _listens(host, port):
            yield ok("ports", f"{name} {port} is used while a bot or desk runs")
        else:
            yield broken("ports", f"{name} {port} cannot be used ({reason})", f"stop what uses it, or change {name}")


def _why_not(host: str, port: int) -> str | None:
    try:
        listen(host, port).close()
    except OSError as error:
        return os.strerror(error.errno or 0)
    return None


def _listens(host: str, port: int) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a name that is compared
    try:
        socket.create_connection((here, port), timeout=2).close()
    except OSError:
        return False
    return True
