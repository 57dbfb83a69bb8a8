"""Is a country billed for messages that nobody here sent?

What an aggregator makes up, or somebody sends with a stolen key, is in no log of the business: only the bill counts it,
day by day and country by country (or, where it names none, for all together). A log that lacks rows lacks them
everywhere and makes no bill rise. So a country stands out only where the bill of all others agrees with the logs over
the same days, or that of all of them did on the days before; and not where the bill is as it was and the logs hold
less.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from phonenumbers import country_code_for_region, region_codes_for_country_code

from checkvalve.evidence.books import DAY_S, TOLERANCE, Books, books
from checkvalve.evidence.store import Store, text_literal
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.weights import capped, count
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import excess_nats

LEAST_EXCESS = 50.0
"""No more messages than this are an excess, or books that say something (judgement)."""
_HONEST_ONE_IN = 50
"""A country may be named as a whole when at most one in so many of its messages is in the logs."""
_COST_CAP_NATS = 6.0
_LEAST_PAST = 3
"""So many days before must have told what is usual (as for dear days, `cases.leftover`)."""


class Excess(NamedTuple):
    """A day on which a bill counts more messages of a country than the logs hold."""

    start_s: float
    billed: float
    sent: float
    usd: float
    """What the excess cost, at the bill's mean price of the day."""

    @property
    def messages(self) -> float:
        """How many are too many?"""
        return self.billed - self.sent


class Unlogged(NamedTuple):
    """Messages of a country that the bill counts and no log holds: from when to when, how many, and for how much.

    Without a country: the provider's bill names none. Sums are those of the days that are named.
    """

    country: str | None
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
    days: tuple[Excess, ...] = ()
    """The days on which the excess lies."""
    provider: str = ""
    usual: float | None = None
    """How many messages the days before let expect on the bill; None where too few days lie before."""
    lasting: bool = False
    """Was it so from the first day that bill and logs both cover?"""
    beside_others: bool = True
    """Do the books of all others agree over the same days? Else those of all did before."""

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
    """Which countries are billed for what nobody sent, where the books agree for all others, or did for all before?"""
    held = books(store)
    found = {nth: span for nth in range(len(held.countries)) if (span := _span(held.billed[nth], held.sent[nth]))}
    if not found:
        return []
    excess_usd = sum(_usd(held, nth, span.days).sum() for nth, span in found.items())
    usual_usd = max(float(held.usd.sum() - excess_usd), 0.0) / len(held.days)
    logged = dict(store.rows("SELECT country, count(*) FROM send_rows GROUP BY country"))
    made = (_of_country(held, nth, found) for nth, span in found.items())
    return [
        one._replace(
            usual_usd=usual_usd,
            logged=sum(logged.values()) if one.country is None else logged.get(one.country, 0),
            beside=_beside(one.country, logged),
        )
        for one in made
        if one is not None
    ]


def _beside(country: str | None, logged: Mapping[str | None, int]) -> int:
    """How many messages of the logs go to other countries that share the country's calling code?"""
    if country is None:
        return 0
    sharing = region_codes_for_country_code(country_code_for_region(country))
    return sum(logged.get(one, 0) for one in sharing if one != country)


class _Span(NamedTuple):
    """The days (indices) on which too much is billed, and the day with which that is clear."""

    days: list[int]
    alarm: int


def _span(billed: NDArray[np.float64], sent: NDArray[np.float64]) -> _Span | None:
    """When does a country's bill count more than its logs? None: it does not.

    It is clear with the first day up to which some run of days has more than honest bills differ by. What the day
    before the run lacks comes late, and is taken off, with what of that day may come late though nothing seems to lack.
    """
    over = billed - sent
    late = np.maximum(-np.concatenate([[0.0], over[:-1]]), 0.0)
    unseen = TOLERANCE * np.concatenate([[0.0], sent[:-1]])
    sums = _runs(over) - late[:, None]
    gain = _runs(over - TOLERANCE * billed) - (late + unseen)[:, None]
    due = np.flatnonzero(((sums > LEAST_EXCESS) & (gain > 0)).any(axis=0))
    if not len(due):
        return None
    alarm = int(due[0])
    first = int(gain[:, alarm].argmax())
    bad = (over - late > TOLERANCE * billed) & (over > np.sqrt(sent + 1)) & (np.arange(len(over)) >= first)
    return _Span(np.flatnonzero(bad).tolist(), alarm) if bad.any() else None


def _runs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum from each day (rows) up to each day (columns), minus infinity where it would be before."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    runs = sums[None, 1:] - sums[:-1, None]
    return np.where(np.triu(np.ones_like(runs)) > 0, runs, -np.inf)


def _usd(held: Books, nth: int, days: Sequence[int]) -> NDArray[np.float64]:
    """What a country's excess cost on each of the days."""
    billed, sent, usd = held.billed[nth, days], held.sent[nth, days], held.usd[nth, days]
    return np.asarray(usd * (billed - sent) / billed, dtype=np.float64)


def _of_country(held: Books, nth: int, found: Mapping[int, _Span]) -> Unlogged | None:
    """The country's excess; None where the logs lack rows, or might."""
    span, first = found[nth], min(one.days[0] for one in found.values())
    others = [np.delete(one, list(found), axis=0) for one in (held.billed, held.sent)]
    usual = _usual(held, nth, span, others[1])
    billed, sent = (float(one[nth, span.days].sum()) for one in (held.billed, held.sent))
    rose = None if usual is None else billed - usual >= usual - sent
    beside_others = _agree(*(one[:, span.days] for one in others))
    past = _agree(held.billed[:, :first], held.sent[:, :first])
    if rose is False or not (beside_others or (rose and past)):
        return None
    starts_s = [(held.days[0] + day) * DAY_S for day in span.days]
    each = zip(
        starts_s, held.billed[nth, span.days], held.sent[nth, span.days], _usd(held, nth, span.days), strict=True
    )
    days = tuple(Excess(start_s, *map(float, rest)) for start_s, *rest in each)
    return Unlogged(
        country=held.countries[nth],
        start_s=days[0].start_s,
        alarm_s=(held.days[0] + max(span.alarm, span.days[0]) + 1) * DAY_S,
        end_s=days[-1].start_s + DAY_S,
        billed=billed,
        sent=sent,
        usd=sum(one.usd for one in days),
        usual_usd=0.0,
        days=days,
        provider=held.providers[nth],
        usual=usual,
        lasting=span.days[0] == 0,
        beside_others=beside_others,
    )


def _usual(held: Books, nth: int, span: _Span, others_sent: NDArray[np.float64]) -> float | None:
    """How many messages of the country would the bill count on these days, by those before them?

    Times what the logs of all others hold on these days against the days before.
    """
    first = span.days[0]
    if first < _LEAST_PAST:
        return None
    then, now = float(others_sent[:, :first].sum()) / first, float(others_sent[:, span.days].sum()) / len(span.days)
    season = now / then if then * first >= LEAST_EXCESS else 1.0
    return float(held.billed[nth, :first].mean()) * season * len(span.days)


def _agree(billed: NDArray[np.float64], sent: NDArray[np.float64]) -> bool:
    """Do bill and logs agree, and hold enough to say so?"""
    return float(sent.sum()) >= LEAST_EXCESS and abs(float((billed - sent).sum())) <= TOLERANCE * float(sent.sum())


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
    code = country_code_for_region(one.country) if one.country else None
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
    """The bill against the logs of one or several countries, against the days before, and what it costs."""
    return [one for one in (_reconciled(parts), _risen(parts), _cost(parts)) if one is not None]


def _where(parts: Sequence[Unlogged]) -> str:
    if parts[0].country is None:
        return "all countries together"
    return "this country" if len(parts) == 1 else f"these {len(parts)} countries"


def _of_bill(parts: Sequence[Unlogged]) -> str:
    """SQL: is the line of the bill about one of the parts, on one of its days?"""
    each = []
    for one in parts:
        days = ", ".join(f"{day.start_s / DAY_S:.0f}" for day in one.days)
        each.append(f"({_about(one)} AND CAST(floor(epoch(period_start) / 86400) AS BIGINT) IN ({days}))")
    return " OR ".join(each)


def _about(one: Unlogged) -> str:
    if one.country:
        return f"country = {text_literal(one.country)}"
    return f"country IS NULL AND provider IN ({', '.join(map(text_literal, one.provider.split(', ')))})"


def _lines(parts: Sequence[Unlogged]) -> Example:
    return Example(
        "Lines of the bill to ask the provider about",
        f"""SELECT date_trunc('day', period_start)::VARCHAR AS day, country, provider, account, category,
       own_quantity AS quantity, round(own_usd, 4) AS usd, event_id AS line
FROM own_charges WHERE {_of_bill(parts)} ORDER BY day, country, category""",
    )


def _by_day(parts: Sequence[Unlogged]) -> Example:
    rows = []
    for one in parts:
        place = text_literal(one.country) if one.country else "NULL"
        for day in one.days:
            date = datetime.fromtimestamp(day.start_s, UTC).date()
            counts = f"{day.billed:.0f}, {day.sent:.0f}, {day.messages:.0f}"
            rows.append(f"('{date}', {place}, {counts}, {day.usd:.4f})")
    return Example(
        "The bill and the logs, by country and day",
        f"""SELECT * FROM (VALUES {", ".join(rows)}) AS books (day, country, billed, in_logs, excess, usd)
ORDER BY day, country""",
    )


def _reconciled(parts: Sequence[Unlogged]) -> Finding:
    billed, sent = sum(one.billed for one in parts), sum(one.sent for one in parts)
    beside = all(one.beside_others for one in parts)
    control = (
        "for all other countries they agree over the same days" if beside else "on the days before they agreed"
    )
    return Finding(
        id="reconciliation",
        nats=capped(float(excess_nats(billed, max(sent, 1.0) * (1 + TOLERANCE)))),
        observed=f"{count(billed, 'message')} billed",
        expected=f"{sent:,.0f} in the logs",
        explanation=(
            f"The bill counts {count(billed, 'message')} to {_where(parts)}, the logs hold {sent:,.0f}; {control}. "
            "Nobody here sent the rest: look for a stolen key, for a sender of your own whose logs are missing, or for "
            "a route that makes messages up."
        ),
        examples=[_by_day(parts), _lines(parts)],
        facts={"billed": billed, "sent": sent},
    )


def _risen(parts: Sequence[Unlogged]) -> Finding | None:
    """Logs that lack rows do not make a bill rise."""
    told = [one for one in parts if one.usual is not None]
    if not told:
        return None
    billed, usual = sum(one.billed for one in told), sum(one.usual or 0.0 for one in told)
    return Finding(
        id="volume",
        nats=capped(float(excess_nats(billed, max(usual, 1.0) * (1 + TOLERANCE)))),
        observed=f"{count(billed, 'message')} billed",
        expected=f"{usual:,.0f}",
        explanation=(
            f"By the days before, the bill would count {count(usual, 'message')} to {_where(told)} on these days; it "
            f"counts {billed:,.0f}. It is the bill that rose, not the logs that hold less."
        ),
        examples=[
            Example(
                "The bill, by country and day",
                f"""SELECT country, date_trunc('day', period_start)::VARCHAR AS day, sum(own_quantity) AS billed,
       round(sum(own_usd), 4) AS usd
FROM own_charges WHERE counts_messages AND ({" OR ".join(map(_about, told))}) GROUP BY ALL ORDER BY country, day""",
            )
        ],
        facts={"billed": billed, "usual": usual},
    )


def _cost(parts: Sequence[Unlogged]) -> Finding:
    days = max((max(one.end_s for one in parts) - min(one.start_s for one in parts)) / DAY_S, 1.0)
    usd, usual_usd = sum(one.usd for one in parts), parts[0].usual_usd
    return Finding(
        id="cost",
        nats=capped(1.5 * float(np.log1p(usd / max(usual_usd, 0.01))), _COST_CAP_NATS),
        observed=f"${usd:,.2f}",
        expected="$0.00",
        explanation=(
            f"${usd:,.2f} were billed for them in {days:,.0f} days. All other messages cost ${usual_usd:,.2f} a day."
        ),
        examples=[_lines(parts)],
        facts={
            "usd": usd,
            "expected_usd": 0.0,
            "estimated_usd": 0.0,
            "daily_usd": usual_usd,
            "hours": days * 24,
        },
    )
