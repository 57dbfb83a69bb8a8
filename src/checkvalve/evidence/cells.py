"""From events to the few numbers that the indicators read. The heavy step, and all of its SQL, stands here.

The texts keep to integer epoch arithmetic, plain aggregates and joins, so that another engine can run them. What
leaves SQL are the few numbers of each message, some days at a time; sorted, they become `Destinations`, one row for
each number and day on which it got a message. (An engine's table of as many groups takes three times as long.) A person
who asks five times is one row, so resends do not look like traffic; a number's first day is marked, so returning users
do not look like new ones. A receipt counts from when it arrived, a message without one as being on its way.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkvalve.beside import beside
from checkvalve.evidence.store import Store
from checkvalve.numbering import plan, tree
from checkvalve.statistics.delay import HORIZON_S
from checkvalve.statistics.grouping import Groups, groups_of, in_turn, order_of

CODE_LIFE_S = HORIZON_S
"""For the tests in order of time a code that is not entered within its usual life, ten minutes, did not come back.

They cannot wait longer, and nearly nobody needs so long. Which later codes are known at all: `joins.LATE_CODE_S`.
"""

_FEW = 6
"""So many values are compared one by one in less time than ``np.isin`` takes."""
BUSY_SENDS = 20
"""So many messages on one day make a number one of the table ``busy_days``."""
_ROWS_AT_ONCE = 500_000
"""Days are taken together up to so many messages, so that grouping them, twice at a time, stays in memory."""
_DAY_S = 86_400
_DAY_US = _DAY_S * 1_000_000

_COUNTS = f"""SELECT CAST(floor(epoch_us(sent_at) / {_DAY_US}) AS BIGINT) AS day, count(*) AS sends
    FROM send_rows WHERE number IS NOT NULL AND sent_at IS NOT NULL GROUP BY day ORDER BY day"""
_NEVER_S = 1e18
_SENDS = f"""SELECT number, epoch_us(sent_at) AS sent_us,
           coalesce(epoch(verified_at), {_NEVER_S}) AS verified_s,
           verified_at IS NOT NULL OR coalesce(unverified, false) AS known,
           CASE WHEN status NOT IN ('failed', 'blocked') OR status IS NULL THEN {_NEVER_S}
                WHEN event_at > sent_at THEN epoch(event_at) ELSE epoch(sent_at) END AS failed_s,
           coalesce(cost_usd, 0) AS cost_usd
    FROM priced WHERE number IS NOT NULL AND {{when}}"""
_ROW_TYPES: dict[str, type[np.generic]] = {
    "number": np.int64,
    "first_s": np.float64,
    "sends": np.int32,
    "verified_s": np.float64,
    "known": np.bool_,
    "failed": np.bool_,
    "failed_s": np.float64,
    "excused": np.bool_,
    "cost_usd": np.float64,
    "country": np.int32,
    "network": np.int32,
}
_HOUR = "CAST(floor(epoch_us(sent_at) / 3600000000) AS BIGINT)"
_HOUR_S = 3600
_MOST_LATE_S = 600.0
"""An hour that lacks less than a sixth counts as whole."""
_HOURS = f"""WITH hourly AS (
        SELECT country, {_HOUR} AS hour, count(*) AS sends, count(number) AS numbers,
               coalesce(sum(cost_usd), 0) AS cost_usd
        FROM priced WHERE sent_at IS NOT NULL GROUP BY country, hour),
    again AS (
        SELECT country, {_HOUR} AS hour, count(*) - count(DISTINCT number) AS times
        FROM send_rows WHERE sent_at IS NOT NULL AND number IN (SELECT number FROM several) GROUP BY country, hour)
    SELECT h.country, h.hour, h.sends, h.numbers - coalesce(a.times, 0) AS numbers, h.cost_usd
    FROM hourly AS h LEFT JOIN again AS a ON h.country IS NOT DISTINCT FROM a.country AND h.hour = a.hour"""
"""To tell distinct numbers apart takes ten times as long as to count; only those of ``several`` messages a day may
come twice an hour."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """One row for each number and day, in order of time. All fields have one shape (N,).

    ``verified_s`` is NaN where no code came back; ``known`` where some log says whether one did; ``new`` on the
    number's first day in the evidence. ``failed`` is what the whole evidence says: none of the messages got through.
    A test in order of time reads what was known when: ``failed_s`` is the first moment at which all messages so far
    were known to have failed (NaN: there was none), ``excused`` whether they were when the first code's life ended.
    ``doubted_s`` is when such a failure ceased to excuse (infinite: it did not; None: none did).
    """

    number: NDArray[np.int64]
    first_s: NDArray[np.float64]
    sends: NDArray[np.int32]
    verified_s: NDArray[np.float64]
    known: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    failed_s: NDArray[np.float64]
    excused: NDArray[np.bool_]
    cost_usd: NDArray[np.float64]
    new: NDArray[np.bool_]
    country: NDArray[np.int32]
    network: NDArray[np.int32]
    doubted_s: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.number)

    @property
    def came_back(self) -> NDArray[np.bool_]:
        """Of which rows was a code entered while the first one lived? The tests know no more at that time."""
        return np.asarray(self.verified_s <= self.first_s + CODE_LIFE_S)

    @property
    def pardoned(self) -> NDArray[np.bool_]:
        """Of which rows does the failure excuse that no code came back, by all that is known?"""
        return self.excused if self.doubted_s is None else self.excused & np.isinf(self.doubted_s)

    @property
    def entered(self) -> NDArray[np.bool_]:
        """Of which rows was a code entered at all? Looking back, a late one speaks for a person as well."""
        return ~np.isnan(self.verified_s)

    def in_countries(self, countries: Collection[int], rows: slice = slice(None)) -> NDArray[np.bool_]:
        """Which of these rows lie in one of the countries?"""
        there = self.country[rows]
        if len(countries) > _FEW:
            return np.isin(there, list(countries))
        found = np.zeros(len(there), np.bool_)
        for country in countries:
            found |= there == country
        return found

    def key(self, level: tree.Level, rows: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.int64]:
        """The node of that level which each row, or each of some rows, belongs to."""
        if level is tree.Level.COUNTRY:
            return self.country[rows].astype(np.int64)
        if level is tree.Level.NETWORK:
            return self.network[rows].astype(np.int64)
        number = self.number[rows]
        return np.zeros(len(number), np.int64) if level is tree.Level.ALL else number // tree.block_size(level)


def destinations(store: Store) -> Destinations:
    """The rows that the tests on destinations read, made from all messages with a number and a time.

    Also writes the table ``busy_days``: on which days which numbers got at least `BUSY_SENDS` messages.
    """
    return destinations_by_number(store)[0]


def destinations_by_number(store: Store) -> tuple[Destinations, Groups]:
    """The same, and the rows of each number: to tell which of them is the first they are put in that order anyway."""
    store.run("CREATE OR REPLACE TABLE busy_days (number BIGINT, day BIGINT)")
    counts = store.rows(_COUNTS)
    room = sum(sends for _, sends in counts)
    rows = {name: np.empty(room, kind) for name, kind in _ROW_TYPES.items()}
    filled = 0
    for found in _slices(store, list(_together(counts))):
        _keep_busy(store, found)
        end = filled + len(found["number"])
        for name, values in rows.items():
            values[filled:end] = found[name]
        filled = end
    rows = {name: values[:filled] for name, values in rows.items()}
    store.let_go(filled)
    by_number = groups_of(rows["number"])
    new = np.zeros(filled, np.bool_)
    new[by_number.first] = True
    return Destinations(**rows, new=new), by_number


def _together(counts: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """First and last day of the days that are taken together, from each day's count."""
    first, total = None, 0
    last = 0
    for day, sends in counts:
        if first is not None and total + sends > _ROWS_AT_ONCE:
            yield first, last
            first, total = None, 0
        first, last, total = day if first is None else first, day, total + sends
    if first is not None:
        yield first, last


def _slices(store: Store, days: Sequence[tuple[int, int]]) -> Iterator[dict[str, NDArray[Any]]]:
    """The rows of each stretch of days, two stretches at a time, in order of time."""
    with store.aside() as other:
        for nth in range(0, len(days) - 1, 2):
            with beside(partial(_slice, other, *days[nth + 1]), other.interrupt) as later:
                earlier = _slice(store, *days[nth])
            yield earlier
            del earlier
            yield later.result
            del later
    if len(days) % 2:
        yield _slice(store, *days[-1])


def _slice(store: Store, first: int, last: int) -> dict[str, NDArray[Any]]:
    """The rows of some days, in order of time."""
    when = f"sent_at >= make_timestamptz({first * _DAY_US}) AND sent_at < make_timestamptz({(last + 1) * _DAY_US})"
    sends = store.arrays(_SENDS.format(when=when))
    rows = _by_day(sends)
    number = rows["number"]
    country = plan.country_indexes(number)
    rows["network"] = tree.network_keys(number, country)
    # an unassigned number under a shared calling code still has a place in the tree
    unknown = np.flatnonzero(country == 0)
    country[unknown] = plan.main_country(plan.classify(number[unknown]).calling_code)
    rows["country"] = country
    return rows


def _by_day(sends: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The messages as one row for each number and day, in order of time."""
    order = order_of(sends["sent_us"])
    order = order[order_of(sends["number"][order])]
    number, day = sends["number"][order], sends["sent_us"][order] // _DAY_US
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (number[1:] != number[:-1]) | (day[1:] != day[:-1])
    first = np.flatnonzero(begins)
    sizes = np.diff(first, append=len(order))
    in_time = order_of(sends["sent_us"][order[first]])
    first, sizes = first[in_time], sizes[in_time]
    one = order[first]  # most rows have no other message
    rows = {name: values[one] for name, values in sends.items()}
    rows["sends"] = sizes
    rows["first_s"] = rows.pop("sent_us") / 1e6
    rows["excused"] = rows["failed_s"] <= rows["first_s"] + CODE_LIFE_S
    rows["failed"] = rows["failed_s"] < _NEVER_S
    several = np.flatnonzero(sizes > 1)
    if len(several):
        message = order[in_turn(first[several], sizes[several])]
        of_several = _of_several({name: values[message] for name, values in sends.items()}, sizes[several])
        for name, values in of_several.items():
            rows[name][several] = values
    for name in ("verified_s", "failed_s"):
        rows[name][rows[name] >= _NEVER_S] = np.nan
    return rows


def _of_several(sends: dict[str, NDArray[Any]], sizes: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The same of days with several messages, in order of row and time; so many are of each row."""
    starts = np.cumsum(sizes) - sizes
    failed_s, excused = _lost(sends, starts, sizes)
    return {
        "verified_s": np.minimum.reduceat(sends["verified_s"], starts),
        "known": np.logical_or.reduceat(sends["known"], starts),
        "failed": np.maximum.reduceat(sends["failed_s"], starts) < _NEVER_S,
        "failed_s": failed_s,
        "excused": excused,
        "cost_usd": np.add.reduceat(sends["cost_usd"], starts),
    }


def _lost(
    sends: dict[str, NDArray[Any]], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Since when all messages of a row so far were known to have failed; and were they when the first code lapsed?"""
    each = np.repeat(np.arange(len(sizes)), sizes)
    # the latest receipt so far, row by row: as ranks, so that those of one row lie above those of the row before
    known_s, rank = np.unique(sends["failed_s"], return_inverse=True)
    all_s = known_s[np.maximum.accumulate(each * len(known_s) + rank) - each * len(known_s)]
    sent_s = sends["sent_us"] / 1e6
    next_s = np.append(sent_s[1:], _NEVER_S)
    next_s[starts[1:] - 1] = _NEVER_S
    lapse_s = (sent_s[starts] + CODE_LIFE_S)[each]
    failed_s = np.minimum.reduceat(np.where(all_s < next_s, all_s, _NEVER_S), starts)
    return failed_s, np.logical_or.reduceat((all_s <= lapse_s) & (next_s > lapse_s), starts)


def _keep_busy(store: Store, rows: dict[str, NDArray[Any]]) -> None:
    busy = np.flatnonzero(rows["sends"] >= BUSY_SENDS)
    if len(busy):
        days = {"number": rows["number"][busy], "day": (rows["first_s"][busy] // _DAY_S).astype(np.int64)}
        store.connection.register("busy", days)
        store.run("INSERT INTO busy_days SELECT number, day FROM busy")
        store.connection.unregister("busy")


LONGEST_H = 400 * 24
"""Evidence of more than about a year is looked at where it is densest."""


def _busiest(hour: Sequence[int], sends: Sequence[int]) -> int:
    """From which hour on do the following `LONGEST_H` hold most messages?"""
    order = np.argsort(hour, kind="stable")
    times = np.asarray(hour, dtype=np.int64)[order]
    total = np.concatenate([[0], np.cumsum(np.asarray(sends, dtype=np.int64)[order])])
    held = total[np.searchsorted(times, times + LONGEST_H)] - total[:-1]
    return int(times[np.argmax(held)])


@dataclass(frozen=True, slots=True)
class Hours:
    """Messages by country and hour: ``sends[c, h]`` for ``countries[c]`` (None: unknown) and hour ``first + h``."""

    countries: list[str | None]
    first: int
    sends: NDArray[np.float64]
    numbers: NDArray[np.float64]
    cost_usd: NDArray[np.float64]
    late_s: float = 0.0
    """How late in the first hour the first message came: logs may begin just before an hour ends."""

    def whole(self) -> "Hours":
        """The same without a first hour of which a part is missing; in sparse logs it may be a part without messages.

        >>> one = Hours(["PL"], 7, *(np.ones((1, 3)) for _ in range(3)), late_s=3000.0)
        >>> one.whole().first, one.whole().numbers.shape
        (8, (1, 2))
        """
        if self.late_s <= _MOST_LATE_S:
            return self
        return Hours(self.countries, self.first + 1, self.sends[:, 1:], self.numbers[:, 1:], self.cost_usd[:, 1:])


def hours(store: Store, rows: Destinations) -> Hours | None:
    """Messages and money by country and hour since 1970; None without any message that has a time.

    ``rows`` are those of `destinations`, which know who was written to several times a day.
    At most `LONGEST_H` hours, those that hold most messages: a clock that was decades wrong for a moment must not
    make an age of empty hours.
    """
    store.connection.register("several", {"number": rows.number[rows.sends > 1]})
    counted = store.rows(_HOURS)
    store.connection.unregister("several")
    if not counted:
        return None
    begin = _busiest([row[1] for row in counted], [row[2] for row in counted])
    counted = [row for row in counted if begin <= row[1] < begin + LONGEST_H]
    names: list[str | None] = sorted({row[0] for row in counted}, key=lambda name: name or "")
    first, last = min(row[1] for row in counted), max(row[1] for row in counted)
    shape = (len(names), last - first + 1)
    sends, numbers, cost_usd = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    index = {name: nth for nth, name in enumerate(names)}
    for country, hour, count, distinct, usd in counted:
        at = index[country], hour - first
        sends[at], numbers[at], cost_usd[at] = count, distinct, usd
    late_s = float(rows.first_s[0]) - first * _HOUR_S if len(rows) else 0.0
    return Hours(names, first, sends, numbers, cost_usd, late_s)
