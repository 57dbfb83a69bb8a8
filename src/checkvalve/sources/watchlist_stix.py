"""Threat intelligence in STIX 2.1 (OASIS): indicator objects with simple patterns.

Read are comparisons joined by OR of ``ipv4-addr:value`` and ``ipv6-addr:value`` (also as source of network traffic;
``=``, ``IN``, ``ISSUBSET``), ``autonomous-system:number``, ``domain-name:value``, ``email-addr:value LIKE '%@…'``
and the User-Agent of an HTTP request. What is watched by nothing of ours (URLs, files) is passed over as long as
something else remains. Patterns with AND, FOLLOWEDBY, NOT or qualifiers, revoked indicators and objects of other
types go to quarantine: half a pattern would watch the wrong thing.

The label is the object's labels, else its indicator types, else its name; confidence is scaled from 0..100 to 0..1.
"""

import re
from collections.abc import Iterator
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, WatchEntry, WatchKind
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.watch_values import Watched, watched_as

_TEXT = r"'(?:[^'\\]|\\.)*'"
_COMPARISON = re.compile(
    rf"([a-z0-9-]+:(?:[a-z0-9_.-]|{_TEXT})+)\s*(=|IN\b|ISSUBSET\b|LIKE\b)\s*({_TEXT}|\d+|\([^()]*\))", re.DOTALL
)
_CONSTANT = re.compile(rf"({_TEXT})|(\d+)", re.DOTALL)
_JOINTS = re.compile(r"[\[\]()\s]|\bOR\b")
_PATHS: dict[str, WatchKind] = {
    "ipv4-addr:value": "ip",
    "ipv6-addr:value": "ip",
    "network-traffic:src_ref.value": "ip",
    "autonomous-system:number": "asn",
    "domain-name:value": "email_domain",
    "email-addr:value": "email_domain",
    "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'": "user_agent",
}


def pattern_entries(pattern: str) -> list[Watched]:
    """What does a pattern watch?

    Raises `Unusable`: ``complex_pattern`` for more than comparisons joined by OR, ``not_watched`` when none of the
    compared things is watched here.

    >>> pattern_entries("[ipv4-addr:value = '203.0.113.7'] OR [url:value = 'http://example.org/']")
    [('ip', '203.0.113.7')]
    """
    rest = _JOINTS.sub("", _COMPARISON.sub(" ", pattern))
    if rest:
        raise Unusable("complex_pattern", "pattern: more than comparisons joined by OR")
    found: list[Watched] = []
    for path, operator, constants in _COMPARISON.findall(pattern):
        kind = _PATHS.get(path)
        if kind is not None:
            for constant in _constants(constants):
                found.extend(_compared(path, kind, operator, constant))
    if not found:
        raise Unusable("not_watched", "pattern: no address, ASN, domain or user agent")
    return found


def _constants(text: str) -> Iterator[str]:
    for quoted, number in _CONSTANT.findall(text):
        yield re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL) if quoted else number


def _compared(path: str, kind: WatchKind, operator: str, constant: str) -> list[Watched]:
    if path == "email-addr:value":
        if operator != "LIKE" or not constant.startswith("%@"):
            raise Unusable("not_watched", "pattern: a single e-mail address")
        return watched_as(kind, constant[2:])
    if operator == "LIKE" or (operator == "ISSUBSET" and kind != "ip"):
        raise Unusable("complex_pattern", f"pattern: {operator}")
    return watched_as(kind, constant)


def _joined(value: object) -> str | None:
    words = [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
    return ", ".join(words) or None


def _entries(indicator: dict[str, Any]) -> tuple[Event, ...]:
    kind = indicator.get("type")
    if kind != "indicator":
        raise Unusable("not_an_indicator", f"type: {values.shown(kind)}")
    if indicator.get("revoked") is True:
        raise Unusable("revoked", "revoked")
    if values.text(indicator.get("pattern_type")) not in (None, "stix"):
        raise Unusable("unknown_pattern", f"pattern_type: {values.shown(indicator['pattern_type'])}")
    label = _joined(indicator.get("labels")) or _joined(indicator.get("indicator_types"))
    confidence = values.number(indicator.get("confidence"), "confidence")
    until = values.planned_time(indicator.get("valid_until"), "valid_until")
    return tuple(
        WatchEntry(
            kind=watched_kind,
            value=value,
            label=label or values.text(indicator.get("name")),
            confidence=confidence / 100 if confidence is not None and 0 <= confidence <= 100 else None,
            valid_until=until,
        )
        for watched_kind, value in pattern_entries(values.required(indicator.get("pattern"), "pattern"))
    )


def _is_object(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    name, kind = record.get("id"), record.get("type")
    return isinstance(name, str) and isinstance(kind, str) and name.startswith(f"{kind}--")


class WatchlistStix:
    """Indicators of a STIX 2.1 bundle."""

    name = "watchlist.stix"
    title = "threat intelligence (STIX 2.1)"
    enable = "export the indicators as a STIX 2.1 bundle, or fetch the objects of a TAXII 2.1 collection"
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """Are the objects STIX objects (``id`` is ``type--uuid``), with indicators among them?"""
        share = sample.share(_is_object)
        named = any(isinstance(record, dict) and record.get("type") == "indicator" for record in sample.records)
        sure = share if named else 0.0
        return Match(sure, f"{share:.0%} of the objects are STIX objects")

    def reader(self, logs: Logs) -> Read:
        """A translator of STIX objects."""

        def read(record: Record) -> tuple[Event, ...]:
            return _entries(values.as_object(record))

        return read
