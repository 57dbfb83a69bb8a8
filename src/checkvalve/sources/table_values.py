"""Cells of tables that people keep: columns under many names, dates as people write them."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from checkvalve.errors import Unusable
from checkvalve.sources import values
from checkvalve.sources.base import Record

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?:[T,]?\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*([ap]\.?m\.?)?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.]?)(\d\d)\2(\d\d){_CLOCK}", re.ASCII | re.IGNORECASE)
_DAY_FIRST = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_CLOCK}", re.ASCII | re.IGNORECASE)
_SLASHES = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_CLOCK}", re.ASCII | re.IGNORECASE)
_NAMED = re.compile(
    r"(?:(\d{1,2})[ .-]+([A-Z][a-z]{2})[a-z]*|([A-Z][a-z]{2})[a-z]*[ .]+(\d{1,2})),?[ .-]+(\d{4})" + _CLOCK,
    re.ASCII | re.IGNORECASE,
)
_MOST_TABLES = 256


def column_name(header: str) -> str:
    """What is left of a header when only small letters and digits count?

    >>> column_name("Start Date"), column_name("valid_until")
    ('startdate', 'validuntil')
    """
    return "".join(letter for letter in header.lower() if letter.isalnum())


class Columns:
    """Finds the known columns of tables that people keep; a table's headers are looked at once.

    ``names`` lists the headers of a column, the surest first.

    >>> Columns({"phone": ["phone", "phonenumber"], "note": ["note"]})({"Phone Number": " +1 ", "Note": ""})
    {'phone': '+1'}
    """

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self._known: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}

    def __call__(self, record: Record) -> dict[str, str]:
        """Which text does each known column hold? Blank cells are left out.

        Raises `Unusable` ``not_a_row`` for a line of text.
        """
        if not isinstance(record, dict):
            raise Unusable("not_a_row", "expected a row under a header")
        found = {}
        for column, headers in self._places(tuple(record)):
            for header in headers:
                text = values.text(record[header])
                if text:
                    found[column] = text
                    break
        return found

    def _places(self, headers: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        """Column and the headers of the table under which it may stand."""
        known = self._known.get(headers)
        if known is None:
            if len(self._known) >= _MOST_TABLES:
                self._known.clear()
            named = {column_name(str(header)): header for header in headers}
            places = (
                (column, [named[name] for name in names if name in named]) for column, names in self._names.items()
            )
            known = self._known[headers] = [(column, found) for column, found in places if found]
        return known


def moment(text: str, field: str, zone: tzinfo = UTC, *, planned: bool = False) -> tuple[datetime, bool]:
    """Which moment does a person mean, in UTC, and is it a whole day (no time of day was written)?

    Reads everything that `values.timestamp` reads, and ``26.05.2026`` (the day comes first), ``26 May 2026``,
    ``May 26, 2026``, ``13/05/2026`` and ``05/13/2026``, each with or without ``10:00``, ``10:00:00`` or
    ``10:00 AM``. ``zone`` holds for texts without one; a day begins at its midnight. ``planned`` allows for times that
    are years ahead. Raises `Unusable`:
    ``ambiguous_date`` where day and month could be exchanged, ``bad_time`` else.

    >>> moment("26.05.2026 15:00:00.25", "start")[0].isoformat(), moment("May 26, 2026", "start")[1]
    ('2026-05-26T15:00:00.250000+00:00', True)
    """
    written = text.strip()
    found = _local(written, field)
    local, is_day = (written, False) if found is None else (found[0].isoformat(sep=" "), found[1])
    read = values.planned_time if planned else values.optional_timestamp
    aware = read(local, field, zone)
    if aware is None:
        raise Unusable("bad_time", f"{field}: nothing there")
    return aware, is_day


def _local(written: str, field: str) -> tuple[datetime, bool] | None:
    """The clock's reading, without a zone; ``None`` when it is written as machines write it."""
    try:
        for pattern, order in ((_YEAR_FIRST, (0, 2, 3)), (_DAY_FIRST, (2, 1, 0))):
            match = pattern.fullmatch(written)
            if match is not None:
                parts = match.groups()
                year, month, day = (int(parts[place]) for place in order)
                return _reading(year, month, day, parts[-5:])
        match = _SLASHES.fullmatch(written)
        if match is not None:
            month, day = _month_and_day(int(match[1]), int(match[2]), field, written)
            return _reading(int(match[3]), month, day, match.groups()[-5:])
        match = _NAMED.fullmatch(written)
        if match is not None:
            month = _MONTHS.index((match[2] or match[3]).lower()) + 1
            return _reading(int(match[5]), month, int(match[1] or match[4]), match.groups()[-5:])
    except ValueError:
        raise Unusable("bad_time", f"{field}: {values.shown(written)}") from None
    return None


def _month_and_day(first: int, second: int, field: str, written: str) -> tuple[int, int]:
    if first <= 12 and second <= 12 and first != second:
        raise Unusable("ambiguous_date", f"{field}: {values.shown(written)}; write 2026-05-26 instead")
    return (second, first) if first > 12 else (first, second)


def _reading(year: int, month: int, day: int, clock: Sequence[str | None]) -> tuple[datetime, bool]:
    hour, minute, second, fraction, half = clock
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(hour)
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    reading = datetime(year, month, day, hours, int(minute or 0), int(second or 0), microsecond)  # noqa: DTZ001 - the caller knows the zone
    return reading, hour is None
