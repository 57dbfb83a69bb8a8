"""What holds for whatever content: every record is accounted for, and no event breaks the conventions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken, Source
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import recognise_head

_LONG_DIGITS = re.compile(r"\d{7,}")
_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_REASON = re.compile(r"[a-z_]+(?:$|: )")


@dataclass
class Account:
    """What became of the records of a content."""

    source: str | None
    records: int = 0
    used: int = 0
    ignored: int = 0
    reasons: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def account(content: bytes, candidates: Sequence[Source] | None = None) -> Account:
    """Read a content as an investigation does, up to the store; anything but `Unusable` comes through."""
    found = recognise_head(content, candidates)
    if found.source is None:
        return Account(None)
    done, read = Account(found.source.name), found.source.reader(Logs())
    for piece in pieces(found.layout, [content]):
        done.records += 1
        if piece.record is None:
            done.ignored += 1
        elif isinstance(piece.record, Broken):
            done.reasons.append(piece.record.reason)
        else:
            try:
                events = tuple(read(piece.record))
            except Unusable as error:
                done.reasons.append(str(error))
                continue
            done.events.extend(events)
            done.used, done.ignored = done.used + bool(events), done.ignored + (not events)
    return done


def hold(done: Account) -> None:
    """The sum, the conventions of events, and no number in a reason; raises `AssertionError`."""
    assert done.records == done.used + done.ignored + len(done.reasons), "the sum"
    for reason in done.reasons:
        assert _REASON.match(reason), f"the form of a reason: {reason!r}"
        assert not _LONG_DIGITS.search(_ESCAPE.sub(".", reason)), f"digits in a reason: {reason!r}"
    for event in done.events:
        for name, value in msgspec.structs.asdict(event).items():
            assert not isinstance(value, datetime) or value.utcoffset() == timedelta(0), f"{name} is not in UTC"
