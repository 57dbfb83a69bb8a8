"""The guard's compiled walks over records do what their twins in Python do, and stay in their memory."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import index as flat
from checkvalve.guard import nodes as walks
from checkvalve.guard.learning import _USUAL_PACES
from checkvalve.guard.nodes import _CREDIT_AT, SIZE, Nodes
from checkvalve.native import records

pytestmark = pytest.mark.skipif(records is None, reason="the walks were not built: there was no C compiler")

NOW = 1_780_000_000.0
DAY_S = 86_400.0
TIMES = st.one_of(st.just(0.0), st.floats(NOW - 40 * DAY_S, NOW + DAY_S), st.just(NOW))
COUNTS = st.one_of(st.just(0.0), st.integers(0, 60).map(float), st.floats(0.0, 1e6, width=32))
EVIDENCE = st.one_of(st.just(0.0), st.floats(0.0, 2.0**43, width=32))
NATS = st.one_of(st.just(0.0), st.floats(-9.0, 31.0, width=32))
KEYS = st.lists(st.integers(1, 1 << 62), min_size=1, max_size=3, unique=True)


@st.composite
def known(draw: st.DrawFn) -> tuple[list[int], bytes]:
    """Keys of an attempt, and what is known of each."""
    keys = draw(KEYS)
    told = Nodes(1, DAY_S)
    for at in told.slots(keys):
        doubles, floats = told.table.doubles, told.table.floats
        for place in (0, 2, _CREDIT_AT >> 3, 9, 11, 12, 13):
            doubles[(at >> 3) + place] = draw(TIMES if place < 11 else COUNTS)
        for place in (3, 8):
            floats[(at >> 2) + place] = draw(NATS)
        for place in (2, 9, 15, 16, 17, 20, 21, 28, 38, 39):
            floats[(at >> 2) + place] = draw(COUNTS)
        for place in (*range(10, 15), *range(29, 34)):
            floats[(at >> 2) + place] = draw(EVIDENCE)
    return keys, told.table.memory[: len(keys) * SIZE]


def both(keys: list[int], content: bytes) -> tuple[tuple[Nodes, Nodes], list[int]]:
    """Two tables that know the same, and where its records begin."""
    made = Nodes(1, 12 * 3_600.0), Nodes(1, 12 * 3_600.0)
    for one in made:
        slots = one.slots(keys)
        one.table.memory[: len(content)] = content
        one.least_open = array("d", [3.0] * 64)
    return made, slots


@settings(max_examples=50)
@given(known())
def test_the_same_places_speak(held: tuple[list[int], bytes]) -> None:
    """What is told of the places of an attempt is the same, compiled or not."""
    (one, other), slots = both(*held)
    with pytest.MonkeyPatch.context() as patched:
        found = one.views(held[0], slots, NOW)
        patched.setattr(walks, "records", None)
        assert other.views(held[0], slots, NOW) == found


@settings(max_examples=50)
@given(known(), st.sampled_from([bytes(64), _USUAL_PACES, bytes([2]) * 64]))
def test_open_codes_are_counted_alike(held: tuple[list[int], bytes], paces: bytes) -> None:
    """A code that is sent leaves the same bytes in all its records, compiled or not."""
    (one, other), slots = both(*held)
    with pytest.MonkeyPatch.context() as patched:
        one.opened(held[0], slots, NOW, paces)
        patched.setattr(walks, "records", None)
        other.opened(held[0], slots, NOW, paces)
    assert one.table.memory[:] == other.table.memory[:]


@settings(max_examples=50)
@given(known(), st.integers(0, 300), st.integers(0, (1 << 64) - 1), st.integers(-1, 1))
def test_countries_are_counted_alike(held: tuple[list[int], bytes], country: int, entered: int, days: int) -> None:
    """A country that is asked for leaves the same bytes and count, compiled or not, on the same day or another."""
    (one, other), slots = both(*held)
    for table in (one.table, other.table):
        for at in slots:
            table.floats[(at >> 2) + 21] = NOW // DAY_S + days
            table.words[(at >> 3) + 17], table.words[(at >> 3) + 18] = entered, entered >> 3
    with pytest.MonkeyPatch.context() as patched:
        counts = [one.asked(at, country, NOW) for at in slots]
        patched.setattr(walks, "records", None)
        assert [other.asked(at, country, NOW) for at in slots] == counts
    assert one.table.memory[:] == other.table.memory[:]


@settings(max_examples=50)
@given(known(), st.sampled_from([1.0, 3.0]), st.floats(1.0, 1e7), st.floats(1.0, 1e5))
def test_a_crowd_grows_alike(
    held: tuple[list[int], bytes], dispersion: float, parent: float, children: float
) -> None:
    """A number that is new leaves the same bytes in the records of its ranges, compiled or not."""
    (one, other), slots = both(*held)
    with pytest.MonkeyPatch.context() as patched:
        first = [one.crowd(at, parent, children, dispersion, NOW) for at in slots]
        patched.setattr(walks, "records", None)
        assert [other.crowd(at, parent, children, dispersion, NOW) for at in slots] == first
    assert one.table.memory[:] == other.table.memory[:]


@given(st.dictionaries(st.one_of(st.integers(0, 40), st.integers(0, (1 << 64) - 1)), st.integers(0, 1 << 40)))
def test_keys_are_found_alike(held: dict[int, int]) -> None:
    """Each key is found where it was put and no other one is, compiled or not, also once it was laid out anew."""
    index = flat.Index()
    for key, value in held.items():
        index.add(key, value)
    asked = [*held, 3, 1 << 63, 64]
    assert index.find_all(asked) == flat._found_all(index._shards, asked, b"")
    assert [index.find(key) for key in asked] == [flat._found(index._shards, key) for key in asked]


def test_a_place_outside_the_memory_is_refused() -> None:
    """No walk reads or writes where no record is: before the memory, behind it, or between two words."""
    assert records is not None
    memory, least = bytearray(2 * SIZE), bytes(64 * 8)
    for at in (-8, 2 * SIZE, SIZE + 8, 4):
        with pytest.raises(ValueError, match="no record begins there"):
            records.opened(memory, (5,), [at], NOW, bytes(64), walks._PACING)
        with pytest.raises(ValueError, match="no record begins there"):
            records.standing(memory, (5,), [at], NOW, 1.0, least, 1.0)
        with pytest.raises(ValueError, match="no record begins there"):
            records.crowded(memory, at, 1.0, 1.0, NOW, walks.crowding_figures(1.0))
        with pytest.raises(ValueError, match="no record begins there"):
            records.asked(memory, at, 5, 1.0, NOW)
    assert not any(memory)


def test_what_does_not_fit_is_refused() -> None:
    """Figures of another length, keys without a record and shards that are none are errors, and nothing is written."""
    assert records is not None
    memory = bytearray(SIZE)
    with pytest.raises(ValueError, match="the figures do not fit"):
        records.opened(memory, (5,), [0], NOW, bytes(63), walks._PACING)
    with pytest.raises(ValueError, match="a record for each key"):
        records.opened(memory, (5, 6), [0], NOW, bytes(64), walks._PACING)
    with pytest.raises(TypeError, match="64 shards"):
        records.find([], 5)
    with pytest.raises(ValueError, match="divisor"):
        records.find([(array("Q", bytes(32)), 3)] * 64, 5)
    with pytest.raises(TypeError, match="6 arguments"):
        records.opened(memory)
    assert not any(memory)


def test_a_shard_without_room_is_not_laid_out() -> None:
    """Where a key finds no bucket, or would take the last one, that is said: the shard must become larger."""
    assert records is not None
    words = array("Q", [3, 1, 6, 1, 9, 1])
    assert records.lay_out(words, array("Q", bytes(16 * 6)), 3) == 3
    assert records.lay_out(words, array("Q", bytes(16 * 4)), 3) == -1
