"""An investigation as it may leave the house: numbers masked, nothing invisible in any of its texts."""

import re
from collections.abc import Callable
from pathlib import PurePath
from typing import TypeVar, cast

import msgspec

from checkvalve.export.masking import known_ranges, mask, mask_cell, mask_query
from checkvalve.export.visible import visible
from checkvalve.investigation import Exhibit, Investigation

T = TypeVar("T")
Shown = Callable[[str, str], str]
"""How a string is shown, given the name of the table column that it stands in (empty: none)."""
_QUERY = "SQL"
"""Stands for a column's name where the string is a query; no table of ours has such a column."""
_WORD = re.compile(r"[^\s'\"]+")
_ENDS = ":;,.()"
"""What may stand around the name of a file in a sentence."""


def presentable(investigation: Investigation, *, full_numbers: bool = False) -> Investigation:
    """What may be shown of this result? A copy in which every string went through `mask` and `visible`.

    Every export for people starts from this copy, so no template can forget to mask. ``full_numbers`` keeps the
    numbers and still makes the invisible visible. Names of input files keep their digits: they must be found again.
    """
    if full_numbers:
        return _copy(investigation, lambda value, _: visible(value))
    ranges = known_ranges(investigation)
    paths = {one.path for one in investigation.inputs}
    names = frozenset(name for path in paths for name in (path, PurePath(path).name) if any(map(str.isalpha, name)))
    return _copy(investigation, lambda value, column: visible(_with_names(value, column, ranges, names)))


def _with_names(value: str, column: str, ranges: frozenset[str], names: frozenset[str]) -> str:
    """The masked string, with the names of files in it as they are."""
    if value in names:
        return value
    pieces: list[str] = []
    position = 0
    for word in _WORD.finditer(value):
        name = word[0].strip(_ENDS)
        if name in names:
            start = word.start() + word[0].index(name)
            pieces += (_masked(value[position:start], column, ranges), name)
            position = start + len(name)
    return "".join(pieces) + _masked(value[position:], column, ranges)


def _masked(value: str, column: str, ranges: frozenset[str]) -> str:
    if column == _QUERY:
        return mask_query(value, ranges)
    return mask_cell(value, column, ranges) if column else mask(value, ranges)


def _copy(value: T, shown: Shown) -> T:
    """The same structure with every string shown; whatever holds no string stays as it is."""
    if isinstance(value, str):
        return cast(T, shown(value, ""))
    if isinstance(value, list):
        return cast(T, [_copy(item, shown) for item in value])
    if isinstance(value, Exhibit):
        return cast(T, _exhibit(value, shown))
    if isinstance(value, msgspec.Struct):
        changed = {name: _copy(getattr(value, name), shown) for name in value.__struct_fields__}
        return cast(T, msgspec.structs.replace(value, **changed))
    return value


def _exhibit(exhibit: Exhibit, shown: Shown) -> Exhibit:
    columns = [shown(column, "") for column in exhibit.columns]
    names = [*exhibit.columns, *[""] * max((len(row) for row in exhibit.examples), default=0)]
    return Exhibit(
        id=shown(exhibit.id, ""),
        claim=shown(exhibit.claim, ""),
        query=shown(exhibit.query, _QUERY),
        rows=exhibit.rows,
        columns=columns,
        examples=[[shown(cell, name) for cell, name in zip(row, names, strict=False)] for row in exhibit.examples],
    )
