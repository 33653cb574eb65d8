"""The command line in tests: how a command ended, and what it said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

from bot import cli


@dataclass
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """The last line, of a command that failed as it should."""
        assert self.code == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip().splitlines()[-1]


Musafir = Callable[..., Finished]


def run_command(*arguments: str) -> int:
    """Run `musafir` with these arguments within this process; returns its exit code."""
    with patch.object(sys, "argv", ["musafir", *arguments]):
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0
