"""The books: what a bill counts beside what the message logs hold, day by day and country by country.

A provider whose bill names no country (Twilio's usage records) has one book for all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.charges import settle_charges
from checkvalve.evidence.store import Store

DAY_S = 86_400.0
TOLERANCE = 0.1
"""Bills and logs differ by some per cent in honest months: late rows, parts of messages, rounding of days."""
_LEAST_A_DAY, _LEAST_DAYS = 5, 3
"""So many messages tell the parts of a day's, and so many such days those of a country's (judgement)."""
_MOSTLY = 0.75
"""On this part of the days the parts are evenly as many (judgement: bills are late now and then)."""
_COUNTED = "SELECT count(*) FROM charges WHERE counts_messages AND quantity IS NOT NULL"
_BY_DAY = """
    WITH logged AS (
        SELECT provider, date_trunc('day', min(sent_at)) AS low,
               date_trunc('day', max(sent_at)) + INTERVAL 1 DAY AS high
        FROM send_rows WHERE sent_at IS NOT NULL GROUP BY provider),
    lines AS (
        SELECT c.provider, c.country, CAST(floor(epoch(c.period_start) / 86400) AS BIGINT) AS day,
               CASE WHEN counts_messages THEN own_quantity END AS quantity, own_usd AS usd
        FROM own_charges AS c JOIN logged AS l ON c.provider = l.provider
        WHERE c.period_start >= l.low AND c.period_end <= l.high
          AND c.period_end - c.period_start <= INTERVAL 26 HOUR),
    named AS (
        SELECT provider, bool_or(country IS NOT NULL) AS by_country
        FROM lines WHERE quantity IS NOT NULL GROUP BY provider),
    bill AS (
        SELECT provider, country, day, sum(quantity) AS billed, sum(usd) AS usd
        FROM lines JOIN named USING (provider) WHERE country IS NOT NULL OR NOT by_country GROUP BY ALL),
    sent AS (
        SELECT provider, CASE WHEN by_country THEN country END AS country,
               CAST(floor(epoch(sent_at) / 86400) AS BIGINT) AS day, sum(coalesce(segments, 1)) AS sent,
               count(segments) AS told
        FROM send_rows JOIN named USING (provider)
        WHERE status IS DISTINCT FROM 'blocked' AND sent_at IS NOT NULL GROUP BY ALL)
    SELECT b.country, b.day, sum(coalesce(b.billed, 0)), sum(coalesce(s.sent, 0)), sum(coalesce(b.usd, 0)),
           string_agg(DISTINCT b.provider, ', ' ORDER BY b.provider), sum(coalesce(s.told, 0))
    FROM bill AS b LEFT JOIN sent AS s
      ON b.provider = s.provider AND b.day = s.day AND b.country IS NOT DISTINCT FROM s.country
    GROUP BY b.country, b.day ORDER BY b.country, b.day"""


@dataclass(frozen=True, slots=True)
class Books:
    """Messages billed, messages sent, and US dollars: arrays (countries, days), zero where the bill says nothing.

    ``days`` since 1970 (UTC), in order; only those that both the bill and the logs of its provider cover.
    """

    countries: list[str | None]
    providers: list[str]
    """Of each country: who bills it, in words."""
    days: list[int]
    billed: NDArray[np.float64]
    sent: NDArray[np.float64]
    """In parts, as bills count; estimated where no log tells the parts (`parts_of`)."""
    usd: NDArray[np.float64]


def books(store: Store) -> Books:
    """The books of all days that both sides cover; without a country or a day where no bill counts messages."""
    rows = []
    if store.row(_COUNTED)[0]:
        settle_charges(store)
        rows = store.rows(_BY_DAY)
    names = sorted({row[0] for row in rows}, key=lambda one: one or "")
    days = list(range(min(row[1] for row in rows), max(row[1] for row in rows) + 1)) if rows else []
    table = np.zeros((4, len(names), len(days)))
    who: dict[str | None, set[str]] = {name: set() for name in names}
    for name, day, billed, sent, usd, providers, told in rows:
        table[:, names.index(name), day - days[0]] = float(billed), float(sent), float(usd), float(told)
        who[name] |= set(providers.split(", "))
    for nth in np.flatnonzero(table[3].sum(axis=1) == 0):
        table[1, nth] *= parts_of(*table[:2, nth])
    return Books(names, [", ".join(sorted(who[name])) for name in names], days, *table[:3])


def parts_of(billed: NDArray[np.float64], sent: NDArray[np.float64]) -> float:
    """Of how many parts is each message, where no log says so but the bill evenly counts more than were sent?

    Longer texts, and letters that GSM 03.38 lacks, are sent and billed in parts, in some countries only; a form's text
    in as many each time. A whole number, where nearly all days are near it; else one. What somebody adds does not keep
    pace with what others send.

    >>> parts_of(np.array([40.0, 62, 20, 50]), np.array([20.0, 31, 10, 25]))
    2.0
    >>> parts_of(np.array([20.0, 31, 10, 900]), np.array([20.0, 31, 10, 25]))
    1.0
    """
    days = sent >= _LEAST_A_DAY
    if days.sum() < _LEAST_DAYS:
        return 1.0
    each = billed[days] / sent[days]
    parts = max(round(float(np.median(each))), 1)
    return float(parts) if (np.abs(each - parts) <= TOLERANCE * parts).mean() > _MOSTLY else 1.0
