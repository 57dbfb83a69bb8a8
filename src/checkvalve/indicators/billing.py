"""Is a country billed for messages that nobody here sent?

What an aggregator makes up, or somebody sends with a stolen key, is in no log of the business: only the bill counts it,
day by day and country by country. A log that lacks rows lacks them everywhere, so a country stands out only where the
bill of all other countries agrees with the logs over the same days.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.charges import settle_charges
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.weights import capped, count
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import excess_nats

TOLERANCE = 0.1
"""Bills and logs differ by some per cent in honest months: late rows, parts of messages, rounding of days."""
LEAST_EXCESS = 50.0
_COST_CAP_NATS = 6.0
_DAY_S = 86_400.0
_BY_DAY = """
    WITH logged AS (
        SELECT provider, date_trunc('day', min(sent_at)) AS low,
               date_trunc('day', max(sent_at)) + INTERVAL 1 DAY AS high
        FROM send_rows WHERE sent_at IS NOT NULL GROUP BY provider),
    bill AS (
        SELECT c.provider, c.country, CAST(floor(epoch(c.period_start) / 86400) AS BIGINT) AS day,
               sum(own_quantity) FILTER (counts_messages) AS billed, sum(own_usd) AS usd
        FROM own_charges AS c JOIN logged AS l ON c.provider = l.provider
        WHERE c.country IS NOT NULL AND c.period_start >= l.low AND c.period_end <= l.high
          AND c.period_end - c.period_start <= INTERVAL 26 HOUR GROUP BY ALL),
    sent AS (
        SELECT provider, country, CAST(floor(epoch(sent_at) / 86400) AS BIGINT) AS day,
               sum(coalesce(segments, 1)) AS sent
        FROM send_rows WHERE status IS DISTINCT FROM 'blocked' AND sent_at IS NOT NULL GROUP BY ALL)
    SELECT b.country, b.day, sum(coalesce(b.billed, 0)), sum(coalesce(s.sent, 0)), sum(coalesce(b.usd, 0))
    FROM bill AS b LEFT JOIN sent AS s USING (provider, country, day)
    GROUP BY b.country, b.day ORDER BY b.country, b.day"""


class Unlogged(NamedTuple):
    """Messages of a country that the bill counts and no log holds: from when to when, how many, and for how much."""

    country: str
    start_s: float
    alarm_s: float
    end_s: float
    billed: float
    sent: float
    usd: float
    """What the excess cost, at the bill's mean price."""
    usual_usd: float
    """What all other messages of the bill cost a day."""

    @property
    def excess(self) -> float:
        """How many they are."""
        return self.billed - self.sent

    @property
    def nats(self) -> float:
        """How much more is billed than logs and tolerance explain; of a country that no log names one is expected.

        >>> round(Unlogged("GB", 0.0, 0.0, 86_400.0, billed=40.0, sent=0.0, usd=2.0, usual_usd=5.0).nats)
        105
        """
        return float(excess_nats(self.billed, max(self.sent, 1.0) * (1 + TOLERANCE)))


def unlogged(store: Store) -> list[Unlogged]:
    """Which countries are billed for what nobody sent, while the books of all others agree?"""
    if not store.row("SELECT count(*) FROM charges WHERE counts_messages AND country IS NOT NULL")[0]:
        return []
    settle_charges(store)
    rows = store.rows(_BY_DAY)
    names = sorted({row[0] for row in rows})
    days = sorted({row[1] for row in rows})
    table = np.zeros((3, len(names), max(len(days), 1)))
    for name, day, *values in rows:
        table[:, names.index(name), days.index(day)] = [float(value) for value in values]
    found = [_of_country(name, nth, np.array(days), table) for nth, name in enumerate(names)]
    return [one for one in found if one is not None]


def _of_country(name: str, nth: int, days: NDArray[np.int64], table: NDArray[np.float64]) -> Unlogged | None:
    billed, sent, usd = table
    over = billed[nth] - sent[nth]
    due = np.flatnonzero((np.cumsum(over) > LEAST_EXCESS) & (np.cumsum(over) > TOLERANCE * np.cumsum(billed[nth])))
    bad = np.flatnonzero((over > TOLERANCE * billed[nth]) & (over > np.sqrt(sent[nth] + 1)))
    if not len(due) or not len(bad):
        return None
    first, last, alarm = int(bad[0]), int(bad[-1]), int(due[0])
    inside = slice(first, last + 1)
    others_billed, others_sent = (np.delete(each, nth, axis=0)[:, inside].sum() for each in (billed, sent))
    if others_sent < LEAST_EXCESS or abs(others_billed - others_sent) > TOLERANCE * others_sent:
        return None
    all_billed, all_sent = float(billed[nth, inside].sum()), float(sent[nth, inside].sum())
    price_usd = float(usd[nth, inside].sum()) / all_billed
    return Unlogged(
        country=name,
        start_s=float(days[first]) * _DAY_S,
        alarm_s=(float(days[max(alarm, first)]) + 1) * _DAY_S,
        end_s=(float(days[last]) + 1) * _DAY_S,
        billed=all_billed,
        sent=all_sent,
        usd=price_usd * (all_billed - all_sent),
        usual_usd=float(usd.sum() - usd[nth, inside].sum()) / len(days),
    )


def alarms(found: list[Unlogged]) -> list[Alarm]:
    """One alarm a country, due when the day is over on which the excess had become too much."""
    return [
        Alarm(
            kind="reconciliation",
            level=Level.COUNTRY,
            key=country_index(one.country),
            country=country_index(one.country),
            onset_s=one.start_s,
            alarm_s=one.alarm_s,
            end_s=one.end_s,
            nats=one.nats,
            observed=one.billed,
            expected=one.sent,
        )
        for one in found
    ]


def findings(one: Unlogged) -> list[Finding]:
    """The bill against the logs, and what it costs."""
    days = max((one.end_s - one.start_s) / _DAY_S, 1.0)
    query = f"""SELECT date_trunc('day', period_start)::VARCHAR AS day, sum(quantity) AS billed, sum(amount) AS amount
FROM charges WHERE country = '{one.country}' AND counts_messages GROUP BY day ORDER BY day"""
    bill = Finding(
        id="reconciliation",
        nats=capped(one.nats),
        observed=f"{count(one.billed, 'message')} billed",
        expected=f"{one.sent:,.0f} in the logs",
        explanation=(
            f"The bill counts {count(one.billed, 'message')} to this country, the logs hold {one.sent:,.0f}; for all "
            "other countries they agree over the same days. Nobody here sent the rest: look for a stolen key, for a "
            "sender of your own whose logs are missing, or for a route that makes messages up."
        ),
        examples=[Example("The bill of the country, by day", query)],
        facts={"billed": one.billed, "sent": one.sent},
    )
    cost = Finding(
        id="cost",
        nats=capped(1.5 * float(np.log1p(one.usd / max(one.usual_usd, 0.01))), _COST_CAP_NATS),
        observed=f"${one.usd:,.2f}",
        expected="$0.00",
        explanation=(
            f"${one.usd:,.2f} were billed for them in {days:,.0f} days. All other messages cost "
            f"${one.usual_usd:,.2f} a day."
        ),
        examples=[Example("The bill of the country, by day", query)],
        facts={
            "usd": one.usd,
            "expected_usd": 0.0,
            "estimated_usd": 0.0,
            "daily_usd": one.usual_usd,
            "hours": days * 24,
        },
    )
    return [bill, cost]
