"""Fuzzes one target: `python -m tests.fuzz.one TARGET -max_total_time=60`; the options are libFuzzer's."""

from __future__ import annotations

import sys

import atheris

from bot.paths import VAR

atheris.enabled_hooks.add("str")
with atheris.instrument_imports(include=["bot", "linkify_it", "markdown_it"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    corpus = VAR / "fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    crashes = f"-artifact_prefix={corpus.parent}/{name}-"
    atheris.Setup(
        [name, str(corpus), crashes, "-max_len=4096", "-keep_seed=1", "-len_control=0", *options], TARGETS[name].run
    )
    atheris.Fuzz()
