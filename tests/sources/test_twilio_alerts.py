"""Alerts of Twilio's Monitor."""

from typing import Any

import pytest

from checkvalve.events import Verification
from checkvalve.sources.base import Sample
from checkvalve.sources.twilio_alerts import TwilioAlerts
from tests.sources.vendor_records import alert, only, read_file, refusal
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = TwilioAlerts()


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("30450", "fraud"), ("30453", "fraud"), ("60410", "fraud"), ("60605", "policy"), (21408, "policy")],
)
@pytest.mark.parametrize("sid", ["SM1", "MM1", "VL1"])
def test_verdicts(code: object, verdict: str, sid: str) -> None:
    """A verdict about a message is an event of that message that leaves the hand-over to other logs."""
    send = only(SOURCE, alert(error_code=code, resource_sid=sid))
    assert (send.send_id, send.status, send.provider_verdict) == (sid, "blocked", verdict)
    assert (send.sent_at, send.event_at.isoformat()) == (None, "2026-05-26T10:00:00+00:00")


@pytest.mark.parametrize("code", ["60410", "60605", "60203", "60202", "60212"])
def test_verifications(code: str) -> None:
    """A verdict or a limit about a verification is one that failed, under the alert's identity."""
    found = only(SOURCE, alert(error_code=code, resource_sid="VE1"))
    assert isinstance(found, Verification)
    assert (found.kind, found.error_code, found.verification_id) == ("failed", code, "VE1")
    assert found.event_id == "NO" + "01" * 16


def test_command_line() -> None:
    """The command line tool writes the same in camelCase."""
    record = {
        "sid": "NO1",
        "errorCode": "30450",
        "logLevel": "error",
        "resourceSid": "SM1",
        "dateGenerated": "2026-05-26T10:00:00Z",
        "accountSid": "AC1",
    }
    assert SOURCE.recognise(Sample("json", [record])).confidence == 1.0
    assert only(SOURCE, record).account == "AC1"


def test_created_stands_in() -> None:
    """An alert that does not say when it was generated has the time of its creation."""
    assert only(SOURCE, alert(date_generated=None)).event_at.second == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (alert(error_code="11200"), "not_a_send"),
        (alert(error_code="30003"), "not_a_send"),
        (alert(error_code="30044"), "not_a_send"),
        (alert(resource_sid="CA1"), "not_a_send"),
        (alert(resource_sid=None), "not_a_send"),
        (alert(error_code=None), "not_a_send"),
        (alert(date_generated="soon"), "bad_time"),
        (alert(date_generated=None, date_created=None), "bad_time"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Alerts about webhooks, calls, trial limits and delivery errors, which events.py cannot hold, are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """Recorded pages are recognised, the empty one too; a placeholder instead of a code is no verdict."""
    assert read_file(ROOT / "twilio" / "monitor__get_v1_Alerts__200_readFull.json") == (
        "twilio.alerts",
        [],
        ["not_a_send"],
    )
    assert read_file(ROOT / "twilio" / "monitor__get_v1_Alerts__200_readEmpty.json")[0] == "twilio.alerts"
    for name in (
        "monitor__get_v1_Events_Sid__200_fetch.json",
        "events__get_v1_Types__200_readResultsWithSchemaId.json",
    ):
        assert read_file(ROOT / "twilio" / name)[0] is None
