"""Propose a mapping for an unknown log: which fields could be which columns, and what that was seen by.

Everything is a proposal for a person. What was chosen among several, taken from a word that can mean two things, or
left out stands in `Proposal.unsure`; nothing is proposed that the mapping's own checks would refuse.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checkvalve.errors import Unusable, Usage
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Record
from checkvalve.sources.learn_columns import Answer, currency_in, event_column, time_column
from checkvalve.sources.learn_fields import Field, fields_of, fit
from checkvalve.sources.learn_lines import pattern_of
from checkvalve.sources.learn_lists import list_of_things, spread
from checkvalve.sources.learn_words import event_of, name_rank
from checkvalve.sources.learn_write import written
from checkvalve.sources.mapping import Mapped, mapping_of
from checkvalve.sources.mapping_form import Kind
from checkvalve.sources.mapping_values import getter, word

_WANTED: dict[Kind, tuple[str, ...]] = {
    "send": (
        "destination", "send_id", "sent_at", "verification_id", "delivered_at", "verified_at", "event_at", "price",
        "currency", "country", "network", "network_name", "status", "error_code", "channel", "segments", "provider",
        "ip", "user_agent", "account_id", "request_id", "purpose",
    ),
    "verification": (
        "destination", "occurred_at", "event_id", "verification_id", "country", "ip", "user_agent", "account_id",
        "error_code",
    ),
    "request": (
        "request_line", "url", "method", "occurred_at", "http_status", "ip", "forwarded_for", "user_agent", "referrer",
        "bytes", "duration_s", "country", "request_id",
    ),
    "complaint": ("text", "occurred_at", "event_id", "destination", "country"),
    "charge": ("period_start", "period_end", "amount", "currency", "category", "quantity", "country", "provider"),
}  # fmt: skip
"""Columns to look for, the most telling first: a field is given to one column only."""

_IDENTITIES = frozenset({"send_id", "event_id"})
_WEIGHTY = frozenset({"destination", "sent_at", "occurred_at", "price", "ip"})
_ONLY_OF_SENDS = frozenset({"status", "price", "segments", "network"})
_MOST_EVENT_WORDS = 40
_MOST_FIELDS = 4


@dataclass(slots=True)
class Proposal:
    """A mapping as text, the source that it makes, and what a person should look at."""

    text: str
    source: Mapped
    unsure: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Trial:
    """What a mapping makes of records: events with the number of their record, and reasons with their count."""

    records: int = 0
    events: list[tuple[int, Event]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)


def propose(records: Sequence[Record], name: str, form: str) -> Proposal:
    """Which mapping could fit a log that begins with these objects, rows or lines?

    ``form`` is ``json``, ``csv`` or ``lines``. Where the records are wrapped (a document with a list, a batch of
    several recipients) the list is found, and ``each`` proposed. Raises `Usage` when no field is a time, or nothing
    says what happened then.

    >>> rows = [{"id": f"m{n}", "msisdn": f"9989394123{n}", "at": f"2026-05-26 10:00:{n}"} for n in range(10, 60)]
    >>> [row for row in propose(rows, "shop", "json").text.splitlines() if " = " in row][-3:]
    ['destination = { field = "msisdn", number = "bare" }', 'send_id = "id"', 'sent_at = "at"']
    """
    pattern = _pattern(records) if form == "lines" else None
    records = _found(records, pattern) if pattern else records
    rows = [record for record in records if isinstance(record, dict)]
    each = list_of_things(rows) if form == "json" else None
    rows = rows if each is None else spread(rows, each)
    found = fields_of(rows)
    if time_column(found) is None:
        times = ", ".join(one.path for one in found[:12])
        raise Usage(
            "no field was seen to be a time",
            todo=f"write the mapping by hand (docs/sources/mapping.md); fields: {times}",
        )
    unsure: list[str] = []
    events = _events(rows, found, unsure)
    if not events:
        raise Usage(
            "it cannot be seen what the log tells of: there is no phone number, request, charge or complaint in it",
            todo="write the mapping by hand (docs/sources/mapping.md), if the log is about messages at all",
        )
    for event in events:
        event.each = each
    if each is not None:
        unsure.append(f"a record stands for as many events as {each} has items")
    text = written(name, form, _known_by(found, events, each), events, unsure, pattern)
    return Proposal(text, mapping_of(text, "the proposal"), unsure)


def _pattern(lines: Sequence[Record]) -> str:
    found = pattern_of([line for line in lines if isinstance(line, str)])
    if found is None:
        raise Usage(
            "the lines name no values (as in 'to=+998… id=7') that could be fields",
            todo='write the mapping by hand: format = "lines" and a pattern (docs/sources/mapping.md)',
        )
    return found


def _found(lines: Sequence[Record], pattern: str) -> list[Record]:
    """What the pattern finds in lines."""
    matches = (re.match(pattern, line) for line in lines if isinstance(line, str))
    return [match.groupdict() for match in matches if match is not None]


def _known_by(found: Sequence[Field], events: Sequence[Answer], each: str | None) -> list[str]:
    """The fields that tell a record of this log: those that are used and always there; of a list, the list."""
    always = [one.path for one in found if one.said == one.records]
    told_by = [path for event in events for path in [*event.where, *event.paths]]
    used = [path for path in told_by if path in always]
    known = list(dict.fromkeys(used))[:_MOST_FIELDS] or always[:_MOST_FIELDS] or [events[0].paths[0]]
    if each is None:
        return known
    return [each, *(path for path in known if not path.startswith(f"{each}."))]


def tried(source: Mapped, records: Sequence[Record], logs: Logs) -> Trial:
    """What does the mapping make of these records?"""
    trial, read = Trial(), source.reader(logs)
    for number, record in enumerate(records, 1):
        trial.records += 1
        try:
            trial.events += [(number, event) for event in read(record)]
        except Unusable as error:
            reason = str(error).partition(":")[0] if error.reason == "not_mapped" else str(error)
            trial.refused[reason] = trial.refused.get(reason, 0) + 1
    return trial


def _events(rows: list[dict[str, Any]], found: list[Field], unsure: list[str]) -> list[Answer]:
    """The kinds of event in the log: by a field that names them, else one kind for all records."""
    numbered = any(fit(one, "destination") for one in found)
    for one in sorted(found if numbered else (), key=lambda one: -name_rank(one.path, "event_word")):
        words = one.words()
        meant = {text: event for text in words if (event := event_of(text)) is not None}
        if not _names_events(one, words, {kind for kind, _ in meant.values()}):
            continue
        left = [text for text in words if text not in meant]
        if left:
            shown = _list(list(map(values.shown, left)))
            unsure.append(f"records whose {one.path} is {shown} go to quarantine: add them where they belong")
        unsure.append(f"what happened is taken from the words of {one.path}: check each 'where'")
        return _by_word(rows, one.path, meant, unsure)
    kind = _kind(found)
    if kind is None:
        return []
    return [_answer(kind, None, {}, found, unsure)]


def _names_events(one: Field, words: list[str], kinds: set[str]) -> bool:
    """Is it a field that says what happened? By its name, or because its words tell of several kinds of event."""
    if not 1 <= len(words) <= _MOST_EVENT_WORDS or one.said < one.records // 2 or "send" not in kinds:
        return False
    return bool(name_rank(one.path, "event_word")) or (len(kinds) > 1 and not name_rank(one.path, "status"))


def _by_word(
    rows: list[dict[str, Any]], path: str, meant: Mapping[str, tuple[str, str | None]], unsure: list[str]
) -> list[Answer]:
    answers, get = [], getter(path)
    for event in dict.fromkeys(meant.values()):
        words = [text for text, other in meant.items() if other == event]
        part = fields_of([row for row in rows if word(get(row)) in words])
        kind: Kind = "send" if event[0] == "send" else "verification"
        answers.append(_answer(kind, event[1], {path: words}, [one for one in part if one.path != path], unsure))
    return answers


def _kind(found: list[Field]) -> Kind | None:
    """What a record tells of, where no field names it."""

    def has(*meanings: str) -> bool:
        return all(any(fit(one, meaning) for one in found) for meaning in meanings)

    if has("destination"):
        if has("text") and not (has("price") or has("status") or has("network") or has("segments")):
            return "complaint"
        return "send"
    if has("request_line") or (has("url") and (has("ip") or has("http_status") or has("method"))):
        return "request"
    if has("period_start", "amount"):
        return "charge"
    return "complaint" if has("text") else None


def _answer(
    kind: Kind, event: str | None, where: dict[str, list[str]], found: list[Field], unsure: list[str]
) -> Answer:
    """The columns of one kind of event, each from the field that fits it best."""
    free = [one for one in found if one.said]
    pairs = [
        (score, -order, -place)
        for order, meaning in enumerate(_WANTED[kind])
        for place, one in enumerate(free)
        if (score := fit(one, meaning)) and (meaning not in _IDENTITIES or one.is_unique)
    ]
    columns: dict[str, str] = {}
    taken: dict[int, str] = {}
    for _, order, place in sorted(pairs, reverse=True):
        meaning = _WANTED[kind][-order]
        name = "status" if meaning == "http_status" else meaning
        if -place not in taken and name not in columns:
            taken[-place] = meaning
            columns[name] = event_column(name, free[-place], kind, unsure)
            if name in ("price", "amount") and (currency := currency_in(free[-place])):
                columns.setdefault("currency", f'{{ value = "{currency}" }}')
    _tell_rivals(pairs, kind, taken, free, unsure)
    inorder = sorted(taken, key=lambda place: _WANTED[kind].index(taken[place]))
    paths = [free[place].path for place in inorder]
    columns = {name: columns[name] for name in sorted(columns, key=lambda name: _position(kind, name))}
    free = [one for place, one in enumerate(free) if place not in taken]
    _complete(kind, event, columns, paths, free, unsure)
    return Answer(kind, where, columns, paths)


def _position(kind: Kind, name: str) -> int:
    wanted = _WANTED[kind]
    return wanted.index(name) if name in wanted else len(wanted)


def _tell_rivals(
    pairs: list[tuple[float, int, int]], kind: Kind, taken: dict[int, str], free: list[Field], unsure: list[str]
) -> None:
    """Say where another field that nothing was taken from fits nearly as well."""
    scores = {(_WANTED[kind][-order], -place): score for score, order, place in pairs}
    for place, meaning in taken.items():
        rivals = [
            free[other].path
            for (wanted, other), score in scores.items()
            if wanted == meaning and other not in taken and score >= scores[meaning, place] - 0.15
        ]
        if rivals and meaning in _WEIGHTY:
            unsure.append(f"{meaning} could be {_list(rivals)} too, and is taken from {free[place].path}")


def _complete(
    kind: Kind, event: str | None, columns: dict[str, str], paths: list[str], free: list[Field], unsure: list[str]
) -> None:
    """What an event cannot be without, made of what is there."""
    when = {"send": "sent_at", "charge": "period_start"}.get(kind, "occurred_at")
    if when not in columns:
        found = time_column(free)
        if found is None:
            raise Usage(f"no field was seen to be the time of a {kind}", todo="write the mapping by hand")
        columns[when] = event_column(when, found, kind, unsure)
        paths.append(found.path)
        unsure.append(f"{when} is taken from {found.path} by its values alone")
    if kind == "charge":
        columns.setdefault("period_end", columns["period_start"])
        if "category" not in columns:
            columns["category"] = '{ value = "messages" }'
            unsure.append("no field names what a charge is for: all are taken for messages")
    if kind in ("verification", "complaint"):
        from_word = f'{{ value = "{event or ("not_received" if kind == "complaint" else "checked")}" }}'
        columns.setdefault("kind", from_word)
        if event is None:
            unsure.append(f"every {kind} is taken for the same kind: {from_word}; give words if a field tells")
    if kind == "send" and not _ONLY_OF_SENDS & columns.keys() and event is None:
        unsure.append("every record with a number is taken for a message that was sent: say with 'where' which are")
    if kind == "send" and "send_id" not in columns:
        columns["send_id"] = "{ digest = [" + ", ".join(f'"{path}"' for path in paths[:3]) + "] }"
        unsure.append("no field numbers the messages: their identity is made of " + _list(paths[:3]))


def _list(words: Sequence[str]) -> str:
    shown = ", ".join(words[:6])
    return f"{shown}, …" if len(words) > 6 else shown
