"""The bench of the guard runs and prints its table."""

import pytest

from proving.bench.guard import main


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A small run prints a line for the decision alone, for all learning, and the weight of an entity."""
    assert main(["2000", "--sample", "200"]) == 0
    told = capsys.readouterr().out
    assert "`decide`" in told
    assert "bytes for each live entity" in told
