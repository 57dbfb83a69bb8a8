"""Twilio's logs have Twilio's fields, spellings and faults."""

import csv
import io
import json
import re
from itertools import pairwise
from pathlib import Path

from checkvalve.simulation.vendors.twilio import Account
from checkvalve.simulation.vendors.twilio_bulk_export import TwilioBulkExport
from checkvalve.simulation.vendors.twilio_console import HEADER, TwilioConsole
from checkvalve.simulation.vendors.twilio_pages import PAGE_SIZE, TwilioPages
from checkvalve.simulation.vendors.twilio_verify import TwilioVerify
from tests.simulation.reading import text_of
from tests.simulation.vendors_samples import AT, failed, message, silent, written_by

ACCOUNT = Account(seed=1, app="Lumen", domain="www.lumen.example")
SHARED = {
    *("sid", "account_sid", "messaging_service_sid", "date_created", "date_sent", "date_updated", "direction"),
    *("from", "to", "body", "status", "num_segments", "num_media", "price", "error_code"),
}


def test_bulk_export_has_its_fields_and_no_currency(tmp_path: Path) -> None:
    """A BulkExport line has the message's fields without currency, error text and links; dates are ISO in UTC."""
    path = tmp_path / "messages.jsonl"
    written_by(TwilioBulkExport(path, ACCOUNT), message(), failed(), silent())
    good, bad, mute = map(json.loads, text_of(path).splitlines())
    assert set(good) == SHARED
    assert (good["status"], bad["status"], mute["status"]) == ("delivered", "undelivered", "sent")
    assert (good["error_code"], bad["error_code"], mute["error_code"]) == (None, 30003, None)
    assert good["date_created"] == "2026-05-25T09:00:00Z"
    assert re.fullmatch(r"SM[0-9a-f]{32}", good["sid"])
    assert (good["price"], good["num_segments"], good["to"]) == ("-0.03910", "1", "+573104000123")


def test_bulk_export_repeats_some_messages_in_an_earlier_state(tmp_path: Path) -> None:
    """About one message in two hundred stands twice, first as sent and then with its end."""
    path = tmp_path / "messages.jsonl"
    written_by(TwilioBulkExport(path, ACCOUNT), *(message(f"{n}.0", AT + n) for n in range(4_000)))
    states: dict[str, list[str]] = {}
    for line in text_of(path).splitlines():
        record = json.loads(line)
        states.setdefault(record["sid"], []).append(record["status"])
    doubled = [one for one in states.values() if len(one) > 1]
    assert len(states) == 4_000
    assert 5 < len(doubled) < 45
    assert all(one == ["sent", "delivered"] for one in doubled)


def test_bulk_export_is_not_quite_in_order(tmp_path: Path) -> None:
    """A few lines come late, none by more than a minute, and some prices are missing."""
    path = tmp_path / "messages.jsonl"
    written_by(TwilioBulkExport(path, ACCOUNT), *(message(f"{n}.0", AT + 5 * n) for n in range(3_000)))
    records = [json.loads(line) for line in text_of(path).splitlines()]
    stamps = [record["date_created"] for record in records]
    late = sum(before > after for before, after in pairwise(stamps))
    assert 3 < late < 90
    assert 0 < sum(record["price"] is None for record in records) < 40


def test_pages_are_rest_pages(tmp_path: Path) -> None:
    """A REST page has Twilio's frame, newest message first, RFC 2822 dates, currency and addresses."""
    written_by(TwilioPages(tmp_path, "messages", ACCOUNT), message(), failed())
    page = json.loads(text_of(tmp_path / "messages-2026-05-25-00.json.gz"))
    assert set(page) == {
        *("end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri", "start", "uri"),
        "messages",
    }
    bad, good = page["messages"]
    assert set(good) == SHARED | {"api_version", "error_message", "price_unit", "uri", "subresource_uris"}
    assert good["date_created"] == "Mon, 25 May 2026 09:00:00 +0000"
    assert (bad["error_code"], bad["error_message"]) == (30003, "Unreachable destination handset")
    assert good["price_unit"] == "USD"


def test_pages_break_at_their_size_and_at_midnight(tmp_path: Path) -> None:
    """A day with more than a page is continued on the next, and every day begins its own."""
    sends = [message(f"{n}.0", AT + n) for n in range(PAGE_SIZE + 5)]
    written_by(TwilioPages(tmp_path, "messages", ACCOUNT), *sends, message("z.0", AT + 86_400))
    pages = [json.loads(text_of(path)) for path in sorted(tmp_path.iterdir())]
    assert [len(page["messages"]) for page in pages] == [PAGE_SIZE, 5, 1]
    assert pages[0]["next_page_uri"].startswith("/2010-04-01/Accounts/AC")
    assert pages[1]["next_page_uri"] is None


def test_console_csv_has_its_header_and_texts_with_line_breaks(tmp_path: Path) -> None:
    """The console's CSV has its thirteen columns, 0 for no error, and records that span lines."""
    path = tmp_path / "sms-log.csv"
    written_by(TwilioConsole(path, ACCOUNT), failed(), *(message(f"{n}.0", AT + 2 + n) for n in range(60)))
    text = text_of(path)
    assert text.splitlines()[0] == HEADER
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 61 < len(text.splitlines()) - 1
    by_status = {row["Status"]: row for row in rows}
    assert (by_status["undelivered"]["ErrorCode"], by_status["delivered"]["ErrorCode"]) == ("30003", "0")
    assert by_status["delivered"]["SentDate"].endswith("+00:00")
    assert by_status["delivered"]["To"] == "+573104000123"


def test_verify_attempts_have_their_fields(tmp_path: Path) -> None:
    """An attempt knows network, price as a positive object, and whether the code came back."""
    written_by(TwilioVerify(tmp_path, "attempts", ACCOUNT), message(), failed())
    page = json.loads(text_of(tmp_path / "attempts-2026-05-25-00.json.gz"))
    assert set(page) == {"attempts", "meta"}
    assert set(page["meta"]) == {
        *("key", "page", "page_size", "first_page_url", "previous_page_url", "url", "next_page_url"),
    }
    bad, good = page["attempts"]
    assert set(good) == {
        *("sid", "account_sid", "service_sid", "verification_sid", "date_created", "date_updated"),
        *("conversion_status", "channel", "price", "channel_data", "url"),
    }
    assert set(good["channel_data"]) == {
        *("verification_sid", "to", "status", "message_status", "error_code", "country", "code_length", "locale"),
        *("mcc", "mnc", "carrier"),
    }
    assert good["price"] == {"value": "0.0391", "currency": "usd"}
    assert (good["conversion_status"], bad["conversion_status"]) == ("converted", "unconverted")
    assert (bad["channel_data"]["error_code"], good["channel_data"]["error_code"]) == ("30003", None)
    assert (good["channel_data"]["mcc"], good["channel_data"]["mnc"]) == ("732", "101")
    assert (good["date_created"], good["date_updated"]) == ("2026-05-25T09:00:00Z", "2026-05-25T09:00:20Z")


def test_logs_agree_on_a_message(tmp_path: Path) -> None:
    """The message log in all its shapes gives a message one identifier, number, text and price."""
    bulk, console = tmp_path / "bulk.jsonl", tmp_path / "console.csv"
    written_by(TwilioBulkExport(bulk, ACCOUNT), message())
    written_by(TwilioConsole(console, ACCOUNT), message())
    written_by(TwilioPages(tmp_path, "p", ACCOUNT), message())
    line = json.loads(text_of(bulk))
    page = json.loads(text_of(tmp_path / "p-2026-05-25-00.json.gz"))["messages"][0]
    row = next(csv.DictReader(io.StringIO(text_of(console), newline="")))
    assert line["sid"] == page["sid"] == row["Sid"] == ACCOUNT.message_sid(message())
    assert line["to"] == page["to"] == row["To"]
    assert line["body"] == page["body"] == row["Body"]
    assert line["price"] == page["price"] == row["Price"]


def test_resends_share_a_verification(tmp_path: Path) -> None:
    """Two codes of one session have two attempt identifiers and one verification."""
    written_by(TwilioVerify(tmp_path, "attempts", ACCOUNT), message("s.0"), message("s.1", AT + 40))
    attempts = json.loads(text_of(tmp_path / "attempts-2026-05-25-00.json.gz"))["attempts"]
    assert len({one["sid"] for one in attempts}) == 2
    assert len({one["verification_sid"] for one in attempts}) == 1
