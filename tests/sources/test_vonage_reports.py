"""Vonage's reports on messages and verification requests."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.vonage_reports import VonageReports
from tests.sources.vendor_records import (
    only,
    read_file,
    refusal,
    sends,
    verifications,
    vonage_message,
    vonage_request,
)
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = VonageReports()


def read(record: dict[str, Any]) -> list[Any]:
    """The events of a record."""
    return list(SOURCE.reader(Logs())(record))


def test_message() -> None:
    """A text's row says all that a send holds: number with its plus, network, price, both times."""
    send = only(SOURCE, vonage_message())
    assert (send.destination, send.country, send.network) == ("+447700900123", "GB", "234-15")
    assert (send.price, send.currency, send.status, send.error_code) == (0.036, "EUR", "delivered", None)
    assert (send.delivered_at - send.sent_at).total_seconds() == 4


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", "sent"),
        ("buffered", "sent"),
        ("submitted", "accepted"),
        ("expired", "failed"),
        ("rejected", "failed"),
        ("undeliverable", "failed"),
        ("read", "delivered"),
        ("unknown", None),
    ],
)
def test_statuses(word: str, status: str | None) -> None:
    """Statuses of texts and of the Messages API; an unknown one stays open."""
    assert only(SOURCE, vonage_message(status=word)).status == status


def test_currency() -> None:
    """Reports leave the currency empty: the setting stands in, and without it the currency stays open."""
    record = vonage_message(currency="")
    assert only(SOURCE, record).currency is None
    assert only(SOURCE, record, Logs(currency="EUR")).currency == "EUR"
    assert only(SOURCE, vonage_message(currency="", total_price=""), Logs(currency="EUR")).currency is None


@pytest.mark.parametrize(
    ("network", "expected"),
    [("12345 MX-FIXED", None), ("US-FIXED", None), ("23410 GB", "234-10"), (23415, "234-15")],
)
def test_networks(network: object, expected: str | None) -> None:
    """A network is a code of country and network in one word; a kind of line is none."""
    assert only(SOURCE, vonage_message(network=network)).network == expected


def test_channels() -> None:
    """Other channels of the Messages API are named, and accounts there are no numbers."""
    assert only(SOURCE, vonage_message(provider="whatsapp")).channel == "whatsapp"
    send = only(SOURCE, vonage_message(provider="messenger", to="1048"))
    assert (send.channel, send.destination) == ("messenger", None)


def test_unfinished() -> None:
    """A message that is not final yet has no time of its end."""
    send = only(SOURCE, vonage_message(date_finalized="", status="buffered"))
    assert (send.event_at, send.delivered_at) == (None, None)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("SUCCESS", "approved"),
        ("FAILED", "failed"),
        ("CANCELLED", "failed"),
        ("EXPIRED", "expired"),
        ("completed", "approved"),
        ("user_rejected", "failed"),
        ("blocked", "failed"),
        ("IN PROGRESS", None),
    ],
)
def test_results(word: str, kind: str | None) -> None:
    """A request is started once, and has one result unless it runs; no code came unless it was approved."""
    found = read(vonage_request(status=word))
    kinds = [one.kind for one in verifications(found)]
    assert kinds == (["started", kind] if kind else ["started"])
    assert len({one.event_id for one in verifications(found)}) == len(kinds)
    assert {one.unverified for one in sends(found)} == {True if kind in ("failed", "expired") else None}


def test_codes() -> None:
    """Every counted code is a send; the first and the last have times, and they share the price of the request."""
    found = sends(read(vonage_request(sms_event_count="2", tts_event_count="1")))
    assert [one.send_id for one in found] == ["r1/1", "r1/2", "r1/3"]
    assert [one.channel for one in found] == ["sms", "sms", "voice"]
    assert [one.sent_at and one.sent_at.second for one in found] == [1, None, 20]
    assert sum(one.price or 0 for one in found) == pytest.approx(0.06)
    assert {one.verification_id for one in found} == {"r1"}


def test_version_2() -> None:
    """Version 2 tells the request's time only: it is that of the first code and, at the earliest, of the right one."""
    record = vonage_request(status="completed", total_price="0.068", sms_event_count="2", channel="v2")
    for key in ("price", "date_finalized", "first_event_date", "last_event_date"):
        del record[key]
    found = read(record)
    assert [one.occurred_at.second for one in verifications(found)] == [0, 0]
    assert [one.sent_at and one.sent_at.second for one in sends(found)] == [0, None]
    assert [one.price for one in sends(found)] == [0.034, 0.034]


def test_blocked() -> None:
    """A request that the anti-fraud system stopped is one blocked send with the verdict, though no code went out."""
    (send,) = sends(read(vonage_request(status="blocked", sms_event_count="0")))
    assert (send.status, send.provider_verdict, send.send_id) == ("blocked", "fraud", "r1/1")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (vonage_message(direction="inbound"), "not_a_send"),
        (vonage_message(message_id=""), "missing_field"),
        (vonage_message(date_received=""), "bad_time"),
        (vonage_message(total_price="free"), "bad_number"),
        (vonage_request(sms_event_count="1000000000"), "bad_number"),
        (vonage_request(sms_event_count="-1"), "bad_number"),
        (vonage_request(request_id=None), "missing_field"),
        ({"account_id": "a", "message_id": "m", "queued_time": "2026-05-26T10:00:00Z"}, "not_a_send"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Inbound messages, other products, and rows without identity, time or sense are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """A recorded search gives its messages by their own ids, both prices, and the wrong code before the right one."""
    name, events, reasons = read_file(ROOT / "vonage" / "verify_search_success.json")
    assert (name, reasons) == ("vonage.reports", [])
    assert [one.send_id for one in sends(events)] == ["0A00000012345678", "0A00000012345679"]
    assert sum(one.price or 0 for one in sends(events)) == pytest.approx(0.1666)
    assert [one.kind for one in verifications(events)] == ["started", "approved", "failed"]
    assert verifications(events)[1].occurred_at.minute == 2
    assert read_file(ROOT / "vonage" / "sdk__network_unblock.json")[0] is None


def test_estimated_price() -> None:
    """An estimate is no price: a report's is not added, and does not stand in for a price that is not there."""
    with_estimate = [send.price for send in sends(read(vonage_request(estimated_price="9.99")))]
    assert with_estimate == [send.price for send in sends(read(vonage_request(estimated_price="")))]
    assert {send.price for send in sends(read(vonage_request(price="", estimated_price="9.99")))} == {None}
