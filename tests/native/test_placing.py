"""Where an attempt belongs in the guard's memory is the same, compiled or not: the same keys, the same records."""

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.guard import Attempt, learning, table
from checkvalve.guard import index as flat
from checkvalve.guard.learning import Learner
from checkvalve.guard.nodes import SIZE as NODE
from checkvalve.guard.places import Places
from checkvalve.guard.policy import Policy, Spread
from checkvalve.guard.quiet import NEVER, Quiet
from checkvalve.guard.table import Table
from checkvalve.native import placing
from tests.native.test_asking import ATTEMPTS, SECRETS, check_places

pytestmark = pytest.mark.skipif(placing is None, reason="it was not built: there was no C compiler")

SIZE = 16
ROOM = 16 * 16
"""Records of a table that lets none go of those that it makes at once (as in `nodes`)."""


@settings(max_examples=150)
@given(SECRETS, ATTEMPTS, st.booleans())
def test_places_are_the_same(secret: bytes, attempt: Attempt, known: bool) -> None:
    """Every range and origin of an attempt has the same key, and its number the same digest, compiled or not."""
    check_places(Places(secret), attempt, known=known)


def drawn_keys(draw: random.Random) -> list[int]:
    """Keys of an attempt: most of one shard, so that they meet, and fill it."""
    keys = [draw.randrange(1, 400) << 12 if draw.random() < 0.7 else draw.randrange(1 << 64) for _ in range(16)]
    return list(dict.fromkeys(keys))[: draw.randrange(1, 17)]


@settings(max_examples=25)
@given(st.integers(0, 1 << 32), st.integers(ROOM, 400))
def test_records_are_made_alike(seed: int, capacity: int) -> None:
    """Places get the same records in the same order, compiled or not, while there is room and when there is none."""
    one, other, draw = Table(SIZE, capacity), Table(SIZE, capacity), random.Random(seed)
    asked = [drawn_keys(draw) for _ in range(60)]
    with pytest.MonkeyPatch.context() as patched:
        begin = [one.slots(keys) for keys in asked]
        patched.setattr(flat, "placing", None)
        assert [other.slots(keys) for keys in asked] == begin
    assert list(one.items()) == list(other.items())
    assert len(one.index) == len(other.index) == len(one)
    assert all(one.find(key) == other.find(key) == at for key, at in one.items())


@given(st.lists(st.floats(-1.0, 9.0), min_size=1, max_size=40), st.integers(0, 39), st.sampled_from([8, 24]))
def test_the_same_record_is_the_oldest(touched: list[float], hand: int, size: int) -> None:
    """Of the records that are passed the same one goes, compiled or not, at the end of a table as in a small one."""
    one = Table(size, len(touched))
    for nth, at in enumerate(touched):
        one.doubles[nth * size // 8] = at
    one._hand = hand % len(touched)
    with pytest.MonkeyPatch.context() as patched:
        found = one._oldest()
        patched.setattr(table, "placing", None)
        assert one._oldest() == found


ASKED = st.tuples(
    st.sampled_from(
        ["+447700900123", "+447700900124", "+447700901999", "+4915112345678", "+998939412345", "+1500"]
    ),
    st.sampled_from([None, "203.0.113.7", "198.51.100.9"]),
    st.sampled_from([None, "one", "other"]),
    st.floats(0.0, 40_000.0),
)


@settings(max_examples=60)
@given(st.lists(ASKED, max_size=40))
def test_who_asks_is_noticed_alike(asked: list[tuple[str, str | None, str | None, float]]) -> None:
    """Whoever asks leaves the same bytes and knowledge of the country, and is told the same, compiled or not."""
    one, other, now = Learner(Policy(), 1_000), Learner(Policy(), 1_000), 1_780_000_000.0
    quiet = Quiet(Policy(spread=Spread(countries=2)))
    for learner in (one, other):
        learner.nodes.least_open = array("d", [0.0] * 64)
    for phone, ip, account, waited in asked:
        now += waited
        try:
            place = one.places.of(Attempt("a", now, phone, ip=ip, account_id=account))
        except Unusable:
            continue
        with pytest.MonkeyPatch.context() as patched:
            found = one.asked(place, now, quiet)
            patched.setattr(learning, "placing", None)
            assert other.asked(place, now, quiet) == found
    assert one.nodes.table.memory[:] == other.nodes.table.memory[:]
    assert one.countries == other.countries


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
    for memory, size, hand in ((b"", 16, 0), (bytes(32), 16, 2), (bytes(32), 0, 0), (bytes(31), 16, 1)):
        with pytest.raises(ValueError, match="so many records"):
            placing.oldest(memory, size, hand, 2, 16)
    with pytest.raises(ValueError, match="do not fit"):
        placing.placed(b"short", 1, (), None, (None,) * 5, "", {})
    assert not any(any(words) for words, _ in shards)


def test_a_place_outside_the_memory_is_refused() -> None:
    """What is noticed is written where a record is, for each key one, and nowhere else."""
    assert placing is not None
    memory = bytearray(2 * NODE)
    figures = (bytes(64 * 8), learning.noticing(), learning.CROWDING, NEVER.figures, 0.0, 0.0, False)
    known = (0.0, 0.0, 0.0, 0.0)
    for at in (-8, 2 * NODE, NODE + 8, 4):
        with pytest.raises(ValueError, match="no record begins there"):
            placing.noticed(memory, (3,), [at], known, 7, 1.0, 1.0, 1.0, *figures)
    with pytest.raises(ValueError, match="a record for each key"):
        placing.noticed(memory, (3, 4), [0], known, 7, 1.0, 1.0, 1.0, *figures)
    with pytest.raises(ValueError, match="a record for each key"):
        placing.noticed(memory, tuple(range(65)), [0] * 65, known, 7, 1.0, 1.0, 1.0, *figures)
    with pytest.raises(TypeError, match="tuple of four"):
        placing.noticed(memory, (3,), [0], (1.0,), 7, 1.0, 1.0, 1.0, *figures)
    assert not any(memory)
