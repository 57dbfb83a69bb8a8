"""Do some numbers of a country come back day after day, several times a day, as nobody else does?

Numbers that were aged, and then log in with their codes again and again, look like customers one by one: their codes
come back, they fill no block, they are not new. But customers do not all take up one habit. Compared are countries,
since a business whose people log in every day has such numbers everywhere; and a habit that is as old as the evidence
is no campaign's. Where too few numbers of each country do, those of several count together if nearly all of the
business that have it took it up within days, which people do one by one, and most countries have none of them, as
they would had the business changed its ways. So do a few of a country with those of one where many do.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count, divergence
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import found_in, groups_of

_BUSY_SENDS = 2
BUSY_DAYS = 5
"""A number has the habit that got two messages or more on so many days,"""
_WITHIN_S = 14 * 86_400.0
"""within two weeks."""
LEAST_NUMBERS = 8
_LEAST_USUAL = 1e-3
_OLD_S = 4 * 86_400.0
"""A habit that most of them had in the first days of the evidence is an old one."""
_AT_ONCE_S = 4 * 86_400.0
_NEARLY_ALL = 0.8
_LEAST_OF_EACH = 2
_ELSEWHERE_NATS = 4.6
"""A hundred to one that the countries were not drawn from the business as it is."""
_MOST_TOLD = 2_000
_DAY_S = 86_400.0
NATS_EACH = 1.0
_Times = NDArray[np.float64]


def alarms(rows: Destinations, threshold_nats: float) -> list[Alarm]:
    """Which numbers, of countries where far more have the habit than elsewhere, and when could that be known?"""
    devoted = _devoted(rows)
    number, since_s, known_s, *_ = devoted
    if len(number) < LEAST_NUMBERS:
        return []
    firsts = np.flatnonzero(rows.new)
    firsts = firsts[found_in(rows.number[firsts], number)]
    country_of = dict(zip(rows.number[firsts].tolist(), rows.country[firsts].tolist(), strict=True))
    country = np.array([country_of[one] for one in number.tolist()])
    old = {int(one) for one in np.unique(country) if np.median(since_s[country == one]) - rows.first_s[0] < _OLD_S}
    found = _due_by_country(rows, country, known_s, old, threshold_nats)
    made = [
        alarm
        for one, due_s in found.items()
        for alarm in _raised(devoted, country, country == one, due_s, threshold_nats)
    ]
    raised = np.isin(country, list(found))
    left = np.zeros(len(number), np.bool_)
    for one in np.unique(country[~raised]):
        mine = country == one
        left |= mine & (one not in old and mine.sum() >= _LEAST_OF_EACH)
    several, others = raised | left, ~(raised | left)
    if not left.any() or _everywhere(rows, country[several], country[others]):
        return made
    due = _at_once(float(rows.first_s[0]), devoted.where(several), devoted.where(others), threshold_nats)
    if due is None:
        return made
    together = left & (np.abs(since_s - due.since_s) <= _AT_ONCE_S)
    return made + _raised(devoted, country, together, due.known_s, threshold_nats)


def _due_by_country(
    rows: Destinations, country: NDArray[np.int32], known_s: _Times, old: set[int], threshold_nats: float
) -> dict[int, float]:
    """In which countries, the old ones apart, have far more numbers the habit than in all others, and since when?

    What alarmed in one country tells nothing of what is usual for the next: one campaign may have two of them.
    """
    found: dict[int, float] = {}
    while True:
        honest = ~np.isin(country, list(found))
        more: dict[int, float] = {}
        for one in sorted(set(np.unique(country[honest]).tolist()) - old):
            due_s = _due_s(
                rows, (one, *found), known_s[country == one], known_s[honest & (country != one)], threshold_nats
            )
            if due_s is not None:
                more[one] = max([due_s, *found.values()])
        if not more:
            return found
        found |= more


def _raised(
    devoted: "_Devoted", country: NDArray[np.int32], mine: NDArray[np.bool_], due_s: float, threshold_nats: float
) -> list[Alarm]:
    """An alarm for each of some numbers, the busiest first."""
    fullest = np.flatnonzero(mine)[np.argsort(-devoted.busy[mine], kind="stable")][:_MOST_TOLD]
    return [
        Alarm(
            kind="habit",
            level=Level.NUMBER,
            key=int(devoted.number[nth]),
            country=int(country[nth]),
            onset_s=float(devoted.since_s[nth]),
            alarm_s=float(max(devoted.known_s[nth], due_s)),
            end_s=float(devoted.until_s[nth]),
            nats=threshold_nats,
            observed=float(devoted.busy[nth]),
            expected=0.5,
        )
        for nth in fullest
    ]


class _Devoted(NamedTuple):
    """Numbers with the habit: since when, when that was known, until when, and how many messages on busy days."""

    number: NDArray[np.int64]
    since_s: _Times
    known_s: _Times
    until_s: _Times
    busy: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "_Devoted":
        """Only some of them."""
        return _Devoted(
            self.number[chosen], self.since_s[chosen], self.known_s[chosen], self.until_s[chosen], self.busy[chosen]
        )


def _devoted(rows: Destinations) -> _Devoted:
    """The numbers that had the habit once; see `_Devoted`."""
    busy = np.flatnonzero(rows.sends >= _BUSY_SENDS)
    groups = groups_of(rows.number[busy])
    order = busy[groups.order]
    found = []
    for group in np.flatnonzero(groups.sizes >= BUSY_DAYS).tolist():
        own = order[groups.starts[group] : groups.starts[group + 1]]
        size = len(own)
        times_s = rows.first_s[own]
        close = np.flatnonzero(times_s[BUSY_DAYS - 1 :] - times_s[: size - BUSY_DAYS + 1] <= _WITHIN_S)
        if len(close):
            first, due = int(close[0]), int(close[0]) + BUSY_DAYS - 1
            known_s = (np.floor(times_s[due] / _DAY_S) + 1) * _DAY_S
            found.append((rows.number[own[0]], times_s[first], known_s, times_s[-1], rows.sends[own].sum()))
    columns = list(zip(*found, strict=True)) or [()] * 5
    number, since_s, known_s, until_s, sends = columns
    since, known, until = (np.array(one, np.float64) for one in (since_s, known_s, until_s))
    return _Devoted(np.array(number, np.int64), since, known, until, np.array(sends, np.int64))


def _due_s(
    rows: Destinations, countries: tuple[int, ...], own_s: _Times, others_s: _Times, threshold_nats: float
) -> float | None:
    """When first did so many more numbers of the first country have the habit than of those that are not named?

    ``own_s`` and ``others_s`` are when it was known of their numbers. None: they never did.
    """
    new_s, there = rows.first_s[rows.new], rows.country[rows.new]
    inside_s, outside_s = new_s[there == countries[0]], new_s[~np.isin(there, countries)]
    own_s, others_s = np.sort(own_s), np.sort(others_s)
    for nth in range(LEAST_NUMBERS - 1, len(own_s)):
        moment_s = own_s[nth]
        inside, outside = (int(one.searchsorted(moment_s, "right")) for one in (inside_s, outside_s))
        usual = (int(others_s.searchsorted(moment_s, "right")) + 1) / (outside + 1)
        if usual < 1 and (nth + 1) / inside > usual:
            nats = divergence(min(nth + 1, inside), inside, max(usual, _LEAST_USUAL))
            if nats >= threshold_nats and (nth + 1) / inside > _LEAST_USUAL:
                return float(moment_s)
    return None


def _everywhere(rows: Destinations, mine: NDArray[np.int32], others: NDArray[np.int32]) -> bool:
    """Do the countries of some numbers hold so much of the business that such numbers lie there anyway?"""
    if not len(mine):
        return True
    part = float(np.isin(rows.country[rows.new], mine).mean())
    return divergence(len(mine), len(mine) + len(others), part) < _ELSEWHERE_NATS


class _Together(NamedTuple):
    """From when on they took it up, and when that was known."""

    since_s: float
    known_s: float


def _at_once(begin_s: float, mine: _Devoted, others: _Devoted, threshold_nats: float) -> _Together | None:
    """When first was it known that nearly all numbers with the habit took it up within days of each other?

    If people do so one by one, each of them falls into one of the windows that there were so far with equal chance.
    """
    others_s = np.sort(others.known_s)
    for moment_s in np.unique(mine.known_s).tolist():
        since_s = np.sort(mine.since_s[mine.known_s <= moment_s])
        within = since_s.searchsorted(since_s + _AT_ONCE_S, "right") - np.arange(len(since_s))
        together = int(within.max())
        of = len(since_s) + int(others_s.searchsorted(moment_s, "right"))
        windows = (moment_s - begin_s) / _AT_ONCE_S
        if windows <= 2 or together < max(LEAST_NUMBERS, _NEARLY_ALL * of):
            continue
        if divergence(together, of, 1 / windows) - math.log(windows) >= threshold_nats:
            return _Together(float(since_s[within.argmax()]), moment_s)
    return None


def finding(scene: Scene) -> Finding | None:
    """How many numbers took up the habit?"""
    mine = [alarm for alarm in scene.alarms if alarm.kind == "habit"]
    if not mine:
        return None
    most = max(alarm.observed for alarm in mine)
    countries = len({alarm.country for alarm in mine})
    where = "one country" if countries == 1 else f"{countries} countries"
    against = (
        "Hardly any number of other countries does, and in the first days of the evidence these did not."
        if countries == 1
        else "They took to it within days of each other, and hardly any other number ever did."
    )
    return Finding(
        id="habit",
        nats=capped(NATS_EACH * len(mine)),
        observed=count(len(mine), "number"),
        expected="as few as elsewhere",
        explanation=(
            f"{count(len(mine), 'number')} of {where} got two messages or more on at least {BUSY_DAYS} days of two "
            f"weeks, up to {most:,.0f} in all. {against}"
        ),
        examples=[
            Example(
                "Days with two messages or more, by number",
                f"""SELECT destination, count(*) AS busy_days, sum(messages) AS messages FROM (
    SELECT '+' || number AS destination, date_trunc('day', sent_at) AS day, count(*) AS messages
    FROM sends WHERE {scene.where} GROUP BY ALL HAVING count(*) >= {_BUSY_SENDS})
GROUP BY destination ORDER BY busy_days DESC, destination""",
            )
        ],
        facts={"numbers": float(len(mine)), "most": most},
    )
