"""zeek.conn and zeek.ssl: connections are known for what they are, and by decision tell of no requests."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample, Source
from checkvalve.sources.zeek_conn import ZeekConn
from checkvalve.sources.zeek_ssl import ZeekSsl
from tests.sources.test_zeek_http import OBJECT, header, line
from tests.sources.weblog_fixtures import recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled, spoilt

CONN, SSL = ZeekConn(), ZeekSsl()
LINES = {
    source.name: (SAMPLES / source.name / f"{source.name[5:]}.log").read_text().splitlines()
    for source in (CONN, SSL)
}
each_source = pytest.mark.parametrize("source", [CONN, SSL], ids=lambda one: one.name)


@each_source
@pytest.mark.parametrize("ending", ["log", "json"])
def test_a_connection_is_no_request(source: Source, ending: str) -> None:
    """The log is recognised as text and as JSON, and its records are passed over without a reason to quarantine."""
    name, events, reasons, nothing = from_file(SAMPLES / source.name / f"{source.name[5:]}.{ending}")
    assert (name, events, reasons) == (source.name, [], [])
    assert nothing >= 1


@each_source
def test_requests_are_not_passed_over(source: Source) -> None:
    """A record of http.log among connections is quarantined, so that it is not lost in silence."""
    with pytest.raises(Unusable, match="not_http"):
        source.reader(Logs())(OBJECT)
    read = source.reader(Logs())
    for beginning in header():
        read(beginning)
    with pytest.raises(Unusable, match="not_http"):
        read(line())


@each_source
def test_header_of_another_stream(source: Source) -> None:
    """The header of http.log is not taken for its own."""
    assert source.recognise(Sample("line", list[Record](header()))).confidence == 0


@each_source
@given(data=st.data(), record=spoilt([OBJECT]), text=st.text())
def test_arbitrary_records(source: Source, data: st.DataObject, record: dict[str, Any], text: str) -> None:
    """Whatever a record holds, it gives nothing, or a reason for quarantine."""
    lines = LINES[source.name]
    scribble = data.draw(scribbled(lines))
    account(source, [*lines, scribble, record, text, "#" + text, lines[-2]])
    source.recognise(Sample("line", [*lines, scribble]))


@recorded
@each_source
def test_no_recorded_log_is_claimed(source: Source) -> None:
    """No recorded log of anything else is taken for connections."""
    assert claimed_by(source.name) == set()
