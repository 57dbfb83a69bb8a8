"""Lines as forms: what varies from line to line is cut out of it, and the reader is asked once for what is left.

A log that a machine writes has few forms. A *form* is a line with *holes* where its identifier, time, number and
waits stand; all else of the line is the form's. Two lines of one form differ in nothing but what stands in the
holes, so what the reader says of a form it would say of every line of it. To find out, a form is filled twice with
made-up values and read like any line: the values must stand where they are expected, and the two events may differ in
nothing else. What a record means is therefore decided by the reader alone; lines of any other form go through it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from checkvalve.events import Send
from checkvalve.sources.aws_sns import LONGEST_WAIT_MS
from checkvalve.sources.base import Framing, Read, Record
from checkvalve.sources.framing import Layout, chunk_pieces
from checkvalve.sources.text import Chunk
from checkvalve.sources.values import FIRST_YEAR

MOST_FORMS = 10_000
"""A log that has more is no log of few forms: the rest of it is read another way."""


@dataclass(frozen=True, slots=True)
class Holes:
    """Where a line of a source has its holes, in their order: keys of the record, the last of which stands in it.

    ``wait`` is the number of milliseconds until the text was delivered; ``ignored`` one that the reader does not use.
    """

    id: tuple[str, ...]
    time: tuple[str, ...]
    number: tuple[str, ...]
    ignored: tuple[str, ...]
    wait: tuple[str, ...]
    longest_wait_ms: int

    def keys(self) -> tuple[tuple[bytes, str], ...]:
        """The key of each hole as the line has it, and what kind of value stands there: see ``native/forms.c``."""
        paths = (self.id, self.time, self.number, self.ignored, self.wait)
        return tuple((f"{json.dumps(path[-1])}:".encode(), kind) for path, kind in zip(paths, "itpnn", strict=True))


class Form(NamedTuple):
    """What the reader says of every line of a form, but for what stands in the holes."""

    send: Send
    """Its identifier, times and destination are made up."""
    waits: bool
    """A text of that form was delivered when its wait was over, where that is no longer than the longest."""


class _Probe(NamedTuple):
    """Made-up values for the holes: the text of each, and what a reader makes of it."""

    id: str
    time: str
    number: str
    ignored: int
    wait_ms: int
    sent_at: datetime

    def line(self, pieces: tuple[bytes | None, ...]) -> bytes:
        """A form with these values in its holes."""
        values = (self.id, self.time, self.number, str(self.ignored), str(self.wait_ms))
        parts = [pieces[0] or b""]
        for value, piece in zip(values, pieces[1:], strict=True):
            parts += [] if piece is None else [value.encode(), piece]
        return b"".join(parts) + b"\n"

    def stands_in(self, record: Mapping[str, Any], holes: Holes, pieces: tuple[bytes | None, ...]) -> bool:
        """Does the record have the values where they are expected?"""
        expected = (
            (holes.id, self.id),
            (holes.time, self.time),
            (holes.number, f"+{self.number}"),
            (holes.ignored, self.ignored),
            (holes.wait, self.wait_ms),
        )
        return all(
            piece is None or (_at(record, path) == value and type(_at(record, path)) is type(value))
            for (path, value), piece in zip(expected, pieces[1:], strict=True)
        )


_YEAR = datetime(FIRST_YEAR + 1, 1, 1, tzinfo=UTC)
_PROBES = (
    _Probe("0c5a4f1e-2b6d-5e7a-9c01-3d8f6a7b2e10", f"{FIRST_YEAR + 1}-01-01 00:00:01.25", "12025550100", 31, 47,
           _YEAR + timedelta(seconds=1.25)),
    _Probe("f3b1d2c4-a5e6-5978-8a9b-0c1d2e3f4a5b", f"{FIRST_YEAR + 1}-01-02 00:00:02", "447700900123", 6029, 8011,
           _YEAR + timedelta(days=1, seconds=2)),
)  # fmt: skip
_FILLED = ("send_id", "sent_at", "event_at", "destination", "delivered_at")
_HOLES = {
    ("aws.sns", "json"): Holes(
        id=("notification", "messageId"),
        time=("notification", "timestamp"),
        number=("delivery", "destination"),
        ignored=("delivery", "dwellTimeMs"),
        wait=("delivery", "dwellTimeMsUntilDeviceAck"),
        longest_wait_ms=LONGEST_WAIT_MS,
    )
}


def holes_of(name: str, framing: Framing) -> Holes | None:
    """Where lines of that source have their holes; None where its lines are not read by their forms.

    >>> holes_of("aws.sns", "json").keys()[0], holes_of("web.combined", "line")
    ((b'"messageId":', 'i'), None)
    """
    return _HOLES.get((name, framing))


def form_of(pieces: tuple[bytes | None, ...], holes: Holes, layout: Layout, read: Read) -> Form | None:
    """What does the reader say of all lines that have these pieces between their holes? None: ask it for each.

    ``pieces`` stand before, between and behind the holes; None stands behind one that the form lacks.
    """
    sends = [_probed(probe, pieces, holes, layout, read) for probe in _PROBES]
    if any(send is None for send in sends):
        return None
    first, second = (send for send in sends if send is not None)
    waits = first.delivered_at is not None
    if waits != (second.delivered_at is not None) or waits > (pieces[-1] is not None):
        return None
    unfilled = [{**msgspec.structs.asdict(send), **dict.fromkeys(_FILLED)} for send in (first, second)]
    return Form(first, waits) if unfilled[0] == unfilled[1] else None


def _probed(
    probe: _Probe, pieces: tuple[bytes | None, ...], holes: Holes, layout: Layout, read: Read
) -> Send | None:
    """The one event of the form with these values, if they stand where they should."""
    found = list(chunk_pieces(layout, Chunk(probe.line(pieces), 1), 0))
    if len(found) != 1 or not isinstance(found[0].record, dict):
        return None
    if not probe.stands_in(found[0].record, holes, pieces):
        return None
    try:
        events = list(read(found[0].record))
    except Exception:  # whatever a source trips over: it is asked for each such line
        return None
    if len(events) != 1 or not isinstance(events[0], Send):
        return None
    send = events[0]
    delivered_at = probe.sent_at + timedelta(milliseconds=probe.wait_ms)
    told = send.send_id, send.sent_at, send.event_at, send.destination
    as_expected = told == (probe.id, probe.sent_at, probe.sent_at, f"+{probe.number}")
    return send if as_expected and send.delivered_at in (None, delivered_at) else None


def _at(record: Record | Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: Any = record
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found
