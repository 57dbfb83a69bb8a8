"""A watch list as a table: a value with its kind, or a column of its own for each kind.

Columns are known by their header, whatever its capitals and blanks (`_COLUMNS`, `_TYPED`). Where no column says the
kind, it follows from the value's form. Confidence is a share (0 to 1), a number up to 100, or ``low``, ``medium``,
``high`` (0.15, 0.5, 0.85: STIX 2.1, appendix A).
"""

from datetime import tzinfo

from checkvalve.errors import Unusable
from checkvalve.events import Event, WatchEntry, WatchKind
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.table_values import Columns, column_name, moment
from checkvalve.sources.values import log_zone
from checkvalve.sources.watch_values import Watched, kind_named, watched, watched_as

_COLUMNS = {
    "value": ("value", "indicator", "ioc", "entry"),
    "kind": ("kind", "indicatortype", "ioctype", "type"),
    "label": ("label", "description", "comment", "threat", "reason", "name", "tags", "note", "notes"),
    "confidence": ("confidence", "abuseconfidencescore", "score"),
    "list": ("list", "listname", "feed", "source", "provider"),
    "valid_until": ("validuntil", "expiresat", "expires", "expiry", "expiration", "expirationdate"),
}
_TYPED: dict[str, WatchKind | None] = {
    "ip": "ip", "ipaddress": "ip", "address": "ip", "network": "network", "cidr": "network", "subnet": "network",
    "asn": "asn", "asnumber": "asn", "domain": "email_domain", "emaildomain": "email_domain",
    "useragent": "user_agent", "ja4": "ja4", "numberprefix": "number_prefix", "phoneprefix": "number_prefix",
    "prefix": None,
}  # fmt: skip
"""Headers that say the kind of what stands below; ``prefix`` may mean a network or a number."""

_cells = Columns(_COLUMNS | {header: (header,) for header in _TYPED})
_LEVELS = {"none": 0.0, "low": 0.15, "med": 0.5, "medium": 0.5, "high": 0.85}


def confidence_of(text: str | None) -> float | None:
    """How sure, as a share from 0 to 1? ``None`` where nothing readable is said.

    >>> confidence_of("80"), confidence_of("0.8"), confidence_of("90 %"), confidence_of("High"), confidence_of("-1")
    (0.8, 0.8, 0.9, 0.85, None)
    """
    word = (text or "").strip().lower()
    if word in _LEVELS:
        return _LEVELS[word]
    try:
        number = float(word.removesuffix("%"))
    except ValueError:
        return None
    share = number / 100 if number > 1 or word.endswith("%") else number
    return share if 0 <= share <= 1 else None


def _what(found: dict[str, str]) -> list[Watched]:
    if "value" in found:
        return watched_as(kind_named(found["kind"]), found["value"]) if "kind" in found else watched(found["value"])
    for header, kind in _TYPED.items():
        if header in found:
            return watched(found[header]) if kind is None else watched_as(kind, found[header])
    raise Unusable("missing_field", "value")


def _entries(record: Record, zone: tzinfo) -> tuple[Event, ...]:
    found = _cells(record)
    until = moment(found["valid_until"], "valid_until", zone, planned=True)[0] if "valid_until" in found else None
    return tuple(
        WatchEntry(
            kind=kind,
            value=value,
            label=found.get("label"),
            confidence=confidence_of(found.get("confidence")),
            list=found.get("list"),
            valid_until=until,
        )
        for kind, value in _what(found)
    )


def _is_entry(record: Record) -> bool:
    """Do most headers belong to a watch list, a value with its kind, or a typed column with more about it?"""
    if not isinstance(record, dict):
        return False
    headers = {column_name(str(header)) for header in record}
    found = _cells(dict.fromkeys(record, "x")).keys()
    typed, about = found & _TYPED.keys(), found & {"label", "confidence", "list", "valid_until"}
    named = "value" in found and ("kind" in found or about)
    return bool(named or (typed and about)) and 2 * len(found) >= len(headers)


class WatchlistCsv:
    """Threat intelligence as a table."""

    name = "watchlist.csv"
    title = "watch list (CSV)"
    enable = "export the list as CSV with the columns kind, value, label, confidence, list, valid_until"
    framings: frozenset[Framing] = frozenset({"csv"})

    def recognise(self, sample: Sample) -> Match:
        """Do the headers name a watched value and something about it?"""
        share = sample.share(_is_entry)
        return Match(0.75 * share, f"{share:.0%} of the rows stand under headers of a watch list")

    def reader(self, logs: Logs) -> Read:
        """A translator of rows."""
        zone = log_zone(logs)

        def read(record: Record) -> tuple[Event, ...]:
            return _entries(record, zone)

        return read
