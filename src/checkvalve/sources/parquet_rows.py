"""Rows of a Parquet file, each as an object of its columns: what bills, security lakes and log archives are kept in.

A Parquet file says at its end what is in it, so it is put on disk whole, packed or not, before its first row comes.
Times come as text, in UTC where the column has a zone; numbers, lists and structures as what they are.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from checkvalve.sources.base import Broken, Record
from checkvalve.sources.json_values import json_value, objects

_MAGIC = b"PAR1"
_AT_ONCE = 2048
_ROWS = "SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet(?) AS t"


def is_parquet(head: bytes) -> bool:
    """Do these bytes begin a Parquet file?

    >>> is_parquet(b"PAR1"), is_parquet(b"PK")
    (True, False)
    """
    return head.startswith(_MAGIC)


def parquet_rows(blocks: Iterable[bytes]) -> Iterator[Record | Broken]:
    """The rows in order; at the end, what could not be read as one `Broken`."""
    with tempfile.TemporaryDirectory(prefix="checkvalve-") as folder:
        path = Path(folder) / "rows.parquet"
        with path.open("wb") as file:
            for block in blocks:
                file.write(block)
        try:
            with duckdb.connect() as engine:
                engine.execute("SET TimeZone = 'UTC'")
                found = engine.execute(_ROWS, [str(path)])
                while rows := found.fetchmany(_AT_ONCE):
                    for (row,) in rows:
                        yield from _objects(row)
        except (duckdb.Error, UnicodeDecodeError):
            yield Broken("damaged_parquet", "the Parquet file is damaged, or cut short")


def _objects(row: str) -> Iterator[Record | Broken]:
    try:
        yield from objects(json_value(row))
    except ValueError:
        yield Broken("bad_json", row[:2000])
