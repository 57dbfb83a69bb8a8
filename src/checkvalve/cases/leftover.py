"""What no case explains: days that cost too much, messages that only the bill knows, messages without a number.

The tests need numbers and times. Where these are hidden, "nothing stands out" would be said of nothing; and money that
went where no test looks is still gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from checkvalve.cases.assess import Judged, World
from checkvalve.cases.exhibits import Fact, Shelf
from checkvalve.cases.opened_markets import stays_usd
from checkvalve.evidence.spending import totals
from checkvalve.evidence.store import Store
from checkvalve.indicators.reconciliation import Gap, gaps
from checkvalve.indicators.scene import utc

DEAR = 3.0
"""Honest days differ, by the day of the week and with what a business does; hardly by more than so many times."""
LEAST_USD = 10.0
"""Less than this above the usual is not worth a question."""
LEAST_DAYS = 3
"""So many days before must have told what is usual."""
MOST_HIDDEN = 0.2
"""Where more than this part of the messages has no number or no time, nothing stands out by itself."""
_DAYS = 28
_DAY_S = 86_400
_MOST_TOLD = 3
_BY_DAY = f"""SELECT CAST(floor(epoch(sent_at) / {_DAY_S}) AS BIGINT) AS day, coalesce(sum(cost_usd), 0) AS usd
    FROM priced WHERE sent_at IS NOT NULL {{also}} GROUP BY day ORDER BY day"""


@dataclass(frozen=True, slots=True)
class DearDay:
    """A day (since 1970, UTC) whose messages outside every case cost more than the days before let expect."""

    day: int
    usd: float
    usual_usd: float


@dataclass(frozen=True, slots=True)
class Leftover:
    """What no case explains.

    ``hidden`` of ``sends`` messages have no number or no time; ``days`` is on how many days any was sent.
    """

    dear: list[DearDay]
    gaps: list[Gap]
    hidden: int
    sends: int
    days: int

    @property
    def open(self) -> bool:
        """Is there money that nobody has explained?"""
        return bool(self.dear or self.gaps)

    @property
    def blind(self) -> bool:
        """Were too many messages without number or time to say that nothing stands out?"""
        return self.hidden > MOST_HIDDEN * self.sends


def leftover(world: World, judged: Sequence[Judged]) -> Leftover:
    """What do the cases leave open? Messages in the place and time of any case, explained ones too, are told."""
    sent, spent = totals(world.store), world.store.once(_BY_DAY.format(also=""))
    least = max(LEAST_USD, world.settings.detection.minimum_loss_usd)
    dear = dear_days(spent, least)
    if dear and judged:
        dear = _outside(world.store, judged, dear, least)
    return Leftover(dear, [one for one in gaps(world.store) if one.telling], sent.hidden, sent.sends, len(spent))


def dear_days(spent: Sequence[tuple[int, float]], least_usd: float) -> list[DearDay]:
    """Which days cost several times the median of the days before? Such a day teaches nothing about what is usual.

    >>> dear_days([(1, 4.0), (2, 5.0), (3, 4.5), (4, 466.0), (5, 5.0)], 10.0)
    [DearDay(day=4, usd=466.0, usual_usd=4.5)]
    """
    usual: list[tuple[int, float]] = []
    found = []
    for day, usd in spent:
        before = [past for past_day, past in usual if day - past_day <= _DAYS]
        if len(before) >= LEAST_DAYS and usd > DEAR * median(before) and usd - median(before) >= least_usd:
            found.append(DearDay(day, usd, median(before)))
        else:
            usual.append((day, usd))
    return found


def _outside(store: Store, judged: Sequence[Judged], dear: list[DearDay], least_usd: float) -> list[DearDay]:
    """The dear days that are dear without the messages of all cases, and of markets that stay once they opened."""
    cases = " OR ".join(f"({one.scene.where})" for one in judged)
    days = ", ".join(str(one.day) for one in dear)
    also = f"AND CAST(floor(epoch(sent_at) / {_DAY_S}) AS BIGINT) IN ({days}) AND ({cases}) IS NOT TRUE"
    left = dict(store.rows(_BY_DAY.format(also=also)))
    stays = stays_usd(store, judged, DEAR)
    rest = [DearDay(one.day, left.get(one.day, 0.0) - stays.get(one.day, 0.0), one.usual_usd) for one in dear]
    return [one for one in rest if one.usd > DEAR * one.usual_usd and one.usd - one.usual_usd >= least_usd]


def told_open(left: Leftover, shelf: Shelf) -> list[Fact]:
    """The money that nobody has explained, in sentences; the dearest three days and countries."""
    dearest = sorted(left.dear, key=lambda one: -one.usd)[:_MOST_TOLD]
    days = [
        shelf.fact(
            f"On {utc(one.day * _DAY_S):%Y-%m-%d} (UTC) messages that no case explains cost ${one.usd:,.2f}; "
            f"the days before cost ${one.usual_usd:,.2f} in the median.",
            "cost",
        )
        for one in dearest
    ]
    return days + [shelf.fact(_unknown_to_logs(one), "bill") for one in left.gaps[:_MOST_TOLD]]


def _unknown_to_logs(gap: Gap) -> str:
    where = f" to {gap.country}" if gap.country else ""
    worth = gap.billed_usd * gap.excess / gap.billed
    return (
        f"The bill counts {gap.billed:,.0f} messages{where}, the logs hold {gap.sent:,.0f}: about ${worth:,.2f} for "
        "messages that your systems did not log."
    )
