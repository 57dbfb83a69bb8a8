"""How the tests put events into a store, and what they look at in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from checkvalve.events import Event, Request, Send, Verification
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store, file_pattern, text_literal
from checkvalve.settings import Logs

BEGIN = datetime(2026, 5, 26, 10, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after the beginning of the tests' day."""
    return BEGIN + timedelta(seconds=seconds)


@contextmanager
def store_with(*events: Event, source: str = "test", logs: Logs | None = None) -> Iterator[Store]:
    """A store in a folder of its own that holds these events of one file."""
    with TemporaryDirectory() as folder, Store(Path(folder), logs) as store:
        put(store, events, source=source)
        yield store


def put(store: Store, events: Sequence[Event], *, source: str = "test", file: str = "a.log") -> None:
    """Load events as the records of a file, numbered in order."""
    for kind in dict.fromkeys(type(event) for event in events):
        spool = store.spool()
        lines = [
            msgspec.json.encode(msgspec.structs.asdict(event) | {"source_line": line})
            for line, event in enumerate(events, 1)
            if type(event) is kind
        ]
        spool.write_bytes(b"\n".join(lines))
        shape = {**tables.fields(kind), "source_line": "BIGINT"}
        columns = ", ".join(f"'{name}': '{sql}'" for name, sql in shape.items())
        query = (
            f"read_json({text_literal(file_pattern(spool))}, format = 'newline_delimited', columns = {{{columns}}})"
        )
        store.load(kind, f"SELECT *, '{source}' AS source, '{file}' AS source_file FROM {query}")
        spool.unlink()


def rows(store: Store, table: str, *columns: str, order: str = "source_file, source_line") -> list[dict[str, Any]]:
    """The rows of a table as mappings; times as seconds after the beginning."""
    names = columns or [name for (name,) in store.rows(f"SELECT column_name FROM (DESCRIBE {table})")]
    kinds = dict(store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {table})"))
    chosen = [
        f"epoch({name}) - {BEGIN.timestamp()} AS {name}" if kinds[name].startswith("TIMESTAMP") else f'"{name}"'
        for name in names
    ]
    found = store.rows(f"SELECT {', '.join(chosen)} FROM {table} ORDER BY {order}")
    return [dict(zip(names, row, strict=True)) for row in found]


def row(store: Store, table: str, *columns: str) -> dict[str, Any]:
    """The only row of a table."""
    (only,) = rows(store, table, *columns)
    return only


def sent(send_id: str, seconds: float = 0, number: str = "+12025550123", **said: Any) -> Send:
    """A message handed over so many seconds after the beginning."""
    return Send(
        **{"provider": "twilio", "channel": "sms"} | said, send_id=send_id, sent_at=at(seconds), destination=number
    )


def asked(seconds: float, path: str = "/api/otp/send", method: str = "POST", **said: Any) -> Request:
    """A request so many seconds after the beginning."""
    return Request(occurred_at=at(seconds), method=method, path=path, **said)


def approved(seconds: float, **said: Any) -> Verification:
    """A code that was entered so many seconds after the beginning."""
    return Verification(occurred_at=at(seconds), kind="approved", **said)
