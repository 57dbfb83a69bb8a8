"""From events to the few numbers that the indicators read. The heavy step, and all of its SQL, stands here.

The texts keep to integer epoch arithmetic, plain aggregates and joins, so that another engine can run them. What
leaves SQL are arrays: `Destinations`, one row for each number and day on which it got a message. A person who asks
five times is one row, so resends do not look like traffic; a number's first day is marked, so returning users do
not look like new ones. A receipt counts from when it arrived, a message without one as being on its way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.store import Store
from checkvalve.numbering import plan, tree
from checkvalve.statistics.delay import HORIZON_S
from checkvalve.statistics.grouping import groups_of

CODE_LIFE_S = HORIZON_S
"""For the tests in order of time a code that is not entered within its usual life, ten minutes, did not come back.

They cannot wait longer, and nearly nobody needs so long. Which later codes are known at all: `joins.LATE_CODE_S`.
"""

BUSY_SENDS = 20
"""So many messages on one day make a number one of the table ``busy_days``."""
_ROWS_AT_ONCE = 1_000_000
"""Days are taken together up to so many messages, so that grouping them stays in memory."""
_DAY_S = 86_400

_COUNTS = f"""SELECT CAST(floor(epoch(sent_at) / {_DAY_S}) AS BIGINT) AS day, count(*) AS sends
    FROM send_rows WHERE number IS NOT NULL AND sent_at IS NOT NULL GROUP BY day ORDER BY day"""
_DAYS = f"""CREATE OR REPLACE TEMP TABLE days AS
    SELECT number, CAST(floor(epoch(sent_at) / {_DAY_S}) AS BIGINT) AS day,
           min(epoch(sent_at)) AS first_s,
           count(*) AS sends,
           min(epoch(verified_at)) AS verified_s,
           max(CASE WHEN verified_at IS NOT NULL OR unverified THEN 1 ELSE 0 END) AS known,
           sum(CASE WHEN status IN ('failed', 'blocked') THEN 1 ELSE 0 END) AS failed,
           sum(cost_usd) AS cost_usd
    FROM priced WHERE number IS NOT NULL AND {{when}}
    GROUP BY number, CAST(floor(epoch(sent_at) / {_DAY_S}) AS BIGINT)"""
_BUSY = f"INSERT INTO busy_days SELECT number, day FROM days WHERE sends >= {BUSY_SENDS}"
_NEVER_S = 1e18
_LOST = f"""CREATE OR REPLACE TEMP TABLE lost AS
    WITH receipts AS (
        SELECT d.number, d.day, d.first_s + {CODE_LIFE_S} AS lapse_s, epoch(s.sent_at) AS sent_s,
               CASE WHEN s.status NOT IN ('failed', 'blocked') OR s.status IS NULL THEN {_NEVER_S}
                    WHEN s.event_at > s.sent_at THEN epoch(s.event_at) ELSE epoch(s.sent_at) END AS failed_s
        FROM days AS d JOIN send_rows AS s
          ON d.number = s.number AND d.day = CAST(floor(epoch(s.sent_at) / {_DAY_S}) AS BIGINT)
        WHERE d.failed > 0 AND {{when}}),
    so_far AS (
        SELECT number, day, lapse_s,
               max(failed_s) OVER in_turn AS all_s, coalesce(lead(sent_s) OVER in_turn, {_NEVER_S}) AS next_s
        FROM receipts
        WINDOW in_turn AS (PARTITION BY number, day ORDER BY sent_s, failed_s ROWS UNBOUNDED PRECEDING))
    SELECT number, day,
           min(CASE WHEN all_s < next_s THEN all_s END) AS failed_s,
           max(CASE WHEN all_s <= lapse_s AND next_s > lapse_s THEN 1 ELSE 0 END) AS excused
    FROM so_far GROUP BY number, day"""
"""Since when all messages so far were known to have failed, and whether they were when the first code lapsed."""
_ROWS = f"""SELECT d.number, d.first_s, d.sends, coalesce(d.verified_s, -1) AS verified_s, d.known,
           CASE WHEN d.failed >= d.sends THEN 1 ELSE 0 END AS failed,
           coalesce(d.cost_usd, 0) AS cost_usd, coalesce(l.failed_s, {_NEVER_S}) AS failed_s,
           coalesce(l.excused, 0) AS excused
    FROM days AS d LEFT JOIN lost AS l ON d.number = l.number AND d.day = l.day
    ORDER BY d.first_s, d.number"""
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
_HOURS = """SELECT country, CAST(floor(epoch(sent_at) / 3600) AS BIGINT) AS hour, count(*) AS sends,
           count(DISTINCT number) AS numbers, coalesce(sum(cost_usd), 0) AS cost_usd
    FROM priced WHERE sent_at IS NOT NULL
    GROUP BY country, CAST(floor(epoch(sent_at) / 3600) AS BIGINT)"""


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
    store.run("CREATE OR REPLACE TABLE busy_days (number BIGINT, day BIGINT)")
    counts = store.rows(_COUNTS)
    room = sum(sends for _, sends in counts)
    rows = {name: np.empty(room, kind) for name, kind in _ROW_TYPES.items()}
    filled = 0
    for first, last in _together(counts):
        found = _slice(store, first, last)
        end = filled + len(found["number"])
        for name, values in rows.items():
            values[filled:end] = found[name]
        filled = end
    rows = {name: values[:filled] for name, values in rows.items()}
    return Destinations(**rows, new=_first_seen(rows["number"]))


def _first_seen(number: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows are the first of their number?"""
    new = np.zeros(len(number), np.bool_)
    new[groups_of(number).first] = True
    return new


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


def _slice(store: Store, first: int, last: int) -> dict[str, NDArray[Any]]:
    """The rows of some days, in order of time."""
    when = (
        f"sent_at >= make_timestamptz({first * _DAY_S * 1_000_000}) "
        f"AND sent_at < make_timestamptz({(last + 1) * _DAY_S * 1_000_000})"
    )
    store.run(_DAYS.format(when=when))
    store.run(_LOST.format(when=when))
    store.run(_BUSY)
    rows = store.arrays(_ROWS)
    for name in ("verified_s", "failed_s"):
        rows[name] = np.where((rows[name] < 0) | (rows[name] >= _NEVER_S), np.nan, rows[name])
    found = plan.classify(rows["number"])
    # an unassigned number under a shared calling code still has a place in the tree
    rows["country"] = np.where(found.country > 0, found.country, plan.main_country(found.calling_code))
    rows["network"] = tree.keys(rows["number"], tree.Level.NETWORK)
    return rows


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


def hours(store: Store) -> Hours | None:
    """Messages and money by country and hour since 1970; None without any message that has a time.

    At most `LONGEST_H` hours, those that hold most messages: a clock that was decades wrong for a moment must not
    make an age of empty hours.
    """
    rows = store.rows(_HOURS)
    if not rows:
        return None
    begin = _busiest([row[1] for row in rows], [row[2] for row in rows])
    rows = [row for row in rows if begin <= row[1] < begin + LONGEST_H]
    names: list[str | None] = sorted({row[0] for row in rows}, key=lambda name: name or "")
    first, last = min(row[1] for row in rows), max(row[1] for row in rows)
    shape = (len(names), last - first + 1)
    sends, numbers, cost_usd = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    index = {name: nth for nth, name in enumerate(names)}
    for country, hour, count, distinct, usd in rows:
        at = index[country], hour - first
        sends[at], numbers[at], cost_usd[at] = count, distinct, usd
    return Hours(names, first, sends, numbers, cost_usd)
