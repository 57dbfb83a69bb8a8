"""Is a country billed for messages that nobody here sent?

What an aggregator makes up, or somebody sends with a stolen key, is in no log of the business: only the bill counts it,
day by day and country by country. A log that lacks rows lacks them everywhere, so countries stand out only where the
bill of all that do not agrees with the logs over the same days.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from phonenumbers import country_code_for_region, region_codes_for_country_code

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
_HONEST_ONE_IN = 50
"""A country may be named as a whole when at most one in so many of its messages is in the logs."""
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
    """What all messages of the bill that are beyond suspicion cost a day."""
    logged: int = 0
    """Messages to the country in all of the logs, whenever they were sent,"""
    beside: int = 0
    """and to others that share its calling code, as several large countries share 1 and 7 (ITU-T E.164)."""

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
    spans = {nth: span for nth in range(len(names)) if (span := _span(table[:2, nth])) is not None}
    others = np.delete(table, list(spans), axis=1)
    usual_usd = float(others[2].sum()) / max(len(days), 1)
    logged = dict(store.rows("SELECT country, count(*) FROM send_rows GROUP BY country"))
    return [
        _of_country(names[nth], days, table[:, nth], span, usual_usd)._replace(
            logged=logged.get(names[nth], 0), beside=_beside(names[nth], logged)
        )
        for nth, span in spans.items()
        if _agree(others[:, :, span.first : span.last + 1])
    ]


def _beside(country: str, logged: Mapping[str | None, int]) -> int:
    """How many messages of the logs go to other countries that share the country's calling code?"""
    sharing = region_codes_for_country_code(country_code_for_region(country))
    return sum(logged.get(one, 0) for one in sharing if one != country)


class _Span(NamedTuple):
    """First and last day on which too much is billed, and the day with which that is clear, as indices."""

    first: int
    last: int
    alarm: int


def _span(books: NDArray[np.float64]) -> _Span | None:
    """When does a country's bill (first row) count more than its logs (second row)? None: it does not."""
    billed, sent = books
    over = billed - sent
    due = np.flatnonzero((np.cumsum(over) > LEAST_EXCESS) & (np.cumsum(over) > TOLERANCE * np.cumsum(billed)))
    bad = np.flatnonzero((over > TOLERANCE * billed) & (over > np.sqrt(sent + 1)))
    if not len(due) or not len(bad):
        return None
    return _Span(int(bad[0]), int(bad[-1]), max(int(due[0]), int(bad[0])))


def _agree(others: NDArray[np.float64]) -> bool:
    """Do bill and logs of the countries that do not stand out agree, and hold enough to say so?"""
    billed, sent = float(others[0].sum()), float(others[1].sum())
    return sent >= LEAST_EXCESS and abs(billed - sent) <= TOLERANCE * sent


def _of_country(
    name: str, days: Sequence[int], books: NDArray[np.float64], span: _Span, usual_usd: float
) -> Unlogged:
    billed, sent, usd = books[:, span.first : span.last + 1].sum(axis=1).tolist()
    return Unlogged(
        country=name,
        start_s=float(days[span.first]) * _DAY_S,
        alarm_s=(float(days[span.alarm]) + 1) * _DAY_S,
        end_s=(float(days[span.last]) + 1) * _DAY_S,
        billed=billed,
        sent=sent,
        usd=usd / billed * (billed - sent),
        usual_usd=usual_usd,
    )


def whole_country(one: Unlogged) -> str | None:
    """The prefix of all numbers of the country, where hardly anybody else writes there; None: it cannot be named.

    A bill tells no numbers. A country that gets honest messages too is not named as a whole, and neither is one
    beside which others under its calling code get them.

    >>> one = Unlogged("UZ", 0.0, 0.0, 86_400.0, billed=900.0, sent=2.0, usd=2.0, usual_usd=5.0, logged=9)
    >>> whole_country(one), whole_country(one._replace(logged=30))
    ('998', None)
    >>> whole_country(one._replace(country="KZ")), whole_country(one._replace(country="KZ", beside=30))
    ('7', None)
    """
    code = country_code_for_region(one.country)
    return str(code) if code and (one.logged + one.beside) * _HONEST_ONE_IN <= one.excess else None


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


def findings(parts: Sequence[Unlogged]) -> list[Finding]:
    """The bill against the logs of one or several countries, and what it costs."""
    days = max((max(one.end_s for one in parts) - min(one.start_s for one in parts)) / _DAY_S, 1.0)
    billed, sent, usd = (
        sum(values) for values in zip(*((one.billed, one.sent, one.usd) for one in parts), strict=True)
    )
    names = ", ".join(f"'{one.country}'" for one in parts)
    query = f"""SELECT country, date_trunc('day', period_start)::VARCHAR AS day, sum(quantity) AS billed,
       sum(amount) AS amount
FROM charges WHERE country IN ({names}) AND counts_messages GROUP BY ALL ORDER BY country, day"""
    where = "this country" if len(parts) == 1 else f"these {len(parts)} countries"
    bill = Finding(
        id="reconciliation",
        nats=capped(float(excess_nats(billed, max(sent, 1.0) * (1 + TOLERANCE)))),
        observed=f"{count(billed, 'message')} billed",
        expected=f"{sent:,.0f} in the logs",
        explanation=(
            f"The bill counts {count(billed, 'message')} to {where}, the logs hold {sent:,.0f}; for all other "
            "countries they agree over the same days. Nobody here sent the rest: look for a stolen key, for a sender "
            "of your own whose logs are missing, or for a route that makes messages up."
        ),
        examples=[Example("The bill, by country and day", query)],
        facts={"billed": billed, "sent": sent},
    )
    usual_usd = parts[0].usual_usd
    cost = Finding(
        id="cost",
        nats=capped(1.5 * float(np.log1p(usd / max(usual_usd, 0.01))), _COST_CAP_NATS),
        observed=f"${usd:,.2f}",
        expected="$0.00",
        explanation=(
            f"${usd:,.2f} were billed for them in {days:,.0f} days. All other messages cost ${usual_usd:,.2f} a day."
        ),
        examples=[Example("The bill, by country and day", query)],
        facts={
            "usd": usd,
            "expected_usd": 0.0,
            "estimated_usd": 0.0,
            "daily_usd": usual_usd,
            "hours": days * 24,
        },
    )
    return [bill, cost]
