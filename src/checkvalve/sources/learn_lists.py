"""Records that stand for several things: which list in them holds what, for a proposal of a mapping?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checkvalve.sources.learn_fields import fields_of, fit
from checkvalve.sources.mapping_values import getter, with_item

MOST_ROWS = 5_000
_DEPTH = 4
_MOSTLY = 0.9
_TELLING = ("destination", "request_line", "url", "text")
"""What an item must hold to be a thing of its own: whom it went to, what was asked, what was said."""


def list_of_things(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Path of the list whose items are messages, requests or reports, where nearly every record has one.

    >>> list_of_things([{"at": "2026-05-26", "job": {"to": [{"number": "+998939412345"}]}}])
    'job.to'
    """
    paths = dict.fromkeys(path for row in rows[:200] for path in _lists(row, "", _DEPTH))
    for path in paths:
        get = getter(path)
        if sum(_is_list_of_objects(get(row)) for row in rows) < _MOSTLY * len(rows):
            continue
        inside = [one for one in fields_of(spread(rows, path)) if one.path.startswith(f"{path}.")]
        if any(fit(one, meaning) for one in inside for meaning in _TELLING):
            return path
    return None


def spread(rows: Sequence[Mapping[str, Any]], path: str) -> list[dict[str, Any]]:
    """One row for each item of the list, which stands in the list's place."""
    get, steps = getter(path), path.split(".")
    found: list[dict[str, Any]] = []
    for row in rows:
        items = get(row)
        found += [with_item(row, steps, item) for item in items] if _is_list_of_objects(items) else []
        if len(found) >= MOST_ROWS:
            break
    return found[:MOST_ROWS]


def _lists(row: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    for key, value in row.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict) and depth:
            yield from _lists(value, here, depth - 1)
        elif _is_list_of_objects(value):
            yield here


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
