"""What is logged, decided in one place: never what people write, who they are, or the bot's token.

Libraries write all of that below WARNING (URLs with the token, bodies, SQL with its values), so what they say there is
dropped by the handler, whatever level somebody gives their loggers. Above it their messages may quote as well, and so
may the message of any error: only the fixed part of a message is kept, and of an error its type and place.

Rasa's process uses `RasaFilter` (see `nlu/logging.yml`), so this module runs on Python 3.10 and needs nothing.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from types import TracebackType
from typing import Any, Final, Literal, TextIO

Form = Literal["text", "json"]
OURS: Final = "bot"
_TOKEN: Final = re.compile(r"(?<!\d)\d+:[\w-]{20,}")


def set_up(*, verbose: bool) -> None:
    """Log to standard error; with `verbose` also what our own parts do."""
    logging.basicConfig(level=logging.WARNING, handlers=[handler()])
    logging.getLogger(OURS).setLevel(logging.DEBUG if verbose else logging.INFO)


def handler(stream: TextIO | None = None, form: Form = "text") -> logging.Handler:
    """A handler that writes nothing about people to `stream`, by default standard error."""
    made = logging.StreamHandler(stream)
    made.addFilter(_worth_logging)
    made.setFormatter(_formatter(form))
    return made


def write(form: Form) -> None:
    """From now on, write text for people, or a JSON object a line for machines."""
    for made in logging.getLogger().handlers:
        if isinstance(made.formatter, _Formatter):
            made.setFormatter(_formatter(form))


def _formatter(form: Form) -> logging.Formatter:
    return _JsonFormatter() if form == "json" else _Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == OURS


def _worth_logging(record: logging.LogRecord) -> bool:
    return _is_ours(record) or record.levelno >= logging.WARNING


class _Formatter(logging.Formatter):
    """Leaves out what could quote somebody."""

    def format(self, record: logging.LogRecord) -> str:
        # Made anew, so that other handlers get the record as it was, and nobody's cached traceback is taken over.
        values: dict[str, Any] = {**record.__dict__, "exc_text": None, "stack_info": None}
        if not _is_ours(record):
            values |= {"msg": str(record.msg).partition("\n")[0], "args": None}
        return _TOKEN.sub("<token>", self._written(logging.makeLogRecord(values)))

    def _written(self, record: logging.LogRecord) -> str:
        return super().format(record)

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        places = "".join(traceback.format_list(traceback.extract_tb(trace)))
        return f"{places}{kind.__name__ if kind else ''}"


class _JsonFormatter(_Formatter):
    """The same in fields. The time is UTC; `error` is there where an error was logged: its places and its type."""

    converter = staticmethod(time.gmtime)

    def _written(self, record: logging.LogRecord) -> str:
        fields = {
            "time": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class RasaFilter(logging.Filter):
    """For loggers of Rasa that quote the message when something fails: leaves what happened and the type of the error.

    Rasa logs JSON there, with the message as `text` and once more among the variables of the traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record from WARNING on, drop the others."""
        try:
            logged = json.loads(record.getMessage())
            kinds = [error["exc_type"] for error in logged.get("exception", [])]
            record.msg = f"{logged['event']} {' '.join(kinds)}".strip()
        except (ValueError, KeyError, TypeError, AttributeError):
            record.msg = f"line {record.lineno} of {record.filename}"
        record.args = record.exc_info = record.exc_text = None
        return record.levelno >= logging.WARNING
