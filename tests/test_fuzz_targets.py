"""The targets of `make fuzz` hold for their seeds, random bytes, random text, and all that once broke them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_its_seeds_and_for_anything(name: str) -> None:
    target = TARGETS[name]
    seeds = st.sampled_from(list(target.seeds()))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(seeds | st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def holds(data: bytes) -> None:
        target.run(data)

    holds()
