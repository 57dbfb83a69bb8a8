"""What is remembered of ranges and origins."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.nodes import Nodes

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
