"""Records that could not be used: written down with file, number and reason, never lost."""

import os
from pathlib import Path
from types import TracebackType

import msgspec

from checkvalve.evidence.store import surroundings
from checkvalve.sources.json_values import harmless

_LONGEST = 2000
_OF_TABLES = ("csv_fields", "bad_csv")
"""Reasons of lines of a table that were not cut into cells."""


class Quarantine:
    """``quarantine.jsonl`` while it is being written: one object a record, its text cut at 2,000 characters.

    It holds no words of messages and no codes (`unspoken`), and only its owner may read it, for it holds numbers.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with surroundings(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=1 << 20)

    def add(self, file: str, line: int, reason: str, raw: object) -> None:
        """Write down one record; an object is written as the JSON it came from."""
        from checkvalve.evidence.unspoken import as_kept  # its expressions take long to compile

        text = as_kept(raw, of_table=reason.startswith(_OF_TABLES))
        entry = {"file": file, "line": line, "reason": as_kept(reason), "raw": text[:_LONGEST]}
        with surroundings(self._path):
            self._file.write(harmless(msgspec.json.encode(entry)) + b"\n")

    def __enter__(self) -> "Quarantine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with surroundings(self._path):
            self._file.close()
