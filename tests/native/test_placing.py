"""Where an attempt belongs in the guard's memory is the same, compiled or not: the same keys, the same records."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.guard import Attempt
from checkvalve.guard import index as flat
from checkvalve.guard.places import Places
from checkvalve.guard.table import Table
from checkvalve.native import placing
from tests.native.test_asking import ATTEMPTS, SECRETS

pytestmark = pytest.mark.skipif(placing is None, reason="it was not built: there was no C compiler")

SIZE = 16
NEAR = st.integers(1, 60).map(lambda nth: nth << 12)
"""Keys of one shard, so that they meet, and fill it."""
PLACES = st.lists(st.one_of(NEAR, NEAR, st.integers(1, (1 << 64) - 1)), max_size=20, unique=True)


@settings(max_examples=150)
@given(SECRETS, ATTEMPTS, st.booleans())
def test_places_are_the_same(secret: bytes, attempt: Attempt, known: bool) -> None:
    """Every range and origin of an attempt has the same key, and its number the same digest, compiled or not."""
    places = Places(secret)
    if known:
        places.brings(attempt.endpoint)
    try:
        plain = places._of(attempt)
    except Unusable:
        with pytest.raises(Unusable, match="international number"):
            places.of(attempt)
    else:
        assert places.of(attempt) == plain


@given(st.lists(PLACES, max_size=12), st.integers(24, 90))
def test_records_are_made_alike(asked: list[list[int]], capacity: int) -> None:
    """Places get the same records in the same order, compiled or not, while there is room and when there is none."""
    one, other = Table(SIZE, capacity), Table(SIZE, capacity)
    with pytest.MonkeyPatch.context() as patched:
        begin = [one.slots(keys) for keys in asked]
        patched.setattr(flat, "placing", None)
        assert [other.slots(keys) for keys in asked] == begin
    assert list(one.items()) == list(other.items())
    assert len(one.index) == len(other.index) == len(one)
    assert all(one.find(key) == other.find(key) == at for key, at in one.items())


def test_a_shard_that_is_full_takes_no_more() -> None:
    """Keys that would fill a shard's last bucket, and those behind them, are left to be made one by one."""
    assert placing is not None
    shards = [(array("Q", bytes(16 * 12)), 4) for _ in range(64)]
    counts, keys = [0] * 64, [nth << 12 for nth in range(1, 9)]
    values, made, filled = placing.taken(shards, counts, keys, b"", 320, 160, 1 << 40, 0.6)
    assert (values, made, filled) == ([320, 480, 640, -1, -1, -1, -1, -1], keys[:3], 0)
    assert counts == [3, *[0] * 63]
    assert flat._found_all(shards, keys, b"") == values
    values, made, filled = placing.taken(shards, counts, [1 << 12, 65, 129], b"", 0, 160, 319, 0.6)
    assert (values, made, filled) == ([320, 0, -1], [65], -1)
    crowded = [(array("Q", [7, 1] * 3 + [0] * 4), 5)] * 64
    assert placing.taken(crowded, counts, [5 << 12], b"", 0, 160, 320, 9.0) == ([0], [5 << 12], 0)
    assert placing.taken(crowded, counts, [10 << 12], b"", 0, 160, 320, 9.0) == ([-1], [], -1)


def test_what_does_not_fit_is_refused() -> None:
    """Shards and counts that are none, keys that are no numbers and figures of another size are errors."""
    assert placing is not None
    shards = [(array("Q", bytes(16 * 12)), 4) for _ in range(64)]
    with pytest.raises(TypeError, match="64 shards"):
        placing.taken([], [0] * 64, [1], b"", 0, 160, 320, 0.6)
    with pytest.raises(TypeError, match="64 counts"):
        placing.taken(shards, [0], [1], b"", 0, 160, 320, 0.6)
    with pytest.raises(TypeError, match="int"):
        placing.taken(shards, [0] * 64, [1, "2"], b"", 0, 160, 320, 0.6)
    with pytest.raises(TypeError, match="8 arguments"):
        placing.taken(shards)
    with pytest.raises(ValueError, match="do not fit"):
        placing.placed(b"short", 1, (), None, (None,) * 5, "", {})
    assert not any(any(words) for words, _ in shards)
