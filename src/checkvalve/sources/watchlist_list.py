"""A watch list with one entry a line: addresses, networks, address ranges, ASNs, domains, number prefixes, JA4.

What stands behind ``#``, ``;`` or ``//`` (at the beginning or after a blank) is a comment; behind an entry it is
the entry's label. The kind follows from the form: ``AS64500``, ``+99899394``, ``198.51.100.0/24``.
"""

import re

from checkvalve.errors import Unusable
from checkvalve.events import Event, WatchEntry
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.watch_values import watched

_COMMENT = re.compile(r"(?:^|\s+)(?:[#;]|//)\s*")


def read_line(record: Record) -> tuple[Event, ...]:
    """What does the line watch? Nothing for a comment or a blank line.

    >>> read_line("203.0.113.7 # open proxy")
    (WatchEntry(kind='ip', value='203.0.113.7', label='open proxy', ...),)
    """
    if not isinstance(record, str):
        raise Unusable("unknown_entry", "not a line")
    comment = _COMMENT.search(record)
    entry = record[: comment.start()].strip() if comment else record.strip()
    label = record[comment.end() :].strip() if comment else ""
    if not entry:
        return ()
    return tuple(WatchEntry(kind=kind, value=value, label=label or None) for kind, value in watched(entry))


def _is_entry(record: Record) -> bool:
    try:
        return bool(read_line(record))
    except Unusable:
        return False


def _is_written(record: Record) -> bool:
    return not isinstance(record, str) or bool(_COMMENT.split(record)[0].strip())


class WatchlistList:
    """A plain list of bad addresses, networks, ASNs, domains or number prefixes."""

    name = "watchlist.list"
    title = "watch list (one entry a line)"
    enable = "save the list as text, one address, network, ASN, domain or +prefix a line; # begins a comment"
    framings: frozenset[Framing] = frozenset({"line"})

    def recognise(self, sample: Sample) -> Match:
        """Are most lines, comments aside, entries of a watch list?"""
        share = Sample(sample.framing, [record for record in sample.records if _is_written(record)]).share(
            _is_entry
        )
        return Match(0.9 * share, f"{share:.0%} of the lines are an address, network, ASN, domain or number prefix")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines."""
        return read_line
