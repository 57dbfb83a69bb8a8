"""What a source is: one vendor log, recognised from its content and translated record by record.

The reader of a file (``sources/framing.py``) opens it, unpacks compression and envelopes and cuts it into records;
a source sees one record at a time and answers with events. It never drops, guesses or decides:

* events        the record is used (several when one record stands for several messages);
* nothing ``()``  the record is no record by nature (a header, a comment, a marker);
* `Unusable`    the record goes to quarantine with that reason.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from checkvalve.events import Event
from checkvalve.settings import Logs

Record = str | dict[str, Any]
"""A line of text, a JSON object, or a CSV row as a mapping from header to text."""

Framing = Literal["line", "json", "csv", "ics", "packets"]
"""How a file is cut: lines, JSON objects (after envelopes), CSV rows with a header, iCalendar components, exchanges in
a packet capture."""

Read = Callable[[Record], Iterable[Event]]


@dataclass(frozen=True, slots=True)
class Sample:
    """The first records of a file, as `recognise` sees them. The file's name is deliberately absent."""

    framing: Framing
    records: Sequence[Record]

    def share(self, fits: Callable[[Record], bool]) -> float:
        """Which part of the records fits? 0 for an empty sample.

        >>> Sample("line", ["a", "b"]).share(lambda record: record == "a")
        0.5
        """
        return sum(map(fits, self.records)) / len(self.records) if self.records else 0.0


@dataclass(frozen=True, slots=True)
class Broken:
    """A piece of a file that could not become a record."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Match:
    """How sure a source is that a file is its own (0 to 1), and what it looked at, in words."""

    confidence: float
    reason: str


class Source(Protocol):
    """One vendor log."""

    @property
    def name(self) -> str:
        """The adapter's fixed name, such as ``twilio.messages``."""

    @property
    def title(self) -> str:
        """What people call this log."""

    @property
    def enable(self) -> str:
        """What to switch on, or run, at the vendor to get the log."""

    @property
    def framings(self) -> frozenset[Framing]:
        """The shapes in which the log comes."""

    def recognise(self, sample: Sample) -> Match:
        """How sure is it, from the records alone, that this is such a log?"""

    def reader(self, logs: Logs) -> Read:
        """A fresh translator for one file; it may keep state from record to record (a header line)."""


def has_keys(record: Record, required: frozenset[str]) -> bool:
    """Is the record an object with all these keys?

    >>> has_keys({"sid": "SM1", "direction": "inbound"}, frozenset({"sid", "direction"}))
    True
    """
    return isinstance(record, dict) and required <= record.keys()
