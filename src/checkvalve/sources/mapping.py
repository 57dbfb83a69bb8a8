"""A source that a user described in a mapping file: an ordinary source, named ``mapped.<name>``.

A record is every event whose ``where`` chooses it. One that none chooses goes to quarantine as ``not_mapped``, and
so do records without a value that the event cannot be without. Addresses of requests are those of clients, behind
the proxies that the settings trust, as in every other log.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from checkvalve.errors import Unusable, Usage
from checkvalve.events import Charge, Event, Request, Send
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Record, Sample, Source
from checkvalve.sources.home_numbers import home_country
from checkvalve.sources.mapping_checks import Checked, checked
from checkvalve.sources.mapping_columns import EVENTS, reader_of, required
from checkvalve.sources.mapping_form import EventForm, MappingForm, MappingText, Word, read_text
from checkvalve.sources.mapping_values import getter, with_item, word
from checkvalve.sources.registry import sources
from checkvalve.sources.values import log_zone
from checkvalve.sources.weblog_values import BROKEN, TrustedProxies, asked, request_line

_FRAMINGS: dict[str, frozenset[Framing]] = {
    "json": frozenset({"json"}),
    "csv": frozenset({"csv"}),
    "lines": frozenset({"line"}),
}
_LONGEST_LINE = 1 << 16
_LEAST_SHARE = 0.1
_Where = Mapping[str, Word | tuple[Word, ...]]
_Chosen = Callable[[Mapping[str, Any]], bool]
_Make = Callable[[Mapping[str, Any]], Iterable[Event]]
_After = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Mapped:
    """The source of one mapping file."""

    form: MappingForm
    events: tuple[Checked, ...]

    @property
    def name(self) -> str:
        """``mapped.`` and the name in the file."""
        return f"mapped.{self.form.name}"

    @property
    def title(self) -> str:
        """The file's title for the log."""
        return self.form.title or f"log of one's own: {self.form.name}"

    @property
    def enable(self) -> str:
        """What the file says of how to get the log."""
        return (
            self.form.enable or "Give the mapping file with --mapping, or name it in the settings (logs.mappings)."
        )

    @property
    def framings(self) -> frozenset[Framing]:
        """Objects or rows, as the file says."""
        return _FRAMINGS[self.form.format]

    def recognise(self, sample: Sample) -> Match:
        """Have the records the fields that the mapping names, and is one of them an event of it?"""
        gets = [(path, getter(path)) for path in self.form.fields]
        choices = [_chosen(_of_records(one.form)) for one in self.events]
        rows = [row for record in sample.records if (row := self._row(record)) is not None]
        own = [row for row in rows if all(path in row or get(row) is not None for path, get in gets)]
        share = len(own) / len(sample.records) if sample.records else 0.0
        known_by = f"have the fields {', '.join(self.form.fields)}" if self.form.fields else "fit the pattern"
        reason = f"{share:.0%} of the records {known_by}"
        if share < _LEAST_SHARE or not any(choice(record) for choice in choices for record in own):
            return Match(0.4 * share, reason + ("; none is an event of the mapping" if own else ""))
        return Match(0.5 + 0.5 * share, reason)

    def reader(self, logs: Logs) -> Callable[[Record], tuple[Event, ...]]:
        """A translator of records."""
        zone = ZoneInfo(self.form.time_zone) if self.form.time_zone else log_zone(logs)
        makers = [(_chosen(_of_records(one.form)), _maker(one, self.form.name, zone, logs)) for one in self.events]
        told = sorted({field for one in self.events for field in one.form.where})
        gets = [(field, getter(field)) for field in told]

        def read(record: Record) -> tuple[Event, ...]:
            row = record if isinstance(record, dict) else self._row(record)
            if row is None:
                raise Unusable("not_mapped", "the line does not fit the pattern")
            found = tuple(event for chosen, make in makers if chosen(row) for event in make(row))
            if not found:
                raise Unusable("not_mapped", ", ".join(f"{field}: {values.shown(get(row))}" for field, get in gets))
            return found

        return read

    def _row(self, record: Record) -> dict[str, Any] | None:
        """The fields of a record: its own, or those that the pattern finds in a line."""
        if isinstance(record, dict):
            return record if self.form.pattern is None else None
        if self.form.pattern is None or len(record) > _LONGEST_LINE:
            return None
        found = re.match(self.form.pattern, record)
        return None if found is None else found.groupdict()


def _of_items(form: EventForm) -> _Where:
    """What chooses among the items of the list, of all that chooses."""
    begin = f"{form.each}."
    return {field: words for field, words in form.where.items() if form.each and field.startswith(begin)}


def _of_records(form: EventForm) -> _Where:
    """What chooses among records."""
    return {field: words for field, words in form.where.items() if field not in _of_items(form)}


def _chosen(where: _Where) -> _Chosen:
    wanted = [
        (getter(field), frozenset(word(one) for one in (words if isinstance(words, tuple) else (words,))))
        for field, words in where.items()
    ]
    return lambda row: all(word(get(row)) in words for get, words in wanted)


def _maker(event: Checked, mapping: str, zone: tzinfo, logs: Logs) -> _Make:
    """The function from a record to its events of this kind."""
    kind = EVENTS[event.form.kind]
    reads = [
        (name, reader_of(kind, name, column, ZoneInfo(column.zone) if column.zone else zone, home_country(logs)))
        for name, column in event.columns.items()
    ]
    given: dict[str, Any] = {"provider": mapping} if kind in (Send, Charge) else {}
    after = _after_request(logs) if kind is Request else None
    needed = required(kind)

    def make(row: Mapping[str, Any]) -> Event:
        found = dict(given)
        for name, read in reads:
            value = read(row)
            if value is not None:
                found[name] = value
        if after is not None:
            after(found)
        for name in needed:
            if name not in found:
                raise Unusable("missing_field", f"{name}: nothing there")
        if kind is Send and "sent_at" not in found and "event_at" not in found:
            raise Unusable("missing_field", "sent_at: nothing there")
        return kind(**found)

    return _each(event.form.each, _chosen(_of_items(event.form)), make)


def _each(path: str | None, chosen: _Chosen, make: Callable[[Mapping[str, Any]], Event]) -> _Make:
    """One event of the record, or one of each chosen item of a list in it, which then stands in the list's place."""
    if path is None:
        return lambda row: (make(row),)
    get, steps = getter(path), path.split(".")

    def make_each(row: Mapping[str, Any]) -> list[Event]:
        items = get(row)
        if not isinstance(items, list) or not items:
            raise Unusable("missing_field", f"{path}: no list there")
        return [make(one) for item in items if chosen(one := with_item(row, steps, item))]

    return make_each


def _after_request(logs: Logs) -> _After:
    """What is made of several columns of a request: the parts of its target, and the client's address."""
    proxies = TrustedProxies(logs.trusted_proxies)

    def complete(found: dict[str, Any]) -> None:
        line, url = found.pop("request_line", None), found.pop("url", None)
        what = request_line(line) if line else asked(found.get("method") or "GET", url) if url else BROKEN
        for name in ("method", "host", "path", "query"):
            value = getattr(what, name)
            if value is not None and (name != "method" or line):
                found.setdefault(name, value)
        client = proxies.client(found.get("ip"), found.get("forwarded_for"))
        if client is not None:
            found["ip"] = client

    return complete


def mapping_of(text: str, shown: str) -> Mapped:
    """The source that a mapping's text describes; raises `Usage` with the place of the first mistake.

    >>> own = mapping_of('''
    ... name = "shop"
    ... format = "json"
    ... fields = ["id", "msisdn", "at"]
    ... [[event]]
    ... kind = "send"
    ... [event.columns]
    ... send_id = "id"
    ... sent_at = "at"
    ... destination = { field = "msisdn", number = "bare" }
    ... price = { field = "cents", divide_by = 100 }
    ... ''', "shop.toml")
    >>> [send] = own.reader(Logs())({"id": 7, "at": "2026-05-26 10:00:00", "msisdn": "998939412345", "cents": 22})
    >>> own.name, send.send_id, send.destination, send.price
    ('mapped.shop', '7', '+998939412345', 0.22)
    """
    whole = MappingText(text, shown)
    form = whole.form()
    return Mapped(form, checked(whole, form))


def load_mapping(path: Path) -> Mapped:
    """The source that a mapping file describes; raises `Usage` with the place of the first mistake."""
    text = read_text(path)
    return mapping_of(text.text, text.shown)


@cache
def mapped_sources(paths: tuple[str, ...]) -> tuple[Mapped, ...]:
    """The sources of these mapping files; raises `Usage` where two have one name."""
    found: dict[str, tuple[str, Mapped]] = {}
    for path in dict.fromkeys(paths):
        one = load_mapping(Path(path))
        if one.name in found:
            raise Usage(
                f"the name {one.form.name!r} is that of {found[one.name][0]} too",
                where=path,
                todo="give each mapping a name of its own",
            )
        found[one.name] = (path, one)
    return tuple(one for _, one in found.values())


def known_sources(logs: Logs) -> Sequence[Source]:
    """Every source that files may be of: the user's own mappings first, for they were asked for.

    >>> len(known_sources(Logs())) == len(sources())
    True
    """
    return (*mapped_sources(logs.mappings), *sources())
