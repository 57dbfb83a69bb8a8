"""Messages of one kind have one number, whatever the batches in which they come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.evidence.kinds import Kinds

LINES = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 65_535), st.integers(0, 300)), max_size=30)


@given(st.lists(LINES, max_size=6))
def test_kinds_are_told_apart_by_all_that_makes_them(batches: list[list[tuple[int, int, int]]]) -> None:
    """Two lines are of one kind where form and labels agree; kinds are numbered as they come, and told once."""
    kinds, known = Kinds(), dict[tuple[int, int, int], int]()
    for lines in batches:
        form, by_plan, by_network = np.array(lines, np.int64).reshape(-1, 3).T
        found, fresh = kinds.of(form.astype(np.int32), by_plan.astype(np.uint16), by_network.astype(np.uint16))
        assert found[fresh].tolist() == list(range(len(known), len(known) + len(fresh)))
        assert not known.keys() & {lines[nth] for nth in fresh.tolist()}
        known |= dict(zip(lines, found.tolist(), strict=True))
        assert [known[line] for line in lines] == found.tolist()
        assert len(set(known.values())) == len(known)
