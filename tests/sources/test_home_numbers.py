"""Numbers as dialled at home are read where the settings name their country, and stay unknown where nobody does."""

import pytest

from checkvalve.errors import Usage
from checkvalve.events import Complaint, Event, Send
from checkvalve.settings import Logs
from checkvalve.sources.capture_events import CaptureReader
from checkvalve.sources.complaints_csv import ComplaintsCsv
from checkvalve.sources.home_numbers import home_country
from checkvalve.sources.mapping import mapping_of

HANDOVER = {"protocol": "smpp", "kind": "submit", "at_ms": 1_779_789_600_000, "message": "c/1", "status": 0}
TICKET = {"created_at": "2026-05-26 10:00", "kind": "not_received", "phone": "07700 900123"}
SHOP = """
name = "shop"
format = "json"
fields = ["id", "to", "at"]
[[event]]
kind = "send"
[event.columns]
send_id = "id"
sent_at = "at"
destination = "to"
"""


def numbers(events: list[Event]) -> list[str | None]:
    """The destinations of sends and complaints."""
    return [event.destination for event in events if isinstance(event, Send | Complaint)]


def read_all(logs: Logs) -> list[str | None]:
    """A number as dialled at home in a capture, a complaint and a log of one's own."""
    own = mapping_of(SHOP, "shop.toml").reader(logs)({"id": "1", "at": "2026-05-26 10:00:00", "to": "07700 900123"})
    handed = list(CaptureReader(logs)({**HANDOVER, "to": ["07700900123"]}))
    return numbers([*handed, *ComplaintsCsv().reader(logs)(TICKET), *own])


@pytest.mark.parametrize("country", ["GB", "gb", "UK"])
def test_default_country(country: str) -> None:
    """With the country in the settings, every log that writes numbers so gives them whole."""
    assert read_all(Logs(default_country=country)) == ["+447700900123"] * 3


def test_no_guess() -> None:
    """Without it such a number stays unknown: it is a number in a hundred countries."""
    assert read_all(Logs()) == [None] * 3


def test_a_number_that_names_its_country() -> None:
    """A number in international form, and a ticket that names its country, are not touched by the setting."""
    logs = Logs(default_country="GB")
    assert numbers(list(CaptureReader(logs)({**HANDOVER, "to": ["+998939412345"]}))) == ["+998939412345"]
    ticket = TICKET | {"phone": "0171 2345678", "country": "DE"}
    assert numbers(list(ComplaintsCsv().reader(logs)(ticket))) == ["+491712345678"]


@pytest.mark.parametrize("country", ["ZZ", "England", ""])
def test_no_such_country(country: str) -> None:
    """A country that does not exist is told with the name of the setting."""
    with pytest.raises(Usage, match=r"logs\.default_country: .* is no country\. What to do: write its two letters"):
        home_country(Logs(default_country=country))
