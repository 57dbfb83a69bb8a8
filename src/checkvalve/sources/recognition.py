"""Which log is this file? Asked of every source with the file's first records; the name of the file plays no part."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from checkvalve.sources.base import Broken, Record, Sample, Source
from checkvalve.sources.captures import MISSING, is_capture, tshark
from checkvalve.sources.empty_pages import ADDS_NOTHING, Empty, without_records
from checkvalve.sources.file_kinds import kind_of_file, kind_of_text
from checkvalve.sources.framing import Layout, is_binary, layouts, pieces
from checkvalve.sources.opening import Opened, head_of
from checkvalve.sources.parquet_rows import is_parquet
from checkvalve.sources.registry import sources
from checkvalve.sources.text import text_of

ENOUGH = 0.5
_SAMPLE = 200
_HEAD = 256 << 10
_LONG_SAMPLE = 20_000
_LONG_HEAD = 16 << 20
"""So much is looked at where the nearest source is unsure: a trail may begin with hours of other services."""

_SHOWABLE = re.compile(r"(?!.*\d{5})[\w@$./:() -]{1,40}")
_MOST_SHOWN = 8
_FEW = 2
"""An empty page may be closed, and look like a record."""
_TORN = "a Parquet file without rows, damaged or cut short"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is. ``source`` is None when nobody is sure; ``reason`` says what was looked at either way."""

    source: Source | None
    layout: Layout
    confidence: float
    reason: str
    empty: bool = False
    """Is there no record in it, so that nothing needs to be read?"""


def recognise(
    path: Path, candidates: Sequence[Source] | None = None, *, likely: Source | None = None
) -> Recognised:
    """Which log is in this file, from its content alone?

    ``likely`` is asked first: files of one folder are mostly of one kind, and who is wholly sure ends the search.

    Raises `Surroundings` when the file cannot be read.
    """
    known = list(sources() if candidates is None else candidates)
    if likely is not None:
        known.sort(key=lambda one: one.name != likely.name)
    head = head_of(path, _HEAD)
    if is_parquet(head):
        return _if_sure(_of_rows(path, head, known))
    found = _nearest(head, known, _HEAD, _SAMPLE)
    if found.source is not None and found.confidence < ENOUGH:
        found = _nearest(head_of(path, _LONG_HEAD), [found.source], _LONG_HEAD, _LONG_SAMPLE)
    elif found.source is None and is_capture(head) and len(head) >= _HEAD:
        found = _nearest(head_of(path, _LONG_HEAD), known, _LONG_HEAD, _SAMPLE)
    return _if_sure(found)


def recognise_head(head: bytes, candidates: Sequence[Source] | None = None) -> Recognised:
    """The same, from the first bytes of the unpacked content.

    >>> recognise_head(b"").reason
    'the file is empty'
    """
    return _if_sure(_nearest(head, candidates, _HEAD, _SAMPLE))


def _if_sure(found: Recognised) -> Recognised:
    if found.source is None or found.confidence >= ENOUGH:
        return found
    nearest = f"not recognised; nearest is {found.source.name} ({found.confidence:.0%}): {found.reason}"
    return Recognised(None, found.layout, found.confidence, nearest)


def _nearest(head: bytes, candidates: Sequence[Source] | None, cut_at: int, most: int) -> Recognised:
    nothing = _no_text(head)
    if nothing is not None:
        return Recognised(None, Layout("line"), 0.0, nothing)
    known = sources() if candidates is None else candidates
    best: Recognised | None = None
    seen: list[str] = []
    for layout in layouts(head):
        if layout.framing == "packets" and not any("packets" in one.framings for one in known):
            continue  # nobody asks, so nothing is dissected
        sample = _sample(head, layout, cut=len(head) >= cut_at, most=most)
        empty = without_records(head, layout, known) if len(sample.records) <= _FEW else None
        if empty is not None:
            return _of_nothing(empty, layout)
        seen += _seen(sample, layout, head)
        for one in known:
            match = one.recognise(sample) if sample.records and sample.framing in one.framings else None
            if match is not None and match.confidence > (best.confidence if best else 0.0):
                best = Recognised(one, layout, match.confidence, match.reason)
                if match.confidence >= 1.0:
                    return best
    reason = f"not recognised: {kind_of_text(head) or (seen or ['no record in it'])[0]}"
    return best or Recognised(None, Layout("line"), 0.0, reason)


def _of_rows(path: Path, head: bytes, known: Sequence[Source]) -> Recognised:
    """The same for a Parquet file, which says at its end what is in it."""
    (layout,) = layouts(head)
    rows = [piece.record for piece in islice(pieces(layout, Opened(path).blocks()), _SAMPLE)]
    sample = Sample("json", [row for row in rows if isinstance(row, dict)])
    best: Recognised | None = None
    for one in known:
        match = one.recognise(sample) if sample.records and "json" in one.framings else None
        if match is not None and match.confidence > (best.confidence if best else 0.0):
            best = Recognised(one, layout, match.confidence, match.reason)
    seen = _seen(sample, layout, head)
    return best or Recognised(None, layout, 0.0, f"not recognised: {(seen or [_TORN])[0]}")


def _no_text(head: bytes) -> str | None:
    """Why the content cannot be a log at all, if so."""
    if not head:
        return "the file is empty"
    if not head.strip():
        return "the file holds nothing but blank lines"
    if is_capture(head):
        return None if tshark() else MISSING
    if is_parquet(head):
        return None
    kind = kind_of_file(head, is_text=not is_binary(head))
    return kind and f"not recognised: {kind}"


def _sample(head: bytes, layout: Layout, *, cut: bool, most: int) -> Sample:
    """The first records; the last line is left out where the head may have cut it."""
    by_line = layout.framing != "packets" and not (layout.framing == "json" and layout.whole)
    text = (head[: head.rfind(b"\n") + 1] or head) if cut and by_line else head
    found: list[Record] = [
        piece.record
        for piece in islice(pieces(layout, [text]), most)
        if piece.record is not None and not isinstance(piece.record, Broken)
    ]
    texts = sum(isinstance(record, str) for record in found)
    framing, kind = layout.framing, dict if layout.framing in ("json", "csv", "packets") else str
    if kind is dict and texts * 2 > len(found):
        framing, kind = "line", str
    elif framing == "line" and found and texts * 2 <= len(found):
        framing, kind = "json", dict
    return Sample(framing, [record for record in found if isinstance(record, kind)])


def _of_nothing(empty: Empty, layout: Layout) -> Recognised:
    """A file without records, of a known log or anybody's."""
    if empty.source is None:
        return Recognised(None, layout, 0.0, f"{ADDS_NOTHING}{empty.words}")
    return Recognised(empty.source, layout, 1.0, empty.words, empty=True)


def _seen(sample: Sample, layout: Layout, head: bytes) -> list[str]:
    """What a person sees in the file, as far as it is no data."""
    if layout.framing == "packets":
        return ["a packet capture without HTTP or SMPP in the clear"]
    if layout.parquet and not sample.records:
        return [_TORN]
    if not sample.records:
        header = text_of(head).lstrip().partition("\n")[0].split(layout.delimiter)
        return [f"a table without rows, of the columns {_names(header)}"] if layout.framing == "csv" else []
    keys = [record for record in sample.records[:1] if isinstance(record, dict)]
    if sample.framing == "csv":
        return [f"no source knows a table of the columns {_names(keys[0])}"]
    if sample.framing == "json":
        return [f"no source knows objects of the keys {_names(keys[0])}"]
    return ["no source knows a calendar like this" if sample.framing == "ics" else "no source knows such lines"]


def _names(keys: Sequence[str] | dict[str, object]) -> str:
    names = [name for key in keys if (name := str(key).strip().strip('"')) and _SHOWABLE.fullmatch(name)]
    return ", ".join(names[:_MOST_SHOWN]) + (", …" if len(names) > _MOST_SHOWN else "")
