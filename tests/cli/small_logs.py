"""A few made-up lines of two logs: enough for every command to have something to read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 5, 26, 10, 0, tzinfo=UTC)
HEADER = "Sid,AccountSid,Direction,From,To,Status,ErrorCode,NumSegments,Price,PriceUnit,SentDate"


def messages(count: int = 40) -> str:
    """A console export of Twilio: one delivered message every seven minutes."""
    rows = [HEADER]
    for number in range(count):
        at = BEGIN + timedelta(minutes=7 * number)
        numbers = f"+12025550199,+1202555{100 + number:04d}"
        rows.append(
            f"SM{number:032x},AC{1:032x},outbound-api,{numbers},delivered,,1,-0.0079,USD,{at:%Y-%m-%dT%H:%M:%SZ}"
        )
    return "\n".join(rows) + "\n"


def requests(count: int = 40) -> str:
    """An access log in which each message was asked for."""
    return "".join(
        f"192.0.2.{number} - - [{BEGIN + timedelta(minutes=7 * number):%d/%b/%Y:%H:%M:%S +0000}] "
        f'"POST /api/otp/send HTTP/1.1" 200 27 "https://www.example.org/signup" "Mozilla/5.0 (X11; Linux x86_64)"\n'
        for number in range(count)
    )


MAPPING = """
name = "shop"
format = "json"
fields = ["what", "msisdn", "ts"]

[[event]]
kind = "send"
where = { what = "code_sent" }

[event.columns]
send_id = "id"
sent_at = "ts"
destination = { field = "msisdn", number = "bare" }
status = { field = "state", words = { ok = "sent", ko = "failed" } }

[[event]]
kind = "verification"
where = { what = "code_ok" }

[event.columns]
kind = { value = "approved" }
occurred_at = "ts"
destination = { field = "msisdn", number = "bare" }
"""
"""A mapping of the log below."""


def shop(count: int = 40) -> str:
    """A log of a shop's own: one code sent every seven minutes, and entered half a minute later."""
    lines = []
    for number in range(count):
        at = BEGIN + timedelta(minutes=7 * number)
        who = {"msisdn": f"1202555{1000 + number}", "ts": at.isoformat()}
        lines.append({"what": "code_sent", "id": f"shop-{number}", "state": "ok", **who})
        lines.append({"what": "code_ok", **who, "ts": (at + timedelta(seconds=30)).isoformat()})
    return "".join(json.dumps(line) + "\n" for line in lines)


def write_logs(folder: Path) -> None:
    """Put the files into a folder that the examples of the help texts name."""
    for name, text in {
        "logs/messages.csv": messages(),
        "logs/access.log": requests(),
        "messages.csv": messages(),
        "web/access.log": requests(),
        "shop.jsonl": shop(),
        "shop.toml": MAPPING,
        "checkvalve.toml": '[logs]\ntime_zone = "UTC"\n',
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
