"""The file that holds the memory of guards."""

from pathlib import Path

import pytest

from checkvalve.guard import snapshot
from checkvalve.guard.snapshot import Header, Parts, Snapshot, write


def test_others_have_the_processor_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes a snapshot steps back after each block, and what was written in blocks is read as it was."""
    stepped: list[int] = []
    monkeypatch.setattr(snapshot, "_BLOCK", 1_000)
    monkeypatch.setattr(snapshot, "_let_others", lambda: stepped.append(1))
    parts = (bytes(range(256)) * 40, b"", memoryview(bytes(1_001)))
    lengths = tuple(map(len, parts))
    write(tmp_path / "snapshot", Header(0.0, "c", 7, (Parts("", lengths),)), parts)
    assert [bytes(part) for part in Snapshot(tmp_path / "snapshot").parts("")] == [bytes(part) for part in parts]
    assert len(stepped) == 3 + 11 + 2
