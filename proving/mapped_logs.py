"""Made-up logs that no vendor writes, and the mapping files that describe them: one of each kind of event."""

import json
from datetime import UTC, datetime, timedelta

from checkvalve.sources.mapping import Mapped, mapping_of

BEGIN = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)

SHOP = """
name = "shop"
title = "what our shop writes about codes"
format = "json"
fields = ["what", "user.msisdn", "ts"]

[[event]]
kind = "send"
where = { what = ["code_sent", "code_resent"] }

[event.columns]
send_id = "id"
provider = { value = "acme" }
sent_at = "ts"
destination = { field = "user.msisdn", number = "bare" }
price = { field = "cents", divide_by = 100 }
currency = { value = "EUR" }
status = { field = "state", words = { ok = "sent", ko = "failed", arrived = "delivered" } }
network = "plmn"
ip = "peer"

[[event]]
kind = "verification"
where = { what = "code_entered" }

[event.columns]
occurred_at = "ts"
kind = { field = "good", words = { true = "approved", false = "failed" } }
destination = { field = "user.msisdn", number = "bare" }
"""

DOOR = """
name = "front-door"
format = "csv"
fields = ["when", "call", "from"]

[[event]]
kind = "request"

[event.columns]
occurred_at = { field = "when", time = "%d.%m.%Y %H:%M:%S.%f", zone = "Europe/Berlin" }
request_line = "call"
status = "answer"
ip = "from"
forwarded_for = "via"
user_agent = "with"
duration_s = { field = "took_ms", divide_by = 1000 }
"""

BILL = """
name = "carrier-bill"
format = "csv"
time_zone = "UTC"
fields = ["Tag", "Zielland", "Betrag"]

[[event]]
kind = "charge"

[event.columns]
provider = { value = "carrier" }
period_start = "Tag"
period_end = "Tag"
category = { value = "messages" }
country = "Zielland"
quantity = "Anzahl"
counts_messages = { value = true }
amount = { field = "Betrag", decimal = "," }
currency = { value = "EUR" }
"""

TICKETS = """
name = "tickets"
format = "json"
fields = ["opened", "about"]

[[event]]
kind = "complaint"

[event.columns]
occurred_at = { field = "opened", time = "epoch_ms" }
kind = { field = "about", words = { "no code" = "not_received", spam = "unsolicited" }, otherwise = "other" }
destination = { field = ["mobile", "landline"], number = "national", country = "GB" }
text = "said"
event_id = "no"
"""


APP = """
name = "app"
format = "lines"
pattern = '(?P<at>\\S+ \\S+) (?P<level>[A-Z]+) otp: (?P<what>\\w+)(?: id=(?P<id>\\S+))? to=(?P<to>\\S+)'

[[event]]
kind = "send"
where = { what = "sent" }

[event.columns]
send_id = "id"
sent_at = "at"
destination = "to"
"""

BATCHES = """
name = "batches"
format = "json"
fields = ["batch", "job.list"]

[[event]]
kind = "send"
each = "job.list"

[event.columns]
send_id = { digest = ["batch", "job.list.to"] }
sent_at = "at"
destination = "job.list.to"
status = "job.list.state"
"""


def _app() -> str:
    lines = []
    for number in range(30):
        at = BEGIN + timedelta(minutes=number)
        lines.append(f"{at:%Y-%m-%d %H:%M:%S.%f} INFO otp: sent id=a{number} to=+9989394123{number:02d}")
        if number % 6 == 0:
            lines.append(f"{at:%Y-%m-%d %H:%M:%S.%f} INFO otp: verified to=+9989394123{number:02d}")
            lines.append("    at com.example.Otp.send(Otp.java:20)")
    return "\n".join(lines) + "\n"


def _batches() -> str:
    lines = []
    for number in range(20):
        people = [{"to": f"+9989394{number:02d}{nth:03d}", "state": "sent"} for nth in range(3)]
        at = (BEGIN + timedelta(minutes=number)).isoformat()
        lines.append(json.dumps({"batch": f"b{number}", "at": at, "job": {"list": people}}))
    return "\n".join(lines) + "\n"


def _shop() -> str:
    lines = []
    for number in range(30):
        at = BEGIN + timedelta(minutes=number)
        user = {"msisdn": f"9989394123{number:02d}"}
        state = ("ok", "ko", "arrived", "lost")[number % 4]
        sent = {"what": "code_sent", "id": number, "ts": at.isoformat(), "user": user, "state": state}
        lines.append({**sent, "cents": 22, "plmn": "43404", "peer": f"203.0.113.{number}"})
        entered = (at + timedelta(seconds=40)).isoformat()
        lines.append({"what": "code_entered", "ts": entered, "user": user, "good": number % 3 > 0})
        if number % 10 == 0:
            lines.append({"what": "page_seen", "ts": at.isoformat(), "user": user})
    return "".join(json.dumps(line) + "\n" for line in lines)


def _door() -> str:
    rows = ["when;call;answer;from;via;with;took_ms"]
    for number in range(30):
        at = BEGIN + timedelta(hours=2, seconds=number)
        call = "POST /otp%2Fsend?to=1 HTTP/1.1" if number % 5 else "-"
        rows.append(f"{at:%d.%m.%Y %H:%M:%S.%f};{call};200;192.0.2.{number};;curl/8.5.0;{number}")
    return "\n".join(rows) + "\n"


def _bill() -> str:
    days = [f"2026-05-{day:02d}" for day in range(1, 29)]
    return "Tag;Zielland;Anzahl;Betrag\n" + "".join(f"{day};UZ;1200;264,05 EUR\n" for day in days)


def _tickets() -> str:
    lines = [
        {
            "no": f"T{number}",
            "opened": int(BEGIN.timestamp() * 1000) + number,
            "about": ("no code", "spam", "prices")[number % 3],
            "mobile": f"07700 900{number:03d}" if number % 2 else None,
            "said": "where is it?",
        }
        for number in range(20)
    ]
    return json.dumps(lines)


LOGS: dict[str, tuple[str, bytes]] = {
    "shop": (SHOP, _shop().encode()),
    "front-door": (DOOR, _door().encode()),
    "carrier-bill": (BILL, _bill().encode()),
    "tickets": (TICKETS, _tickets().encode()),
    "app": (APP, _app().encode()),
    "batches": (BATCHES, _batches().encode()),
}
"""Name of the mapping → its text, and a log that it describes."""


def mapped(name: str) -> Mapped:
    """The source of one of the mappings."""
    return mapping_of(LOGS[name][0], f"{name}.toml")
