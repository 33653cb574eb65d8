"""Fuzzes one target after the other: `python -m tests.fuzz SECONDS [TARGET …]`.

What a target was tried with and led somewhere new is kept in `var/fuzz/<target>/`, where its next run begins. An input
that fails is written to `var/fuzz/<target>-crash-…`: make it an `@example` in `tests/test_fuzz_targets.py`.
"""

from __future__ import annotations

import subprocess
import sys

from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    seconds, *names = sys.argv[1:]
    failed = []
    for name in names or TARGETS:
        command = [sys.executable, "-m", "tests.fuzz.one", name, f"-max_total_time={seconds}"]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    sys.exit(f"broken: {', '.join(failed)}; the inputs are in var/fuzz/" if failed else 0)
