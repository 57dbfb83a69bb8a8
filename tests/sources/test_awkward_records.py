"""Awkward things that vendors write and that fit to no test of one source: a sentence each."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from checkvalve.events import Charge, Request, Verification
from checkvalve.sources.recognition import recognise_head
from tests.sources.whole_files import SAMPLES, read_content

AT = datetime(2026, 5, 26, 10, tzinfo=UTC)


def sample(name: str) -> str:
    """The text of a sample."""
    return (SAMPLES / name).read_text()


def test_probe_of_an_export() -> None:
    """The file that CloudWatch writes to try a bucket before an export is no log, and says so."""
    found = recognise_head(b"Permission Check Successful")
    assert found.source is None
    assert found.reason


@pytest.mark.parametrize("dash", ["-", "\u2013", "\u2011"])
@pytest.mark.parametrize("fee", ["MessageFee", "MessageFees"])
def test_typeset_usage_types(dash: str, fee: str) -> None:
    """A usage type that was copied out of a document has dashes of print, and its fee is in singular or plural."""
    text = sample("aws.cur/cur2.csv").splitlines()
    row = next(line for line in text if "OutboundSMS-" in line and "MessageCount" in line)
    written = row.replace("MessageCount", fee)
    usage = next(cell for cell in written.split(",") if "OutboundSMS-" in cell)
    content = "\n".join([text[0], written.replace(usage, usage.replace("-", dash)), ""])
    _, found, reasons = read_content(content.encode())
    assert reasons == []
    assert [(event.counts_messages, event.country) for event in found if isinstance(event, Charge)] == [
        (False, "GB")
    ]


def test_numbers_beyond_exact_floats() -> None:
    """A time in nanoseconds is beyond what a float holds exactly, and keeps its microseconds."""
    record = json.loads(sample("cloudflare.http/http_requests.jsonl").splitlines()[0])
    record["EdgeStartTimestamp"] = 1_779_789_600_123_456_789
    _, (found,), _ = read_content(json.dumps(record).encode())
    assert isinstance(found, Request)
    assert found.occurred_at == AT.replace(microsecond=123_456)


def test_other_encodings() -> None:
    """Bytes of another encoding (Big5 here) stay visible as escapes, and cost no line."""
    line = '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 2 "-" "{}"\n'
    content = line.format("\u77ed\u8a0a").encode("big5") + line.format("curl/8").encode()
    source, found, reasons = read_content(content)
    assert (source, reasons) == ("web.combined", [])
    assert [event.user_agent for event in found if isinstance(event, Request)][1] == "curl/8"


def test_older_name_in_the_context_of_a_trigger() -> None:
    """The context of a trigger's event names the SDK in two ways; neither matters to what is read."""
    event: dict[str, Any] = {
        "version": "1",
        "triggerSource": "CustomSMSSender_SignUp",
        "userPoolId": "p",
        "userName": "u1",
        "callerContext": {"awsSdk": "x", "clientId": "c"},
        "request": {"type": "customEmailSenderRequestV1", "userAttributes": {"phone_number": "+12025550100"}},
    }
    logged = {"events": [{"timestamp": 1779789600000, "message": json.dumps(event), "ingestionTime": 1}]}
    _, (found,), _ = read_content(json.dumps(logged).encode())
    assert isinstance(found, Verification)
    assert (found.kind, found.destination, found.occurred_at) == ("started", "+12025550100", AT)


def test_columns_that_a_package_adds() -> None:
    """Columns that nobody knows, at the end or in between, shift nothing in a log whose header names them."""
    lines = sample("zeek.http/http.log").splitlines()
    separator = "\t"
    changed = []
    for line in lines:
        cells = line.split(separator)
        if line.startswith(("#fields", "#types")):
            cells.insert(3, "new_field" if line.startswith("#fields") else "string")
        elif not line.startswith("#"):
            cells.insert(2, "x")
        changed.append(separator.join(cells))
    _, plain, _ = read_content("\n".join(lines).encode())
    _, found, _ = read_content("\n".join(changed).encode())
    assert found == plain
    assert found


def test_shippers_beside_a_sensor() -> None:
    """A sensor's own keys beside the record (path, time of writing, headers) change nothing about the request."""
    record = json.loads(sample("zeek.http/http.json").splitlines()[0])
    _, plain, _ = read_content(json.dumps(record).encode())
    added = {
        "_path": "http",
        "_write_ts": "2026-05-26T10:00:09Z",
        "_system_name": "s",
        "client_headers": ["A -> b"],
    }
    _, found, _ = read_content(json.dumps(added | record).encode())
    assert found == plain
    assert found
