"""The scene of a draft: which messages it speaks of, and the evidence around them. Indicators read it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations, Hours
from checkvalve.evidence.endpoints import Endpoint
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, Range, heads_by_size, held
from checkvalve.indicators.billing import Unlogged
from checkvalve.indicators.outcomes import Outcomes
from checkvalve.indicators.recurrence import Recurrence
from checkvalve.numbering.network import network_names
from checkvalve.numbering.plan import countries
from checkvalve.settings import Settings

_BLOCK = 10_000
_DAY_US, _DAYS_BEFORE = 86_400_000_000, 1_000_000
_OF_MESSAGE = """number, number_valid, country, holder, network_name, sent_at, verified_at, status, error_code,
    provider_verdict, cost_usd, cost_basis"""
_MOST_SPELLED_OUT = 50
"""Of more ranges than this, their prefixes are looked up in a list."""


def utc(seconds: float) -> datetime:
    """The aware time of seconds since 1970.

    >>> utc(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(slots=True)
class Scene:
    """What an indicator is asked about: a draft's ranges, countries and time, and the evidence around them.

    ``start_s`` and ``end_s`` are seconds since 1970. ``rows`` are all rows of the evidence; ``suspect`` marks those
    that may belong to the draft.
    """

    store: Store
    settings: Settings
    rows: Destinations
    outcomes: Outcomes
    hours: Hours | None
    endpoints: list[Endpoint]
    alarms: list[Alarm]
    ranges: list[Range]
    countries: list[int]
    suspect: NDArray[np.bool_]
    start_s: float
    end_s: float
    networks: list[int] = field(default_factory=list)
    """Without ranges: the networks that it is limited to, if any."""
    counts_verified: bool = False
    """Do messages whose code came back belong to the case too?"""
    recurrence: Recurrence | None = None
    """Of what was harmless once, and came too often."""
    unlogged: list[Unlogged] = field(default_factory=list)
    """Not empty: it is about messages that only a bill knows, by country; none of the logs' belongs to it."""

    _inside: tuple[tuple[float, float], NDArray[np.bool_]] | None = field(default=None, init=False, repr=False)
    """What `inside` answered last, and for which time."""

    @property
    def where_ranges(self) -> str:
        """SQL: is the message to one of the ranges (without any: to one of the countries)?"""
        if len(self.ranges) > _MOST_SPELLED_OUT:
            heads = heads_by_size(self.ranges).items()
            # the engine looks a list of constants through for each row, unless the condition is all of a WHERE
            each = " OR ".join(
                f"number // {size} IN (SELECT unnest([{', '.join(map(str, of))}]))" for size, of in heads
            )
            return f"({self._span}({each}))"
        if self.ranges:
            each = " OR ".join(f"number BETWEEN {r.low} AND {r.high}" for r in self.ranges)
            return f"({self._span}({each}))" if len(self.ranges) > 1 else f"({each})"
        names = ", ".join(f"'{countries()[one]}'" for one in self.countries if countries()[one])
        holders = ", ".join(
            "'" + str(network_names()[one & 0xFFFF]).replace("'", "''") + "'" for one in self.networks
        )
        limited = f" AND holder IN ({holders})" if holders else ""
        return f"(country IN ({names}){limited})" if names else "true"

    @property
    def _span(self) -> str:
        """SQL in front of a condition on many ranges: most numbers lie beside all of them.

        Without their last digits the bounds stay readable where numbers are hidden.
        """
        low, high = min(one.low for one in self.ranges), max(one.high for one in self.ranges)
        return f"number // {_BLOCK} BETWEEN {low // _BLOCK} AND {high // _BLOCK} AND "

    @property
    def where_time(self) -> str:
        """SQL: was the message sent in the draft's time?"""
        return f"sent_at BETWEEN {timestamp(self.start_s)} AND {timestamp(self.end_s)}"

    @property
    def where(self) -> str:
        """SQL: is the message in the draft's ranges and time?"""
        return f"{self.where_ranges} AND {self.where_time}"

    @property
    def where_counted(self) -> str:
        """SQL: is the message one that the case counts: in its place and time, without a code that came back?"""
        return self.where if self.counts_verified else f"{self.where} AND verified_at IS NULL"

    @property
    def where_counted_time(self) -> str:
        """SQL: does the case count the message, one of `messages`?"""
        return self.where_time if self.counts_verified else f"{self.where_time} AND verified_at IS NULL"

    @property
    def messages(self) -> str:
        """SQL of a table: the messages to its ranges (without any: to its countries) at any time, each with its cost.

        A dozen questions are asked about them, and of many ranges it takes long to look for them: they are kept.
        """
        wanted = f"SELECT {_OF_MESSAGE} FROM priced WHERE {self.where_ranges}"
        found = self.store.kept(wanted) if self.ranges else f"({wanted})"
        return f"(SELECT *, '+' || number AS destination FROM {found})"

    def of_messages(self, query: str) -> str:
        """A query about the case's messages, as it is shown to people, asked of `messages`; any other as it is."""
        return query.replace(f"FROM sends WHERE {self.where}", f"FROM {self.messages} WHERE {self.where_time}")

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Rows in the ranges and time, whether a code came back or not: asked a dozen times, not to be changed."""
        time_s = self.start_s, self.end_s
        if self._inside is None or self._inside[0] != time_s:
            self._inside = time_s, self._find_inside()
        return self._inside[1]

    def _find_inside(self) -> NDArray[np.bool_]:
        first = int(np.searchsorted(self.rows.first_s, self.start_s - 1))
        then = slice(first, int(np.searchsorted(self.rows.first_s, self.end_s + 1, side="right")))
        found = np.zeros(len(self.rows), np.bool_)
        found[then] = held(self.ranges, self.rows.number[then]) if self.ranges else self._in_wide(then)
        found.flags.writeable = False
        return found

    def in_ranges(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which numbers lie in the ranges (without any: which of all rows in the countries)?"""
        return held(self.ranges, numbers) if self.ranges else self._in_wide(slice(None))

    def _in_wide(self, rows: slice) -> NDArray[np.bool_]:
        if self.networks:
            return np.isin(self.rows.network[rows], self.networks)
        if self.countries:
            return self.rows.in_countries(self.countries, rows)
        return np.ones(len(self.rows.number[rows]), np.bool_)


def timestamp(seconds: float) -> str:
    """A moment as SQL text, to the microsecond: what `epoch` of a message's time comes back as.

    >>> timestamp(1.5)
    "TIMESTAMPTZ '1970-01-01 00:00:01.500000+00'"
    """
    return f"TIMESTAMPTZ '{utc(seconds):%Y-%m-%d %H:%M:%S.%f}+00'"


def day_of(column: str) -> str:
    """SQL of the day (UTC) of a moment: what ``date_trunc('day', …)`` says, in a tenth of its time.

    >>> day_of("sent_at")
    'to_timestamp(floor(epoch(sent_at) / 86400) * 86400)'
    """
    return f"to_timestamp(floor(epoch({column}) / 86400) * 86400)"


def by_whole_days(query: str) -> str:
    """The same query with `day_of` in whole numbers, by which the engine groups in two thirds of the time.

    >>> by_whole_days(f"SELECT {day_of('sent_at')} AS day FROM sends GROUP BY {day_of('sent_at')}").split(" FROM ")[1]
    'sends GROUP BY ((epoch_us(sent_at) + 86400000000000000) // 86400000000 - 1000000)'
    """
    for column in ("sent_at", "occurred_at"):
        # whole numbers are divided towards zero: what is added leaves days before 1970 above it
        day = f"((epoch_us({column}) + {_DAY_US * _DAYS_BEFORE}) // {_DAY_US} - {_DAYS_BEFORE})"
        query = query.replace(f"GROUP BY {day_of(column)}", f"GROUP BY {day}")
        query = query.replace(day_of(column), f"to_timestamp({day} * 86400)")
    return query
