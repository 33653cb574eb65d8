"""Rasa's own Python, and the environment its processes run in."""

from __future__ import annotations

import os
from typing import Final

from bot.paths import NLU, ROOT

PYTHON: Final = NLU / ".venv" / "bin" / "python"
NOT_FOR_RASA: Final = {
    "VIRTUAL_ENV",
    "TELEGRAM_BOT_TOKEN",
    "MUSAFIR_SECRET",
    "MUSAFIR_SECRET_OLD",
    "WEBHOOK_SECRET",
    "DESK_PASSWORD",
}
"""What Rasa has no use for, and must not know."""


def rasa_environment() -> dict[str, str]:
    """The environment for Rasa's processes: our components are importable, nothing is reported to anybody."""
    return {
        **{key: value for key, value in os.environ.items() if key not in NOT_FOR_RASA},
        "PYTHONPATH": os.pathsep.join([str(NLU), str(ROOT)]),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",  # every component is trained anew anyway; caching its input takes half a minute
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }
