"""Exhibits against the evidence that they speak of: every query runs in evidence.duckdb and shows what is said."""

from pathlib import Path

import duckdb
import pytest

from checkvalve.cases.investigate import investigate
from checkvalve.export.presentable import presentable
from checkvalve.investigation import Exhibit, Investigation
from proving.write import write

SCALE = 0.2


@pytest.fixture(scope="module", params=["burst", "flood"])
def examined(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Investigation, Path]:
    """An attack with codes that do not come back, and one of which no log tells; the result and its evidence."""
    folder = tmp_path_factory.mktemp(request.param)
    write(request.param, 1, folder, SCALE)
    return investigate(sorted((folder / "logs").iterdir()), folder), folder / "evidence.duckdb"


def opened(evidence: Path) -> duckdb.DuckDBPyConnection:
    """The evidence as the page says to open it: days and hours are those of UTC."""
    connection = duckdb.connect(evidence, read_only=True)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def exhibits(result: Investigation) -> list[Exhibit]:
    """The exhibits of all cases, and of the whole evidence."""
    return [*result.exhibits, *(exhibit for case in result.cases for exhibit in case.exhibits)]


def test_every_query_shows_the_stated_rows(examined: tuple[Investigation, Path]) -> None:
    """Read-only, without any other file, each query gives the stated number of rows, columns and examples."""
    result, evidence = examined
    assert len(exhibits(result)) >= 5
    with opened(evidence) as connection:
        for exhibit in exhibits(result):
            found = connection.execute(exhibit.query)
            assert [column[0] for column in found.description or []] == exhibit.columns
            rows = [["" if value is None else str(value) for value in row] for row in found.fetchall()]
            assert len(rows) == exhibit.rows, exhibit.query
            assert all(row in rows for row in exhibit.examples), exhibit.query


def test_queries_run_as_they_are_printed(examined: tuple[Investigation, Path]) -> None:
    """Hiding numbers leaves the queries whole: the ones of the page give the same number of rows."""
    result, evidence = examined
    with opened(evidence) as connection:
        for exhibit in exhibits(presentable(result)):
            assert len(connection.execute(exhibit.query).fetchall()) == exhibit.rows


def test_every_reference_is_kept(examined: tuple[Investigation, Path]) -> None:
    """Ids are unique, every indicator has an exhibit, and whatever is named, exhibit or case, is there."""
    result, _ = examined
    ids = [exhibit.id for exhibit in exhibits(result)]
    assert len(ids) == len(set(ids))
    named = [one.exhibits for one in result.questions] + [one.exhibits for one in result.escalation.criteria]
    named += [indicator.exhibits for case in result.cases for indicator in case.indicators]
    assert {id_ for references in named for id_ in references} <= set(ids)
    assert all(indicator.exhibits for case in result.cases for indicator in case.indicators)
    assert all(len(one.exhibits) == len(one.facts) for one in result.questions)
    assert all(len(one.exhibits) == len(one.facts) for one in result.escalation.criteria)
    assert {measure.case_id for measure in result.containment} <= {case.id for case in result.cases}
