"""zeek.conn: connections are known for what they are, and by decision tell of no requests."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.zeek_conn import ZeekConn
from tests.sources.test_zeek_http import OBJECT, header, line
from tests.sources.weblog_fixtures import recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, foreign_samples, from_file, scribbled, spoilt

SOURCE = ZeekConn()
LINES = (SAMPLES / "zeek.conn" / "conn.log").read_text().splitlines()


@pytest.mark.parametrize("name", ["conn.log", "conn.json"])
def test_a_connection_is_no_request(name: str) -> None:
    """The log is recognised as text and as JSON, and its records are passed over without a reason to quarantine."""
    source, events, reasons, nothing = from_file(SAMPLES / "zeek.conn" / name)
    assert (source, events, reasons) == ("zeek.conn", [], [])
    assert nothing >= 1


def test_requests_are_not_passed_over() -> None:
    """A record of http.log among connections is quarantined, so that it is not lost in silence."""
    with pytest.raises(Unusable, match="not_http"):
        SOURCE.reader(Logs())(OBJECT)
    read = SOURCE.reader(Logs())
    for beginning in header():
        read(beginning)
    with pytest.raises(Unusable, match="not_http"):
        read(line())


def test_not_greedy() -> None:
    """Samples of other logs, of Zeek's other streams too, are not taken for it."""
    assert foreign_samples(SOURCE) == set()
    assert SOURCE.recognise(Sample("line", list[Record](header()))).confidence == 0


@given(scribbled(LINES), spoilt([OBJECT]), st.text())
def test_arbitrary_records(scribble: str, record: dict[str, Any], text: str) -> None:
    """Whatever a record holds, it gives nothing, or a reason for quarantine."""
    account(SOURCE, [*LINES, scribble, record, text, "#" + text, LINES[-2]])
    SOURCE.recognise(Sample("line", [*LINES, scribble]))


@recorded
def test_no_recorded_log_is_claimed() -> None:
    """No recorded log of anything else is taken for connections."""
    assert claimed_by("zeek.conn") == set()
