"""What is remembered of ranges and origins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.nodes import Nodes
from checkvalve.guard.places import Kind, key
from tests.guard.attempts import START

KEYS = st.lists(st.integers(1, 3_000), min_size=1, max_size=12, unique=True)


@given(st.lists(KEYS, max_size=60), st.integers(0, 99))
def test_the_records_of_one_attempt_are_all_there(asked: list[list[int]], told: int) -> None:
    """However full the table is, each key of an attempt has a record of its own when its records were asked for."""
    nodes = Nodes(1, 3_600.0)
    for at, keys in enumerate(asked):
        slots = nodes.slots(keys)
        assert slots == nodes.table.index.find_all(keys)
        assert len(set(slots)) == len(keys)
        if at * 37 % 100 >= told:
            nodes.opened(keys, slots, float(at), bytes(64))


def test_failures_fade_once_however_many_there_are() -> None:
    """Of failures that come at a steady pace, as many count as come within an hour, be they few or thousands."""
    for an_hour in (20, 300, 2_000):
        nodes = Nodes(1, 96 * 3_600.0)
        at = nodes.slots((key(Kind.NETWORK, 7),))[0]
        count = 0.0
        for nth in range(6 * an_hour):
            count = nodes.failed(at, START + nth * 3_600.0 / an_hour)
        assert count == pytest.approx(an_hour, rel=0.05)
        assert nodes.failed(at, START) == pytest.approx(count + 1.0)
