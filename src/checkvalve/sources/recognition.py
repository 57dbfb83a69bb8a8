"""Which log is this file? Asked of every source with the file's first records; the name of the file plays no part."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from checkvalve.sources.base import Broken, Record, Sample, Source
from checkvalve.sources.envelopes import PAGES
from checkvalve.sources.framing import Layout, is_binary, layouts, pieces
from checkvalve.sources.opening import head_of
from checkvalve.sources.registry import source, sources

ENOUGH = 0.5
_SAMPLE = 200
_HEAD = 256 << 10


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is. ``source`` is None when nobody is sure; ``reason`` says what was looked at either way."""

    source: Source | None
    layout: Layout
    confidence: float
    reason: str


def recognise(path: Path, candidates: Sequence[Source] | None = None) -> Recognised:
    """Which log is in this file, from its content alone?

    Raises `Surroundings` when the file cannot be read.
    """
    return recognise_head(head_of(path, _HEAD), candidates)


def recognise_head(head: bytes, candidates: Sequence[Source] | None = None) -> Recognised:
    """The same, from the first bytes of the unpacked content.

    >>> recognise_head(b"").reason
    'the file is empty'
    """
    if not head.strip():
        return Recognised(None, Layout("line"), 0.0, "the file is empty")
    if is_binary(head):
        return Recognised(None, Layout("line"), 0.0, "not recognised: the content is binary, not text")
    best = Recognised(None, Layout("line"), 0.0, "not recognised: no source reads files of this shape")
    for layout in layouts(head):
        sample = _sample(head, layout)
        if not sample.records:
            best = max(best, _empty_page(head, layout), key=lambda one: one.confidence)
            continue
        for one in candidates if candidates is not None else sources():
            match = one.recognise(sample) if _reads(one, sample) else None
            if match is not None and match.confidence > best.confidence:
                best = Recognised(one, layout, match.confidence, match.reason)
    if best.source is not None and best.confidence < ENOUGH:
        nearest = f"not recognised; nearest is {best.source.name} ({best.confidence:.0%}): {best.reason}"
        return Recognised(None, best.layout, best.confidence, nearest)
    return best


def _reads(one: Source, sample: Sample) -> bool:
    return sample.framing in one.framings


def _sample(head: bytes, layout: Layout) -> Sample:
    """The first records; the last line is left out when the head may have cut it."""
    whole = len(head) < _HEAD or (layout.framing == "json" and layout.whole)
    text = head if whole else head[: head.rfind(b"\n") + 1] or head
    found: list[Record] = []
    for piece in islice(pieces(layout, [text]), _SAMPLE):
        if piece.record is not None and not isinstance(piece.record, Broken):
            found.append(piece.record)
    strings = sum(isinstance(record, str) for record in found)
    framing = "line" if layout.framing == "json" and strings * 2 > len(found) else layout.framing
    kind = str if framing in ("line", "ics") else dict
    if layout.framing == "line" and found and strings * 2 <= len(found):
        framing, kind = "json", dict
    return Sample(framing, [record for record in found if isinstance(record, kind)])


def _empty_page(head: bytes, layout: Layout) -> Recognised:
    """A page without entries says by its list key whose it is."""
    nothing = Recognised(None, layout, 0.0, "not recognised: the file holds no record")
    try:
        page = msgspec.json.decode(head)
    except msgspec.DecodeError:
        return nothing
    for key, name in PAGES.items():
        if isinstance(page, dict) and page.get(key) == []:
            return Recognised(source(name), layout, 1.0, f"an empty page of {key}")
    return nothing
