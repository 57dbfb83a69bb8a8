"""Columns of numpy arrays are read by the engine as they stand."""

import weakref

import duckdb
import numpy as np
import pytest

from checkvalve.evidence.arrow import Columns


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_the_engine_reads_what_stands_there(count: int) -> None:
    """Numbers, truths and texts of one length come out as they went in, as often as they are asked for."""
    texts = [f"{n:08x}" for n in range(count)]
    columns = {
        "whole": np.arange(count) - 7,
        "small": np.arange(count, dtype=np.int32),
        "half": np.arange(count).astype(np.uint16)[::-1],
        "byte": np.arange(count).astype(np.uint8),
        "part": np.arange(count) / 3,
        "truth": np.arange(count) % 2 == 0,
        "word": np.frombuffer("".join(texts).encode(), np.uint8).reshape(count, 8),
    }
    with duckdb.connect() as connection:
        connection.register("given", Columns(columns))
        for _ in range(2):
            rows = connection.execute("SELECT * REPLACE (CAST(truth AS BOOLEAN) AS truth) FROM given").fetchall()
            assert rows == list(
                zip(
                    *(columns[name].tolist() for name in ("whole", "small", "half", "byte", "part", "truth")),
                    texts,
                    strict=True,
                )
            )
        assert connection.execute("SELECT count(*), max(word) FROM given").fetchone() == (
            count,
            max(texts, default=None),
        )


def test_nothing_is_held_afterwards() -> None:
    """Columns that nobody needs any more go at once, without waiting for a collection of garbage."""
    columns = Columns({"whole": np.arange(3)})
    with duckdb.connect() as connection:
        connection.register("given", columns)
        connection.execute("SELECT sum(whole) FROM given").fetchall()
        connection.unregister("given")
    gone = weakref.ref(columns)
    del columns
    assert gone() is None
