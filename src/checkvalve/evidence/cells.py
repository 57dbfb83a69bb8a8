"""From events to the few numbers that the indicators read. The heavy step, and all of its SQL, stands here.

The texts keep to integer epoch arithmetic, plain aggregates and joins, so that another engine can run them. What
leaves SQL are arrays: `Destinations`, one row for each number and day on which it got a message. A person who asks
five times is one row, so resends do not look like traffic; a number's first day is marked, so returning users do
not look like new ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.store import Store
from checkvalve.numbering import plan, tree

CODE_LIFE_S = 600
"""A code not entered within ten minutes will not be (the usual life of a code)."""

_DAYS = """CREATE OR REPLACE TABLE destination_days AS
    SELECT number, CAST(floor(epoch(sent_at) / 86400) AS BIGINT) AS day,
           min(epoch(sent_at)) AS first_s,
           count(*) AS sends,
           min(epoch(verified_at)) AS verified_s,
           count(verified_at) AS verified,
           max(CASE WHEN verified_at IS NOT NULL OR unverified THEN 1 ELSE 0 END) AS known,
           sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
           sum(CASE WHEN status = 'blocked' THEN 1 ELSE 0 END) AS blocked,
           sum(cost_usd) AS cost_usd
    FROM priced WHERE number IS NOT NULL AND sent_at IS NOT NULL
    GROUP BY number, CAST(floor(epoch(sent_at) / 86400) AS BIGINT)"""
_ROWS = """SELECT d.number, d.first_s, d.sends, coalesce(d.verified_s, -1) AS verified_s, d.known, d.failed,
           d.blocked, coalesce(d.cost_usd, 0) AS cost_usd, CASE WHEN d.day = f.day THEN 1 ELSE 0 END AS new
    FROM destination_days AS d
    JOIN (SELECT number, min(day) AS day FROM destination_days GROUP BY number) AS f ON d.number = f.number"""
_HOURS = """SELECT country, CAST(floor(epoch(sent_at) / 3600) AS BIGINT) AS hour, count(*) AS sends,
           count(DISTINCT number) AS numbers, coalesce(sum(cost_usd), 0) AS cost_usd
    FROM priced WHERE sent_at IS NOT NULL
    GROUP BY country, CAST(floor(epoch(sent_at) / 3600) AS BIGINT)"""


@dataclass(frozen=True, slots=True)
class Destinations:
    """One row for each number and day, in order of time. All fields have one shape (N,).

    ``verified_s`` is NaN where no code came back; ``known`` where some log says whether one did; ``new`` on the
    number's first day in the evidence.
    """

    number: NDArray[np.int64]
    first_s: NDArray[np.float64]
    sends: NDArray[np.int64]
    verified_s: NDArray[np.float64]
    known: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    cost_usd: NDArray[np.float64]
    new: NDArray[np.bool_]
    country: NDArray[np.int64]
    network: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.number)

    def key(self, level: tree.Level) -> NDArray[np.int64]:
        """The node of that level which each row belongs to."""
        if level is tree.Level.COUNTRY:
            return self.country
        if level is tree.Level.NETWORK:
            return self.network
        if level is tree.Level.ALL:
            return np.zeros(len(self), np.int64)
        return self.number // tree.block_size(level)


def destinations(store: Store) -> Destinations:
    """The rows that the tests on destinations read, made from all messages with a number and a time.

    Also writes the table ``destination_days``.
    """
    store.run(_DAYS)
    rows = store.arrays(_ROWS)
    order = np.argsort(rows["first_s"], kind="stable")
    number = rows["number"].astype(np.int64)[order]
    verified_s = rows["verified_s"].astype(np.float64)[order]
    sends = rows["sends"].astype(np.int64)[order]
    found = plan.classify(number)
    # an unassigned number under a shared calling code still has a place in the tree
    country = np.where(found.country > 0, found.country, plan.main_country(found.calling_code)).astype(np.int64)
    return Destinations(
        number=number,
        first_s=rows["first_s"].astype(np.float64)[order],
        sends=sends,
        verified_s=np.where(verified_s < 0, np.nan, verified_s),
        known=rows["known"].astype(np.bool_)[order],
        failed=rows["failed"].astype(np.int64)[order] + rows["blocked"].astype(np.int64)[order] >= sends,
        cost_usd=rows["cost_usd"].astype(np.float64)[order],
        new=rows["new"].astype(np.bool_)[order],
        country=country,
        network=tree.keys(number, tree.Level.NETWORK),
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """Messages by country and hour: ``sends[c, h]`` for ``countries[c]`` (None: unknown) and hour ``first + h``."""

    countries: list[str | None]
    first: int
    sends: NDArray[np.float64]
    numbers: NDArray[np.float64]
    cost_usd: NDArray[np.float64]


def hours(store: Store) -> Hours | None:
    """Messages and money by country and hour since 1970; None without any message that has a time."""
    rows = store.rows(_HOURS)
    if not rows:
        return None
    names: list[str | None] = sorted({row[0] for row in rows}, key=lambda name: name or "")
    first, last = min(row[1] for row in rows), max(row[1] for row in rows)
    shape = (len(names), last - first + 1)
    sends, numbers, cost_usd = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    index = {name: nth for nth, name in enumerate(names)}
    for country, hour, count, distinct, usd in rows:
        at = index[country], hour - first
        sends[at], numbers[at], cost_usd[at] = count, distinct, usd
    return Hours(names, first, sends, numbers, cost_usd)
