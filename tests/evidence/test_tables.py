"""The tables are the records of `events.py`, with what the evidence layer adds and where each row came from."""

import typing

import msgspec
import pytest

from checkvalve.events import Event, Send
from checkvalve.evidence import tables
from tests.evidence.filling import asked, put, rows, sent, store_with

CONTRACT = {
    "sends": """send_id provider account sent_at destination country network channel purpose status error_code
        provider_verdict segments price currency price_usd verified_at ip user_agent ja4 account_id""",
    "verifications": "occurred_at kind destination account_id ip user_agent endpoint",
    "requests": """occurred_at method host path query status ip country asn user_agent ja3 ja4 referrer bytes duration_s
        request_id endpoint""",
    "charges": "provider account period_start period_end country category quantity amount currency amount_usd",
    "complaints": "occurred_at kind destination country text",
    "activities": "name starts_at ends_at countries expected_sends owner contact",
    "watchlist": "kind value label confidence list valid_until",
}
"""What analysts' own SQL relies on."""


@pytest.mark.parametrize("table", CONTRACT)
def test_promised_columns(table: str) -> None:
    """Every table and column that is promised exists, with the place that a row came from."""
    with store_with() as store:
        columns = {name for (name,) in store.rows(f"SELECT column_name FROM (DESCRIBE {table})")}
    assert columns >= {*CONTRACT[table].split(), "source", "source_file", "source_line"}


@pytest.mark.parametrize("event", typing.get_args(Event), ids=lambda event: event.__name__)
def test_every_field_has_a_column(event: type[Event]) -> None:
    """No field of a record is lost on the way into its table; a destination is kept as a number."""
    columns = tables.columns(event)
    for name in (field.name for field in msgspec.structs.fields(event)):
        assert name in columns or (name == "destination" and "number" in columns)
    assert list(columns)[-3:] == ["source", "source_file", "source_line"]
    assert event in tables.ROWS


def test_times_carry_their_zone() -> None:
    """Times are kept as moments, money as doubles, lists as lists."""
    kinds = tables.fields(Send)
    assert {kinds[name] for name in ("sent_at", "verified_at", "delivered_at", "event_at")} == {"TIMESTAMPTZ"}
    assert kinds["price"] == "DOUBLE"
    assert kinds["unverified"] == "BOOLEAN"


def test_endpoint_of_a_request() -> None:
    """A request names the sending endpoint that it hit, by method and path, and no other does."""
    with store_with(asked(0), asked(1, method="GET"), asked(2, path="/a")) as store:
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/api/otp/send', 'POST /api/otp/send', 'told')")
        found = [row["endpoint"] for row in rows(store, "requests", "endpoint", order="occurred_at")]
    assert found == ["POST /api/otp/send", None, None]


def test_number_as_people_write_it() -> None:
    """An analyst sees a number in international form, and nothing where it is unknown."""
    with store_with() as store:
        put(store, [sent("a", number="+12025550123"), sent("b", number="x")])
        assert [row["destination"] for row in rows(store, "sends", "destination")] == ["+12025550123", None]
