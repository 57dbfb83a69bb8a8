"""What holds for every adapter of gateways, identity providers and bills beyond Twilio's messages and Amazon's logs."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Record, Sample, Source
from checkvalve.sources.registry import source, sources
from tests.sources import vendor_records as own
from tests.sources.gateway_records import ONE_OF_EACH, OTHERS, arbitrary, disturbed, records_of
from tests.sources.test_gateway_adapters import hold_conventions
from tests.sources.weblog_fixtures import ROOT, recorded

CALLBACK = {
    "MessageSid": "SM1",
    "MessageStatus": "sent",
    "To": "+12025550100",
    "received_at": "2026-05-26T10:00:00Z",
}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "twilio.callbacks": [CALLBACK, {"body": urlencode(CALLBACK), "time": "2026-05-26T10:00:00Z"}],
    "twilio.events": [own.message_event(), own.attempt_event()],
    "twilio.verify_events": [own.verification_event("approved"), own.verification_answer()],
    "twilio.alerts": [own.alert(), own.alert(resource_sid="VE1")],
    "vonage.reports": [own.vonage_message(), own.vonage_request()],
    "vonage.receipts": [own.vonage_receipt(), own.vonage_status(), own.vonage_summary()],
    "plivo.messages": [own.plivo_message()],
    "messagebird.messages": [
        own.messagebird_message(own.messagebird_recipient(price={"amount": 0.1, "currency": "EUR"})),
        own.messagebird_verify(),
    ],
    "sinch.reports": [own.sinch_report(), own.sinch_batch()],
    "infobip.reports": [own.infobip_report()],
    "azure.acs": [own.azure_operation(), own.azure_report()],
    "billing.focus": [own.focus_line()],
    "auth0.logs": [own.auth0_event(), own.auth0_event()["data"]],
    "okta.logs": [own.okta_event()],
    "ocsf.http": [own.ocsf_request()],
    "ocsf.api": [own.ocsf_call()],
}
EACH = [(name, record) for name, records in RECORDS.items() for record in records]
FOREIGN = ONE_OF_EACH | {
    name: record
    for name, record in OTHERS.items()
    if name
    not in (
        "a Monitor alert",
        "an Event Streams event",
        "a Plivo message",
        "a FOCUS line",
        "a Verification resource",
    )
}
FRAMINGS: tuple[Framing, ...] = ("json", "csv", "line")

each_name = pytest.mark.parametrize("name", RECORDS)
each_record = pytest.mark.parametrize(("name", "record"), EACH, ids=[name for name, _ in EACH])


def read(adapter: Source, record: Record) -> tuple[list[Event], list[str]]:
    """The events of a record, or the reason for which it was refused."""
    try:
        return list(adapter.reader(Logs())(record)), []
    except Unusable as error:
        return [], [error.reason]


@each_record
def test_claimed_by_its_own_alone(name: str, record: dict[str, Any]) -> None:
    """A record is surely its own adapter's, and no other adapter of the product claims it."""
    for one in sources():
        framings: list[Framing] = [framing for framing in FRAMINGS if framing in one.framings]
        confidence = max(one.recognise(Sample(framing, [record])).confidence for framing in framings or ["json"])
        assert (confidence > 0.9) if one.name == name else (confidence < 0.5), one.name


@each_name
def test_claims_nothing_else(name: str) -> None:
    """An adapter claims no record of another vendor, nor a line of a web log."""
    adapter = source(name)
    others = [record for other, record in EACH if other != name] + list(FOREIGN.values())
    for record in others:
        assert adapter.recognise(Sample("json", [record])).confidence < 0.5, record
    line = '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "POST /otp HTTP/1.1" 200 2 "-" "curl/8"'
    assert adapter.recognise(Sample("line", [line])).confidence == 0.0


@each_name
def test_self_description(name: str) -> None:
    """An adapter says what people call the log and how to get it."""
    adapter = source(name)
    assert adapter.name == name
    assert adapter.title
    assert len(adapter.enable) > 40


@each_record
@settings(max_examples=20)
@given(data=st.data())
def test_disturbed_records(name: str, record: dict[str, Any], data: st.DataObject) -> None:
    """A record with anything in its fields gives events that hold the conventions, or a reason."""
    events, reasons = read(source(name), data.draw(disturbed(record)))
    assert bool(events) != bool(reasons)
    hold_conventions(events)


@each_name
@settings(max_examples=15)
@given(record=st.text() | st.dictionaries(st.text(max_size=12), arbitrary, max_size=6))
def test_arbitrary_records(name: str, record: Record) -> None:
    """An arbitrary record gives a reason (a blank line nothing), and an answer between 0 and 1 to whose it is."""
    adapter = source(name)
    events, reasons = read(adapter, record)
    assert not events
    assert reasons or (isinstance(record, str) and not record.strip())
    match = adapter.recognise(Sample("json", [record]))
    assert 0.0 <= match.confidence <= 1.0
    assert match.reason


@recorded
@each_name
def test_recorded_logs(name: str) -> None:
    """Every recorded record of whatever vendor gives events or a reason, whichever adapter gets it."""
    adapter = source(name)
    folders = (
        "twilio",
        "vonage",
        "plivo",
        "messagebird",
        "sinch",
        "auth0",
        "aws_sns",
        "aws_eum",
        "cloudflare",
        "zeek",
    )
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*")):
            if path.suffix in {".json", ".jsonl", ".txt"} and path.stat().st_size < 200_000:
                for record in records_of(path)[:50]:
                    hold_conventions(read(adapter, record)[0])
