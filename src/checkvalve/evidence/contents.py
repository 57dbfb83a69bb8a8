"""What does the evidence hold, file by file: events of which kinds, from when to when, with which columns filled?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from checkvalve.events import Activity, Charge, Complaint, Event, Request, Send, Verification, WatchEntry
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store

NAMES: dict[type[Event], str] = {
    Send: "sends",
    Verification: "verifications",
    Request: "requests",
    Charge: "charges",
    Complaint: "complaints",
    Activity: "activities",
    WatchEntry: "watchlist",
}
"""Event → the table as an analyst knows it."""

_TIMES: dict[type[Event], tuple[str, str]] = {
    Send: ("sent_at", "sent_at"),
    Charge: ("period_start", "period_end"),
    Activity: ("starts_at", "ends_at"),
    WatchEntry: ("NULL::TIMESTAMPTZ", "NULL::TIMESTAMPTZ"),
}
_ENDED = "count(*) FILTER (status IN ('delivered', 'failed'))"
OUTCOME = "outcome"
"""A column beside those of `Send`: messages of which it is said that they arrived, or that they did not."""


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of one kind: how many, from when to when, and in how many of them each column is filled."""

    table: str
    rows: int
    first_at: datetime | None
    last_at: datetime | None
    columns: dict[str, int] = field(default_factory=dict)


def contents(store: Store) -> dict[str, list[Held]]:
    """File → what it holds; a file without a row is left out."""
    found: dict[str, list[Held]] = {}
    for event, table in tables.ROWS.items():
        columns = list(tables.fields(event))
        counts = ", ".join(_count(event, name) for name in columns)
        first, last = _TIMES.get(event, ("occurred_at", "occurred_at"))
        query = f"""SELECT source_file, count(*), epoch(min({first})), epoch(max({last})),
            {_ENDED if event is Send else 0}, {counts} FROM {table} GROUP BY source_file ORDER BY source_file"""
        for file, rows, first_s, last_s, ended, *filled in store.rows(query):
            known = {name: count for name, count in zip(columns, filled, strict=True) if count}
            if ended:
                known[OUTCOME] = ended
            found.setdefault(file, []).append(Held(NAMES[event], rows, _utc(first_s), _utc(last_s), known))
    return found


def _count(event: type[Event], name: str) -> str:
    if name == "destination" and tables.has_number(event):
        return "count(number)"
    return f'count(*) FILTER (len("{name}") > 0)' if name == "countries" else f'count("{name}")'


def _utc(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def together(held: Iterable[Held]) -> list[Held]:
    """The same over several files.

    >>> two = [Held("sends", 2, None, None, {"price": 1}), Held("sends", 3, None, None, {"price": 3})]
    >>> [all_of_them] = together(two)
    >>> all_of_them.rows, all_of_them.columns
    (5, {'price': 4})
    """
    found: dict[str, list[Held]] = {}
    for one in held:
        found.setdefault(one.table, []).append(one)
    return [_sum(table, ones) for table, ones in found.items()]


def _sum(table: str, ones: list[Held]) -> Held:
    columns: dict[str, int] = {}
    for one in ones:
        for name, count in one.columns.items():
            columns[name] = columns.get(name, 0) + count
    return Held(
        table,
        sum(one.rows for one in ones),
        min((one.first_at for one in ones if one.first_at), default=None),
        max((one.last_at for one in ones if one.last_at), default=None),
        columns,
    )
