"""Sinch's delivery reports and batches."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.sinch_reports import SinchReports
from tests.sources.vendor_records import only, read_file, refusal, sends, sinch_batch, sinch_report
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = SinchReports()
REPORT: dict[str, Any] = {
    "type": "delivery_report_sms",
    "batch_id": "b1",
    "total_message_count": 3,
    "statuses": [
        {"code": 0, "status": "Delivered", "count": 2, "recipients": ["12025550101", "+12025550102"]},
        {"code": 407, "status": "Failed", "count": 1, "recipients": ["12025550103"]},
        {"code": 400, "status": "Queued", "count": 9},
    ],
}


def read(record: Any) -> list[Any]:
    """The events of a record."""
    return list(SOURCE.reader(Logs())(record))


def test_recipient() -> None:
    """A report on one recipient is a send of the batch, at the operator's time where there is one."""
    send = only(SOURCE, sinch_report(operator="310260", number_of_message_parts=2))
    assert (send.send_id, send.destination, send.network) == ("b1/12025550100", "+12025550100", "310-260")
    assert (send.status, send.error_code, send.segments, send.delivered_at.second) == ("delivered", None, 2, 4)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("Queued", 400, ("accepted", None)),
        ("Dispatched", 401, ("sent", None)),
        ("Aborted", 412, ("failed", "412")),
        ("Rejected", 402, ("failed", "402")),
        ("Expired", 406, ("failed", "406")),
        ("Cancelled", 407, ("failed", "407")),
        ("Unknown", 418, (None, "418")),
    ],
)
def test_statuses(status: str, code: int, expected: tuple[str | None, str | None]) -> None:
    """Every status has its code, and the codes of progress are no errors."""
    send = only(SOURCE, sinch_report(status=status, code=code))
    assert (send.status, send.error_code) == expected


def test_full_report() -> None:
    """One report on a batch stands for as many messages as it lists, without any time."""
    found = read(REPORT)
    assert [(one.send_id, one.status) for one in found] == [
        ("b1/12025550101", "delivered"),
        ("b1/12025550102", "delivered"),
        ("b1/12025550103", "failed"),
    ]
    assert {one.sent_at for one in found} == {None}


def test_batch() -> None:
    """A batch tells the hand-over of each of its numbers; groups are no numbers."""
    found = read(sinch_batch(to=["12025550100", "+12025550101", "01GROUP"], send_at="2026-05-26T10:05:00Z"))
    assert [one.destination for one in found] == ["+12025550100", "+12025550101"]
    assert {(one.status, one.sent_at.minute) for one in found} == {("accepted", 5)}
    assert only(SOURCE, sinch_batch(canceled=True)).status == "failed"


def test_batch_before_its_reports() -> None:
    """A batch earlier in the file gives its reports the hand-over."""
    reading = SOURCE.reader(Logs())
    found = sends([event for record in (sinch_batch(), sinch_report()) for event in reading(record)])
    assert [one.sent_at and one.sent_at.second for one in found] == [0, 0]


def test_media() -> None:
    """Reports on media messages say so in their type."""
    assert only(SOURCE, sinch_report(type="recipient_delivery_report_mms")).channel == "mms"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (REPORT | {"statuses": REPORT["statuses"][2:]}, "no_recipients"),
        (REPORT | {"statuses": None}, "no_recipients"),
        (sinch_batch(to=["01GROUP"]), "no_recipients"),
        (sinch_report(at=None), "bad_time"),
        (sinch_report(batch_id=None), "missing_field"),
        (sinch_report(recipient=None), "missing_field"),
        ({"type": "mo_text", "id": "b1"}, "not_a_send"),
        ({"type": 5}, "not_a_send"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Summaries, which only count, inbound messages and records without identity or time are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """A recorded report is one delivered message."""
    name, events, reasons = read_file(ROOT / "sinch" / "recipient_delivery_report_delivered.json")
    assert (name, reasons) == ("sinch.reports", [])
    assert [(one.status, one.destination) for one in sends(events)] == [("delivered", "+12017777777")]
