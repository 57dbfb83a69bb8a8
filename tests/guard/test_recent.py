"""What is remembered lately."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.recent import Recent


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers()), max_size=60), st.integers(1, 6))
def test_the_latest_are_known(puts: list[tuple[str, int]], most: int) -> None:
    """Never more than the most; what is known is the last value put, and what came first is forgotten first."""
    recent: Recent[int] = Recent(most)
    model: dict[str, int] = {}
    for name, value in puts:
        if name not in model and len(model) == most:
            del model[next(iter(model))]
        model[name] = value
        recent.put(name, value)
        assert recent.dump() == model
    again: Recent[int] = Recent(most)
    again.restore(recent.dump())
    assert list(again.dump()) == list(model)
