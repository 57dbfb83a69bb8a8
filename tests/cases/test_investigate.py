"""One investigation: what goes on beside it, and when its files are whole."""

from pathlib import Path

import duckdb
import pytest

from checkvalve.cases.investigate import investigated
from checkvalve.errors import Usage
from tests.cli.small_logs import write_logs


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Files of two sources."""
    write_logs(tmp_path)
    return sorted((tmp_path / "logs").iterdir())


def requests_in(evidence: Path) -> int:
    """How many requests does the evidence hold, for whoever opens it afresh?"""
    with duckdb.connect(evidence, read_only=True) as connection:
        (count,) = connection.execute("SELECT count(*) FROM requests").fetchall()[0]
        return int(count)


def test_the_evidence_is_whole_where_the_block_ends(logs: list[Path], tmp_path: Path) -> None:
    """What is done meanwhile has ended where the block begins, and the evidence can be opened where it ends."""
    done = []
    with investigated(logs, tmp_path, meanwhile=lambda: done.append(True)) as result:
        assert done
    assert requests_in(tmp_path / "evidence.duckdb") == result.totals.requests > 0


def test_a_block_that_fails_lets_go_of_the_evidence(logs: list[Path], tmp_path: Path) -> None:
    """The block's own error comes out, and the evidence is closed as it would have been."""
    with pytest.raises(ZeroDivisionError), investigated(logs, tmp_path):
        raise ZeroDivisionError
    assert requests_in(tmp_path / "evidence.duckdb") > 0


def test_an_investigation_that_fails_lets_go_of_the_evidence(tmp_path: Path) -> None:
    """Where nothing can be read, no block begins, and the evidence is closed too."""
    (unknown := tmp_path / "notes.txt").write_text("nobody knows such a log\n", encoding="utf-8")
    with pytest.raises(Usage), investigated([unknown], tmp_path):
        pytest.fail("there is no result")
    assert requests_in(tmp_path / "evidence.duckdb") == 0
