"""Where in a TOML text does a key stand? The standard library's reader forgets the lines.

Good enough to lead a person to the place: tables, arrays of tables and keys at the beginning of a line. A key inside
an inline table is found at the line where that table begins.
"""

import re

Place = tuple[str | int, ...]
"""Names of tables and keys, and positions in arrays, from the top."""

_TABLE = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def line_of(text: str, place: Place) -> int | None:
    """The line (from 1) of the place, or of the nearest thing around it; None for the file itself.

    >>> line_of('name = "a"\\n[[event]]\\n[event.columns]\\nprice = 1\\n', ("event", 0, "columns", "price"))
    4
    """
    best: tuple[int, int | None] = (0, None)
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _TABLE.fullmatch(line)
        if header:
            table = here = _table(header[2], counts, is_array=header[1] == "[[")
        else:
            key = _KEY.match(line)
            if key is None:
                continue
            here = (*table, *_parts(key[1]))
        if here == place[: len(here)] and len(here) > best[0]:
            best = (len(here), number)
    return best[1]


def _parts(dotted: str) -> list[str]:
    return [next(part for part in found if part) for found in _PART.findall(dotted) if any(found)]


def _table(dotted: str, counts: dict[Place, int], *, is_array: bool) -> Place:
    here: Place = ()
    parts = _parts(dotted)
    for position, part in enumerate(parts):
        here = (*here, part)
        if is_array and position == len(parts) - 1:
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            here = (*here, counts[here])
    return here


def path_in_words(place: Place) -> str:
    """The place as a person reads it, arrays counted from 1.

    >>> path_in_words(("event", 0, "columns", "price"))
    'event[1].columns.price'
    """
    return "".join(f"[{one + 1}]" if isinstance(one, int) else f".{one}" for one in place).lstrip(".")
