"""State in bounded memory."""

import mmap
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.table import Table

RECORD = struct.Struct("<dd")


def touch(table: Table, key: int, at: float, value: float = 0.0) -> None:
    """Write a record."""
    RECORD.pack_into(table.memory, table.slot(key), at, value)


@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 20))
def test_it_holds_what_a_dictionary_holds_until_it_is_full(keys: list[int], capacity: int) -> None:
    """Never more records than its capacity; each found record is the last that was written under its key."""
    table, written = Table(RECORD.size, capacity), {}
    for now, key in enumerate(keys, start=1):
        touch(table, key, float(now), now * 2.0)
        written[key] = float(now)
    assert len(table) <= capacity
    for key, offset in table.items():
        assert RECORD.unpack_from(table.memory, offset) == (written[key], written[key] * 2.0)
    if len(set(keys)) <= capacity:
        assert {key for key, _ in table.items()} == set(keys)
        assert table.evicted == 0


def test_the_longest_untouched_goes() -> None:
    """A full table lets go of what was not touched for the longest time."""
    table = Table(RECORD.size, 10)
    for key in range(10):
        touch(table, key, 100.0 + key)
    touch(table, 0, 500.0)
    touch(table, 99, 501.0)
    assert table.find(1) < 0
    assert table.find(0) >= 0


def test_a_new_record_is_blank() -> None:
    """Nothing of the record that went is seen in the one that comes."""
    table = Table(RECORD.size, 1)
    touch(table, 1, 5.0, 7.0)
    assert RECORD.unpack_from(table.memory, table.slot(2)) == (0.0, 0.0)


def test_a_table_without_room_is_refused() -> None:
    """A table holds at least one record, and a record its time."""
    with pytest.raises(ValueError, match="eight bytes"):
        Table(4, 10)


@given(st.lists(st.integers(0, 1 << 63), max_size=60, unique=True), st.integers(1, 40), st.integers(1, 40))
def test_what_was_dumped_is_restored(keys: list[int], capacity: int, room: int) -> None:
    """A table that is restored holds what was dumped; where it has less room, the oldest are left out."""
    table, other = Table(RECORD.size, capacity), Table(RECORD.size, room)
    for now, key in enumerate(keys, start=1):
        touch(table, key, float(now), now * 2.0)
    head, (names, records) = table.dump()
    other.restore(head, bytes(names), bytes(records))
    kept = {key: RECORD.unpack_from(table.memory, at) for key, at in table.items()}
    left = dict(sorted(kept.items(), key=lambda item: item[1])[-room:])
    assert {key: RECORD.unpack_from(other.memory, at) for key, at in other.items()} == left
    touch(other, 1 << 62, 1e9, 7.0)
    assert RECORD.unpack_from(other.memory, other.find(1 << 62)) == (1e9, 7.0)


@pytest.mark.skipif(not hasattr(mmap, "MADV_HUGEPAGE"), reason="this system has no large pages")
def test_only_what_is_restored_lies_in_large_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large pages are asked for where all of them is written at once: no new record waits until one is cleared."""
    asked: list[tuple[int, ...]] = []

    class Memory(mmap.mmap):
        def madvise(self, *how: int) -> None:
            asked.append(how)

    monkeypatch.setattr(mmap, "mmap", Memory)
    size = 1 << 16
    table = Table(size, 200)
    for key in range(100):
        table.slot(key)
    assert asked == []
    head, (names, records) = table.dump()
    other = Table(size, 200)
    other.restore(head, bytes(names), bytes(records))
    assert asked == [(mmap.MADV_HUGEPAGE, 0, 6 << 20)]
    assert len(other) == 100


def test_parts_that_do_not_fit_are_refused() -> None:
    """Records of another size, or fewer than keys, are no table."""
    head, (names, records) = Table(16, 4).dump()
    with pytest.raises(ValueError, match="do not fit"):
        Table(24, 4).restore(head, bytes(names), bytes(records))
    with pytest.raises(ValueError, match="do not fit"):
        Table(16, 4).restore({**head, "records": 1}, bytes(names), bytes(records))
