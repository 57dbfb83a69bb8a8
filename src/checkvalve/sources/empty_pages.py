"""Whose is a file without any record: a page of a list that holds nothing, a table that ends with its header?

Nothing happened in such an hour or month. The file is of its log all the same, and an investigation says so.
"""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from checkvalve.sources.base import Sample, Source
from checkvalve.sources.envelopes import PAGES, unwrap
from checkvalve.sources.framing import Layout
from checkvalve.sources.json_values import json_values
from checkvalve.sources.table_values import column_name
from checkvalve.sources.text import text_of

ADDS_NOTHING = "adds nothing: "
"""Begins the note of a file that is passed over without harm."""
_LONGEST = 64 << 10
_SURE = 0.5

_OWNERS = (
    ("messages", ("bulkId",), "infobip.reports"),
    *((key, (), name) for key, name in PAGES.items()),
    ("objects", ("api_id", "meta"), "plivo.messages"),
    ("items", ("totalCount", "links"), "messagebird.messages"),
    ("results", (), "infobip.reports"),
    ("logs", (), "auth0.logs"),
)
"""List key, keys beside it of which one is there, and the source; of several of one vendor the first."""
_BATCHES = {
    "events": "aws.sns", "logEvents": "aws.sns",
    "Records": "aws.cognito", "Events": "aws.cognito", "AuthEvents": "aws.cognito",
}  # fmt: skip
"""The same for batches, which are told by what stands beside the list."""
_ANYBODYS = frozenset({"items", "objects", "records", "value", "entries", "data", "rows"})
"""List keys that several vendors share."""
_PROBE = {"sid": "SM" + "0" * 32, "direction": "outbound-api", "status": "delivered"}
"""Cells by which sources tell their rows from those of other tables with such columns."""


class Empty(NamedTuple):
    """A file without records. ``source`` is None where the page could be anybody's."""

    source: Source | None
    words: str


def without_records(head: bytes, layout: Layout, known: Sequence[Source]) -> Empty | None:
    """Is this, cut so, a file that could hold records and holds none; and of which log?

    >>> without_records(b"[]", Layout("json", whole=True), []).words
    'an empty list'
    """
    if len(head) > _LONGEST:
        return None
    if layout.framing == "csv":
        return _table(text_of(head), layout, known)
    return _pages(head, known) if layout.framing == "json" else None


def _table(text: str, layout: Layout, known: Sequence[Source]) -> Empty | None:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        return None
    (header,) = csv.reader(lines, delimiter=layout.delimiter)
    sample = Sample("csv", [{cell.strip(): _PROBE.get(column_name(cell), "") for cell in header}])
    matches = [(one.recognise(sample).confidence, one) for one in known if "csv" in one.framings]
    confidence, owner = max(matches, key=lambda match: match[0], default=(0.0, None))
    return Empty(owner, "a table without rows, with its columns") if owner and confidence >= _SURE else None


def _pages(head: bytes, known: Sequence[Source]) -> Empty | None:
    pages = list(json_values([text_of(head).encode()]))
    if not pages:
        return Empty(None, "an empty list") if text_of(head).strip() == "[]" else None
    found = {_owner(page) if isinstance(page, dict) else None for page in pages}
    if len(found) != 1 or None in found:
        return None
    ((name, key),) = (one for one in found if one is not None)
    if not name:
        return Empty(None, f"an empty page of {key}")
    owner = next((one for one in known if one.name == name), None)
    return Empty(owner, f"an empty page of {key}") if owner else None


def _owner(page: dict[str, object]) -> tuple[str, str] | None:
    """Name of the source (empty: anybody's) and list key of a page without entries; None for any other object."""
    for key, beside, name in _OWNERS:
        if page.get(key) == [] and (not beside or any(word in page for word in beside)):
            return name, key
    batch = next((key for key in _BATCHES if page.get(key) == []), None)
    if batch is not None and not list(unwrap(page)):
        return _BATCHES[batch], batch
    lists = [key for key in page if key in _ANYBODYS and page[key] == []]
    plain = all(not isinstance(held, dict | list) or not held for held in page.values())
    return ("", lists[0]) if len(lists) == 1 and plain else None
