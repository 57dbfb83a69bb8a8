"""twilio.messages: REST items, BulkExport lines, objects of the command line tool, rows of the console's CSV."""

from datetime import UTC, datetime
from typing import Any

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Send
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.twilio_messages import TwilioMessages
from tests.sources.gateway_records import message

SOURCE = TwilioMessages()
SENT = datetime(2026, 5, 1, 10, 0, 1, tzinfo=UTC)

CONSOLE_ROW = {
    "From": "EXAMPLE",
    "To": "+12025550100",
    "Body": "Your code is 000000",
    "Status": "delivered",
    "SentDate": "2026-05-01T12:00:01+02:00",
    "ApiVersion": "2010-04-01",
    "NumSegments": "2",
    "ErrorCode": "0",
    "AccountSid": "AC" + "01" * 16,
    "Sid": "SM" + "0a" * 16,
    "Direction": "outbound-api",
    "Price": "-0.00750",
    "PriceUnit": "USD",
}


def read(record: Record, logs: Logs | None = None) -> Send:
    """The one send of a record."""
    (event,) = SOURCE.reader(logs or Logs())(record)
    assert isinstance(event, Send)
    return event


def refused(record: Record) -> str:
    """The reason for which a record goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(record)
    return caught.value.reason


def camel(record: dict[str, Any]) -> dict[str, Any]:
    """The record under the command line tool's spelling."""

    def name(key: str) -> str:
        first, *others = key.split("_")
        return first + "".join(word.capitalize() for word in others)

    return {name(key): value for key, value in record.items()}


class TestFields:
    """What a message says."""

    def test_rest(self) -> None:
        """A REST item gives times, number, channel, status, parts and a positive price in its currency."""
        assert read(message()) == Send(
            send_id="SM" + "0a" * 16,
            provider="twilio",
            account="AC" + "01" * 16,
            sent_at=SENT,
            destination="+12025550100",
            channel="sms",
            status="delivered",
            segments=2,
            price=0.0075,
            currency="USD",
            event_at=datetime(2026, 5, 1, 10, 0, 9, tzinfo=UTC),
        )

    def test_command_line(self) -> None:
        """The command line tool's camelCase says the same as REST."""
        dates = {"date_created": "2026-05-01T10:00:00.000Z", "date_sent": "2026-05-01T10:00:01.000Z"}
        dates["date_updated"] = "2026-05-01T10:00:09.000Z"
        assert read(camel(message(**dates))) == read(message())

    @pytest.mark.parametrize(
        ("written", "number"),
        [
            ("12025550100", "+12025550100"),
            ("1.20256E+10", None),
            ("+1XXX5550100", None),
            ("messenger:12025550100", None),
        ],
    )
    def test_console_saved_by_a_spreadsheet(self, written: str, number: str | None) -> None:
        """A spreadsheet loses the plus of a number; what it rounded, and what is no number, stays unknown."""
        assert read(CONSOLE_ROW | {"To": written}).destination == number
        assert read(message(to="12025550100")).destination is None

    def test_console(self) -> None:
        """A CSV row says the same but for the update, whatever the order of its columns."""
        expected = read(message(date_updated=None))
        assert read(CONSOLE_ROW) == expected
        assert read(dict(sorted(CONSOLE_ROW.items()))) == expected

    @pytest.mark.parametrize(
        "date", ["2026-05-01T10:00:01Z", "Fri, 01 May 2026 10:00:01 +0000", "2026-05-01 10:00:01"]
    )
    def test_console_dates(self, date: str) -> None:
        """The console's date is taken in ISO 8601 and in RFC 2822."""
        assert read(CONSOLE_ROW | {"SentDate": date}).sent_at == SENT

    def test_bulk_export(self) -> None:
        """A BulkExport line has ISO dates and no currency: it is the configured one, or unknown."""
        line = message(date_sent="2026-05-01T10:00:01Z", date_created="2026-05-01T10:00:00Z", date_updated=None)
        del line["price_unit"]
        assert (read(line).sent_at, read(line).currency) == (SENT, None)
        assert read(line, Logs(currency="EUR")).currency == "EUR"

    def test_configured_currency_is_a_stand_in(self) -> None:
        """The record's own currency wins over the configured one, and no price needs no currency."""
        assert read(message(), Logs(currency="EUR")).currency == "USD"
        assert read(message(price=None, price_unit=None), Logs(currency="EUR")).currency is None

    def test_not_yet_billed(self) -> None:
        """Price null is unknown, not zero; a price of zero is zero."""
        assert read(message(price=None)).price is None
        assert read(message(price="0")).price == 0.0

    def test_parts_unknown(self) -> None:
        """Zero parts is what Twilio writes before it has counted."""
        assert read(message(num_segments="0")).segments is None

    def test_created_when_not_sent(self) -> None:
        """A scheduled message without a date of sending stands at its creation."""
        found = read(message(date_sent=None, status="scheduled"))
        assert (found.sent_at, found.status) == (SENT.replace(second=0), "accepted")

    @pytest.mark.parametrize(
        ("to", "sid", "destination", "channel"),
        [
            ("+12025550100", "SM1", "+12025550100", "sms"),
            ("+12025550100", "MM1", "+12025550100", "mms"),
            ("whatsapp:+12025550100", "SM1", "+12025550100", "whatsapp"),
            ("rcs:+12025550100", "MM1", "+12025550100", "rcs"),
            ("messenger:10480123", "SM1", None, "messenger"),
            ("viber:+12025550100", "SM1", "+12025550100", None),
            ("+1202555XXXX", "SM1", None, "sms"),
            (None, "SM1", None, "sms"),
        ],
    )
    def test_addresses(self, to: str | None, sid: str, destination: str | None, channel: str | None) -> None:
        """A prefix names the channel; what is no number is unknown and keeps its row and cost."""
        found = read(message(to=to, sid=sid))
        assert (found.destination, found.channel, found.price) == (destination, channel, 0.0075)


class TestStatus:
    """What became of it."""

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("queued", "accepted"),
            ("accepted", "accepted"),
            ("scheduled", "accepted"),
            ("sending", "accepted"),
            ("sent", "sent"),
            ("delivered", "delivered"),
            ("read", "delivered"),
            ("undelivered", "failed"),
            ("failed", "failed"),
            ("canceled", "failed"),
            ("Delivered", "delivered"),
            ("something new", None),
        ],
    )
    def test_words(self, word: str, status: str | None) -> None:
        """Twilio's words map to five, in any case; an unknown word is an unknown status."""
        assert read(message(status=word)).status == status

    def test_error_beside_sent(self) -> None:
        """An error code may stand beside ``sent`` and changes nothing of it."""
        found = read(message(status="sent", error_code=30007))
        assert (found.status, found.error_code, found.provider_verdict) == ("sent", "30007", None)

    @pytest.mark.parametrize(
        ("code", "verdict"),
        [(30450, "fraud"), (30453, "fraud"), (60410, "fraud"), (60605, "policy"), (21408, "policy")],
    )
    def test_blocked(self, code: int, verdict: str) -> None:
        """A message that Twilio stopped is blocked, with the verdict that its code gives."""
        for written in (code, str(code)):
            found = read(message(status="undelivered", error_code=written))
            assert (found.status, found.provider_verdict, found.error_code) == ("blocked", verdict, str(code))

    @pytest.mark.parametrize("code", [30044, 30454, 21610])
    def test_no_verdict(self, code: int) -> None:
        """Limits of trial accounts and opt-outs are failures, no verdict."""
        found = read(message(status="failed", error_code=code))
        assert (found.status, found.provider_verdict) == ("failed", None)

    @pytest.mark.parametrize("none", [None, 0, "0", ""])
    def test_no_error(self, none: object) -> None:
        """Null, zero and empty are no error code."""
        assert read(message(error_code=none)).error_code is None


class TestQuarantine:
    """What is not used."""

    @pytest.mark.parametrize(
        "change", [{"direction": "inbound"}, {"status": "received", "direction": None}, {"status": "receiving"}]
    )
    def test_inbound(self, change: dict[str, Any]) -> None:
        """A message to us is no send."""
        assert refused(message(**change)) == "not_a_send"

    def test_other_resource(self) -> None:
        """A call in the same file is no send."""
        assert refused(message(sid="CA" + "00" * 16)) == "not_a_send"

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"sid": None}, "missing_field"),
            ({"date_sent": "soon"}, "bad_time"),
            ({"date_sent": None, "date_created": None}, "bad_time"),
            ({"price": "free"}, "bad_number"),
            ({"num_segments": "many"}, "bad_number"),
        ],
    )
    def test_unreadable(self, change: dict[str, Any], reason: str) -> None:
        """No identifier, no time, or an unreadable price or count sends the record to quarantine."""
        assert refused(message(**change)) == reason

    def test_line(self) -> None:
        """A line of text is no record."""
        assert refused("SM00 delivered") == "not_an_object"


class TestRecognition:
    """Whose file it is."""

    def test_shapes(self) -> None:
        """All four spellings are recognised from keys and identifiers alone."""
        bulk = message()
        for key in ("price_unit", "error_message"):
            del bulk[key]
        for record in (message(), camel(message()), bulk):
            assert SOURCE.recognise(Sample("json", [record])).confidence == 1.0
        assert SOURCE.recognise(Sample("csv", [CONSOLE_ROW])).confidence == 1.0

    def test_share(self) -> None:
        """The confidence is the share of records that are messages."""
        assert SOURCE.recognise(Sample("json", [message(), {"sid": "NO1"}])).confidence == 0.5
