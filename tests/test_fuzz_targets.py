"""The targets of `make fuzz` hold for their seeds, random bytes, random text, and all that once broke them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

BROKE_ONCE = [
    ("structure", b"{{}}"),
    ("structure", b"name: {{name}}"),
    ("structure", b"as_of: 2026-02-30"),
    ("structure", b"&a [*a]"),
    ("structure", b"[" * 3000 + b"]" * 3000),
    ("structure", b"!!timestamp abc"),
]


@pytest.mark.parametrize(("name", "data"), BROKE_ONCE)
def test_what_broke_a_target_once(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_its_seeds_and_for_anything(name: str) -> None:
    target = TARGETS[name]
    seeds = st.sampled_from(list(target.seeds()))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(seeds | st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def holds(data: bytes) -> None:
        target.run(data)

    holds()
