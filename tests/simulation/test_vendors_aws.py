"""Amazon's logs have Amazon's fields, spellings and faults."""

import csv
import gzip
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from checkvalve.simulation.traffic.events import Check
from checkvalve.simulation.traffic.site import TLS_HELLO
from checkvalve.simulation.vendors import cognito
from checkvalve.simulation.vendors.alb import Alb
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.cognito import HIDDEN, Cognito
from checkvalve.simulation.vendors.cur import Cur
from checkvalve.simulation.vendors.sns import SnsCloudWatch, SnsLines
from checkvalve.simulation.vendors.sns_usage import HEADER, SnsUsage
from tests.simulation.reading import logs_of, text_of
from tests.simulation.vendors_samples import AT, failed, hit, message, silent, written_by

ACCOUNT = AwsAccount(seed=1, domain="shop.example")


def test_sns_record_has_its_fields(tmp_path: Path) -> None:
    """A delivery record has SNS's keys, MCC and MNC as whole numbers, 0 on failure, and a time without a zone."""
    path = tmp_path / "sns.jsonl"
    sends = [message(f"{n}.0", AT + n / 10) for n in range(200)]
    written_by(SnsLines(path, ACCOUNT), failed(), *sends, silent("y.0", AT + 60))
    records = [json.loads(line) for line in text_of(path).splitlines()]
    full = [one for one in records if "mcc" in one["delivery"]]
    assert all(set(one) == {"notification", "delivery", "status"} for one in records)
    assert 0 < len(records) - len(full) < 40
    good = next(one for one in full if one["status"] == "SUCCESS")
    bad = next(one for one in full if one["status"] == "FAILURE")
    assert set(good["delivery"]) == {
        *("phoneCarrier", "mnc", "numberOfMessageParts", "destination", "priceInUSD", "smsType", "mcc"),
        *("providerResponse", "dwellTimeMs", "dwellTimeMsUntilDeviceAck"),
    }
    assert (good["delivery"]["mcc"], good["delivery"]["mnc"]) == (732, 101)
    assert (bad["delivery"]["mcc"], bad["delivery"]["mnc"], "phoneCarrier" in bad["delivery"]) == (0, 0, False)
    assert bad["delivery"]["priceInUSD"] == 0.0391
    assert re.fullmatch(r"2026-05-25 09:\d\d:\d\d\.\d{1,3}", good["notification"]["timestamp"])
    last = [one["delivery"]["providerResponse"] for one in records][-1]
    assert last == "Message has been accepted by phone carrier"


def test_cloudwatch_pages_hold_the_record_as_a_text(tmp_path: Path) -> None:
    """Both log groups come as filter-log-events pages; an entry is logged six to twenty seconds after the send."""
    written_by(SnsCloudWatch(tmp_path, ACCOUNT), message(), failed(), silent())
    pages = {name: json.loads(text) for name, text in pages_of(tmp_path).items()}
    good = [entry for name, page in pages.items() if "failure" not in name for entry in page["events"]]
    bad = [entry for name, page in pages.items() if "failure" in name for entry in page["events"]]
    assert (len(good), len(bad)) == (2, 1)
    entry = good[0]
    assert set(entry) == {"logStreamName", "timestamp", "message", "ingestionTime", "eventId"}
    assert json.loads(entry["message"])["status"] == "SUCCESS"
    assert 5.7 <= entry["timestamp"] / 1_000 - AT <= 20.7
    assert len(entry["eventId"]) == 56
    assert any(not page["events"] and "nextToken" in page for page in pages.values())


def pages_of(folder: Path) -> dict[str, str]:
    """The pages in a folder, by name."""
    return {path.name: text_of(path) for path in sorted(folder.iterdir())}


def test_usage_report_has_its_header_and_bare_numbers(tmp_path: Path) -> None:
    """The daily usage report names numbers without plus and says part 0 where nothing was received."""
    written_by(SnsUsage(tmp_path, ACCOUNT), message(), failed(), message("d.0", AT + 86_400))
    first = text_of(tmp_path / "SMSUsageReports/us-east-1/2026/05/25/001.csv.gz")
    assert first.splitlines()[0] == HEADER
    good, bad = csv.DictReader(io.StringIO(first))
    assert good["DestinationPhoneNumber"] == "573104000123"
    assert good["PublishTimeUTC"] == "2026-05-25T09:00:00.250Z"
    assert (good["PartNumber"], bad["PartNumber"]) == ("1", "0")
    assert (tmp_path / "SMSUsageReports/us-east-1/2026/05/26/001.csv.gz").exists()


def test_sns_logs_agree_on_a_message(tmp_path: Path) -> None:
    """Delivery log and usage report give a message one identifier and one price."""
    written_by(SnsLines(tmp_path / "sns.jsonl", ACCOUNT), message())
    written_by(SnsUsage(tmp_path / "usage", ACCOUNT), message())
    record = json.loads(text_of(tmp_path / "sns.jsonl"))
    report = next((tmp_path / "usage").rglob("*.csv.gz"))
    row = next(csv.DictReader(io.StringIO(text_of(report))))
    assert record["notification"]["messageId"] == row["MessageId"]
    assert record["delivery"]["priceInUSD"] == float(row["PriceInUSD"])


def alb_fields(tmp_path: Path, **fields: Any) -> list[str]:
    """The fields of the balancer's line about one request."""
    path = tmp_path / "alb.log"
    written_by(Alb(path, ACCOUNT), hit(**fields))
    return shlex.split(text_of(path).rstrip("\n"))


def test_alb_line_has_33_fields(tmp_path: Path) -> None:
    """An access line has 33 fields, an absolute URL, the client with its port, and both times in microseconds."""
    fields = alb_fields(tmp_path, address="2001:db8::1", protocol="HTTP/2.0")
    assert len(fields) == 33
    assert fields[0] == "h2"
    assert re.fullmatch(r"2001:db8::1:\d+", fields[3])
    assert fields[12] == "GET https://shop.example:443/plans?x=1 HTTP/2.0"
    stamp = r"2026-05-25T0[89]:\d\d:\d\d\.\d{6}Z"
    assert re.fullmatch(stamp, fields[1])
    assert re.fullmatch(stamp, fields[21])
    assert fields[1] >= fields[21]
    assert fields[29].startswith("TID_")


def test_alb_writes_broken_requests_as_it_does(tmp_path: Path) -> None:
    """TLS bytes on the plain port become a request of dashes without a target, in as many fields."""
    fields = alb_fields(tmp_path, raw=TLS_HELLO, status=400, agent=None, method="", target="")
    assert len(fields) == 33
    assert (fields[4], fields[5], fields[8]) == ("-", "-1", "400")
    assert fields[12].startswith("- http://shop.example:80-")


def test_alb_does_not_log_its_own_health_checks(tmp_path: Path) -> None:
    """The balancer's health checks are not in its log."""
    written_by(Alb(tmp_path / "alb.log", ACCOUNT), hit(agent="ELB-HealthChecker/2.0"))
    assert text_of(tmp_path / "alb.log") == ""


def bill_of(tmp_path: Path) -> list[dict[str, str]]:
    """The rows of a bill about three messages on two days."""
    path = tmp_path / "cur.csv.gz"
    written_by(Cur(path, ACCOUNT), message(), failed(), message("d.0", AT + 86_400, iso="US"))
    return list(csv.DictReader(io.StringIO(text_of(path))))


def test_bill_counts_messages_and_fees_in_separate_lines(tmp_path: Path) -> None:
    """Messages of a day and country are one count line without cost and one fee line with it."""
    rows = {(row["line_item_usage_start_date"], row["line_item_usage_type"]): row for row in bill_of(tmp_path)}
    count = rows["2026-05-25T00:00:00Z", "USE1-OutboundSMS-CO-Standard-Sharedroute-MessageCount"]
    fee = rows["2026-05-25T00:00:00Z", "USE1-OutboundSMS-CO-Standard-Sharedroute-MessageFee"]
    assert (float(count["line_item_usage_amount"]), float(count["line_item_unblended_cost"])) == (2.0, 0.0)
    assert float(fee["line_item_unblended_cost"]) == 0.0782
    assert fee["line_item_usage_end_date"] == "2026-05-26T00:00:00Z"
    assert ("2026-05-26T00:00:00Z", "USE1-OutboundSMS-US-Standard-TollFree-MessageCount") in rows


def test_bill_holds_other_services(tmp_path: Path) -> None:
    """Most of the bill is about other services, as bills are."""
    services = {row["line_item_product_code"] for row in bill_of(tmp_path)}
    assert {"AmazonEC2", "AmazonS3"} < services


def cognito_records(tmp_path: Path) -> list[dict[str, Any]]:
    """What the trail says of a sign-up, a resend, a wrong and a right code."""
    first, again = message("s.0", verified_s=None), message("s.1", AT + 40)
    again.resend = True
    answers = [
        Check(AT + 50 + n, "s", first.account, first.address, first.agent, bool(n), "signup") for n in range(2)
    ]
    written_by(Cognito(tmp_path, ACCOUNT), first, again, *answers)
    [text] = [text_of(path) for path in tmp_path.iterdir()]
    assert "\n" not in text
    records: list[dict[str, Any]] = json.loads(text)["Records"]
    return sorted({record["eventID"]: record for record in records}.values(), key=lambda one: one["eventTime"])


def test_cognito_events_have_their_fields(tmp_path: Path) -> None:
    """Public calls are anonymous, hide user and password as texts, and never hold a number."""
    sign_up, resend, wrong, right = cognito_records(tmp_path)
    assert [one["eventName"] for one in (sign_up, resend, wrong, right)] == [
        *("SignUp", "ResendConfirmationCode", "ConfirmSignUp", "ConfirmSignUp"),
    ]
    assert sign_up["userIdentity"] == {"type": "Unknown", "principalId": "Anonymous"}
    assert sign_up["requestParameters"]["userAttributes"] == HIDDEN
    assert (wrong["errorCode"], "errorCode" in right) == ("CodeMismatchException", False)
    assert {one["eventSource"] for one in (sign_up, right)} == {"cognito-idp.amazonaws.com"}
    assert sign_up["additionalEventData"] == right["additionalEventData"]
    assert "573104000123" not in json.dumps(sign_up)


def test_trail_has_one_file_a_day(tmp_path: Path) -> None:
    """Every day of the trail is one compressed object."""
    written_by(Cognito(tmp_path / "logs", ACCOUNT), message(), message("d.0", AT + 86_400))
    names = list(logs_of(tmp_path))
    assert [re.findall(r"_(\d{8})T", name) for name in names] == [["20260525"], ["20260526"]]


def test_a_busy_day_comes_in_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of a day beyond what one file takes go into another of its own name, and none is lost."""
    calls = [Check(100.0 + n, f"s{n}", "a", "203.0.113.1", "x", right=True, purpose="signup") for n in range(70)]
    written = {}
    for most in (1_000, 30):
        monkeypatch.setattr(cognito, "MOST_RECORDS", most)
        log = Cognito(tmp_path / str(most), AwsAccount(seed=1, domain="a.example"))
        for call in calls:
            log.add(call)
        log.close()
        files = list((tmp_path / str(most)).iterdir())
        records = [one for path in files for one in json.loads(gzip.decompress(path.read_bytes()))["Records"]]
        written[most] = (len(files), len({one["eventID"] for one in records}))
    assert written == {1_000: (1, 70), 30: (3, 70)}
