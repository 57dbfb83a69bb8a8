"""Whole files through recognition, framing and translation, as an investigation reads them."""

from pathlib import Path

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import recognise_head

SAMPLES = Path(__file__).parent / "samples"


def read_content(content: bytes, logs: Logs | None = None) -> tuple[str | None, list[Event], list[str]]:
    """The source that the content is recognised as, its events, and the reasons of what went to quarantine."""
    found = recognise_head(content)
    if found.source is None:
        return None, [], []
    read = found.source.reader(logs or Logs())
    events: list[Event] = []
    reasons: list[str] = []
    for piece in pieces(found.layout, [content]):
        if isinstance(piece.record, Broken):
            reasons.append(piece.record.reason)
        elif piece.record is not None:
            try:
                events.extend(read(piece.record))
            except Unusable as error:
                reasons.append(error.reason)
    return found.source.name, events, reasons


def read_path(path: Path) -> tuple[str | None, list[Event], list[str]]:
    """The same of a file."""
    return read_content(path.read_bytes())
