"""What was used is remembered, in bounded memory."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.challenges.once import Once


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 20), st.integers(0, 5)), max_size=60), st.integers(1, 4)
)
def test_nothing_counts_twice_while_it_holds(uses: list[tuple[int, int, int]], most: int) -> None:
    """Whatever comes in whatever order, nothing counts again before its time is over, and memory stays bounded."""
    once, now, until = Once(most), 0.0, dict[int, float]()
    for what, life, passes in uses:
        now += passes
        if once.first(bytes([what]), now + life, now):
            assert until.get(what, now) <= now
            until[what] = now + life
        assert len(once) <= most


def test_full_takes_nothing_more() -> None:
    """A full memory refuses what is new instead of forgetting what still holds, and goes on when that is over."""
    once = Once(2)
    assert [once.first(name, 10.0, 0.0) for name in (b"a", b"b", b"c", b"a")] == [True, True, False, False]
    assert once.first(b"c", 30.0, 10.0)


def test_one_of_many_at_once_is_the_first() -> None:
    """Of callers at the same time exactly one is the first."""
    once = Once()
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: once.first(b"a", 10.0, 0.0), range(200))) == 1
