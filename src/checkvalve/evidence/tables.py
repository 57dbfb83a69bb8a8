"""The event tables of ``evidence.duckdb``: one row is one event, and names the record that it came from.

Columns are the fields of the records in ``events.py``; what the evidence layer adds stands here beside them. Some
have a view in front that an analyst reads: `sends` writes the number as E.164 text, `requests` says which sending
endpoint was hit. Messages and requests are kept in tables that leave out what all rows say alike (`widths`); a view
says it, with the number of the row as ``rowid``. Messages that were read by their forms lie in a table of their own
(`FORMED`), which holds what differs from one to the next; what all of a kind say alike stands once, beside it.
"""

import types
import typing
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime

import msgspec

from checkvalve.events import Activity, Charge, Complaint, Event, Request, Send, Verification, WatchEntry

ROWS: dict[type[Event], str] = {
    Send: "send_rows",
    Verification: "verification_rows",
    Request: "request_rows",
    Charge: "charges",
    Complaint: "complaint_rows",
    Activity: "activities",
    WatchEntry: "watchlist",
}
"""Record → where its rows are read."""
BEHIND_VIEWS: dict[type[Event], str] = {Send: "kept_sends", Request: "kept_requests"}
KEPT = {**ROWS, **BEHIND_VIEWS}
"""Record → the table that its rows are kept in."""
FORMED, KINDS = "formed_sends", "formed_kinds"
"""Messages that were read by their forms, and what all of a kind say."""
OF_EACH = ("send_id", "sent_at", "delivered_at", "number", "source_line")
"""What differs among messages of a kind. They were heard of when they were sent."""

ORIGIN = {"source": "VARCHAR", "source_file": "VARCHAR", "source_line": "BIGINT"}
NUMBER = {"number": "BIGINT", "number_type": "UTINYINT", "number_valid": "BOOLEAN", "holder_gap": "BOOLEAN"}
"""What the number plan says of ``destination``; ``number`` is its E.164 digits, NULL for no possible number."""
HOLDER = {"holder": "VARCHAR"}
"""The network that the number's range was given to, by the plan; ``network_name`` is the record's word first."""

ADDED: dict[type[Event], dict[str, str]] = {
    Send: {**NUMBER, **HOLDER, "price_usd": "DOUBLE"},
    Verification: {"number": "BIGINT"},
    Complaint: {"number": "BIGINT"},
    Charge: {"amount_usd": "DOUBLE"},
}

_HARDLY_REPEATED: dict[type[Event], tuple[str, ...]] = {Send: ("send_id",), Request: ("ip",)}

_SQL_TYPES: dict[object, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMPTZ",
    tuple[str, ...]: "VARCHAR[]",
}


def fields(event: type[Event]) -> dict[str, str]:
    """Which columns does a record of this kind have, with their SQL types?

    >>> fields(WatchEntry)["valid_until"]
    'TIMESTAMPTZ'
    """
    return {field.name: _sql_type(field.type) for field in msgspec.structs.fields(event)}


def _sql_type(annotation: object) -> str:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(a for a in typing.get_args(annotation) if a is not types.NoneType)
    if typing.get_origin(annotation) is typing.Literal:
        return "VARCHAR"
    return _SQL_TYPES[annotation]


def has_number(event: type[Event]) -> bool:
    """Does the record name a destination, kept as ``number``?"""
    return "number" in ADDED.get(event, {})


def columns(event: type[Event]) -> dict[str, str]:
    """The columns of the table, in order: the record's, what is added, the origin."""
    own = fields(event)
    if has_number(event):
        del own["destination"]
    return {**own, **ADDED.get(event, {}), **ORIGIN}


def ddl() -> list[str]:
    """The statements that create all tables and views."""
    made = [creation(event) for event in ROWS]
    views = [rows_view(event, [kept_rows(event)]) for event in BEHIND_VIEWS]
    return [*made, *views, _ENDPOINTS, _LABELS, _SENDS, _VERIFICATIONS, _COMPLAINTS, _REQUESTS]


def creation(event: type[Event], left_out: Container[str] = ()) -> str:
    """SQL of the table that the rows are kept in, empty.

    Texts that hardly repeat are not compressed: a quarter less work on the way in.
    """
    return (
        f"CREATE OR REPLACE TABLE {KEPT[event]} ({_typed(event, [n for n in columns(event) if n not in left_out])})"
    )


def formed_creation() -> str:
    """SQL of the tables of messages that are read by their forms, empty."""
    return f"""CREATE TABLE {FORMED} (kind INTEGER, {_typed(Send, OF_EACH)});
        CREATE TABLE {KINDS} (kind INTEGER, {_typed(Send, of_kinds()[1:])})"""


def of_kinds() -> list[str]:
    """The columns of what all messages of a kind say."""
    return ["kind", *(name for name in columns(Send) if name not in (*OF_EACH, "event_at"))]


def _typed(event: type[Event], names: Sequence[str]) -> str:
    plain = dict.fromkeys(_HARDLY_REPEATED.get(event, ()), " USING COMPRESSION uncompressed")
    kinds = columns(event)
    return ", ".join(f'"{name}" {kinds[name]}{plain.get(name, "")}' for name in names)


def rows_view(event: type[Event], parts: Sequence[str]) -> str:
    """SQL of the view of all rows, which lie in one table or in two."""
    return f"CREATE OR REPLACE VIEW {ROWS[event]} AS {' UNION ALL '.join(parts)}"


def kept_rows(
    event: type[Event], left_out: Mapping[str, str] = types.MappingProxyType({}), place: str = "rowid"
) -> str:
    """SQL of the rows with all columns, with the values of those that the table leaves out."""
    said = [
        f'CAST({left_out[name]} AS {kind}) AS "{name}"' if name in left_out else f'"{name}"'
        for name, kind in columns(event).items()
    ]
    return f"SELECT {place} AS rowid, {', '.join(said)} FROM {KEPT[event]}"


def formed_rows(own: Collection[str]) -> str:
    """SQL of the messages that were read by their forms, with all columns, of which they have these themselves."""
    said = [f'{sql} AS "{name}"' for name, sql in formed_said(own).items()]
    return f"SELECT m.rowid AS rowid, {', '.join(said)} FROM {FORMED} AS m JOIN {KINDS} AS k ON m.kind = k.kind"


def formed_said(own: Collection[str]) -> dict[str, str]:
    """SQL of each column of a message that was read by its form, ``m``, of the kind ``k``."""
    said = {name: f'{"m" if name in own else "k"}."{name}"' for name in columns(Send)}
    return said if "event_at" in own else {**said, "event_at": "m.sent_at"}


_ENDPOINTS = "CREATE TABLE send_endpoints (method VARCHAR, path VARCHAR, endpoint VARCHAR, basis VARCHAR)"
_LABELS = """CREATE TABLE labels (
    case_id VARCHAR, low BIGINT, high BIGINT, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ,
    p_unverified DOUBLE, p_verified DOUBLE, country VARCHAR, holder VARCHAR, counts_verified BOOLEAN)"""
_SENDS = """CREATE VIEW sends AS
    SELECT send_id, provider, account, sent_at, '+' || number AS destination,
           * EXCLUDE (rowid, send_id, provider, account, sent_at)
    FROM send_rows"""
_VERIFICATIONS = """CREATE VIEW verifications AS
    SELECT occurred_at, kind, '+' || number AS destination, * EXCLUDE (occurred_at, kind)
    FROM verification_rows"""
_COMPLAINTS = """CREATE VIEW complaints AS
    SELECT occurred_at, kind, '+' || number AS destination, * EXCLUDE (occurred_at, kind)
    FROM complaint_rows"""
_REQUESTS = """CREATE VIEW requests AS
    SELECT r.* EXCLUDE (rowid), e.endpoint
    FROM request_rows AS r LEFT JOIN send_endpoints AS e ON r.method = e.method AND r.path = e.path"""
