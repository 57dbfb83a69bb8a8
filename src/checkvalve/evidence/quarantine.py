"""Records that could not be used: written down with file, number and reason, never lost."""

from pathlib import Path
from types import TracebackType

import msgspec

from checkvalve.evidence.store import surroundings
from checkvalve.sources.json_values import harmless

_LONGEST = 2000


class Quarantine:
    """``quarantine.jsonl`` while it is being written: one object a record, its text cut at 2,000 characters."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with surroundings(path):
            self._file = path.open("wb", buffering=1 << 20)

    def add(self, file: str, line: int, reason: str, raw: object) -> None:
        """Write down one record; an object is written as the JSON it came from."""
        text = raw if isinstance(raw, str) else _written(raw)
        entry = {"file": file, "line": line, "reason": reason, "raw": text[:_LONGEST]}
        with surroundings(self._path):
            self._file.write(harmless(msgspec.json.encode(entry)) + b"\n")

    def __enter__(self) -> "Quarantine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with surroundings(self._path):
            self._file.close()


def _written(raw: object) -> str:
    try:
        return msgspec.json.encode(raw, enc_hook=str).decode()
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        return f"(a {type(raw).__name__} that cannot be written as JSON)"
