"""Do some numbers of a country come back day after day, several times a day, as nobody else does?

Numbers that were aged, and then log in with their codes again and again, look like customers one by one: their codes
come back, they fill no block, they are not new. But customers do not all take up one habit. Compared are countries,
since a business whose people log in every day has such numbers everywhere; and a habit that is as old as the evidence
is no campaign's.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count, divergence
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import groups_of

_BUSY_SENDS = 2
BUSY_DAYS = 5
"""A number has the habit that got two messages or more on so many days,"""
_WITHIN_S = 14 * 86_400.0
"""within two weeks."""
LEAST_NUMBERS = 8
_LEAST_USUAL = 1e-3
_OLD_S = 4 * 86_400.0
"""A habit that most of them had in the first days of the evidence is an old one."""
_MOST_TOLD = 2_000
_DAY_S = 86_400.0
NATS_EACH = 1.0


def alarms(rows: Destinations, threshold_nats: float) -> list[Alarm]:
    """Which numbers, of countries where far more have the habit than elsewhere, and when could that be known?"""
    number, since_s, known_s, until_s, busy = _devoted(rows)
    if len(number) < LEAST_NUMBERS:
        return []
    firsts = groups_of(rows.number).first
    country_of = dict(zip(rows.number[firsts].tolist(), rows.country[firsts].tolist(), strict=True))
    country = np.array([country_of[one] for one in number.tolist()])
    made = []
    for one in np.unique(country):
        mine = country == one
        old = np.median(since_s[mine]) - rows.first_s[0] < _OLD_S
        due_s = None if old else _due_s(rows, int(one), known_s, mine, threshold_nats)
        if due_s is None:
            continue
        fullest = np.flatnonzero(mine)[np.argsort(-busy[mine], kind="stable")][:_MOST_TOLD]
        made += [
            Alarm(
                kind="habit",
                level=Level.NUMBER,
                key=int(number[nth]),
                country=int(one),
                onset_s=float(since_s[nth]),
                alarm_s=float(max(known_s[nth], due_s)),
                end_s=float(until_s[nth]),
                nats=threshold_nats,
                observed=float(busy[nth]),
                expected=0.5,
            )
            for nth in fullest
        ]
    return made


_Times = NDArray[np.float64]


def _devoted(rows: Destinations) -> tuple[NDArray[np.int64], _Times, _Times, _Times, NDArray[np.int64]]:
    """Numbers with the habit: since when, when that was known, until when, and how many messages on busy days."""
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
    floats = (np.array(one, np.float64) for one in (since_s, known_s, until_s))
    return np.array(number, np.int64), *floats, np.array(sends, np.int64)  # type: ignore[return-value] # five arrays


def _due_s(
    rows: Destinations, country: int, known_s: _Times, mine: NDArray[np.bool_], threshold_nats: float
) -> float | None:
    """When first did so many more numbers of the country have the habit than of all others? None: they never did."""
    new_s = rows.first_s[rows.new]
    there = rows.country[rows.new] == country
    inside_s, outside_s = new_s[there], new_s[~there]
    own_s, others_s = np.sort(known_s[mine]), np.sort(known_s[~mine])
    for nth in range(LEAST_NUMBERS - 1, len(own_s)):
        moment_s = own_s[nth]
        inside, outside = (int(one.searchsorted(moment_s, "right")) for one in (inside_s, outside_s))
        usual = (int(others_s.searchsorted(moment_s, "right")) + 1) / (outside + 1)
        if usual < 1 and (nth + 1) / inside > usual:
            nats = divergence(min(nth + 1, inside), inside, max(usual, _LEAST_USUAL))
            if nats >= threshold_nats and (nth + 1) / inside > _LEAST_USUAL:
                return float(moment_s)
    return None


def finding(scene: Scene) -> Finding | None:
    """How many numbers took up the habit?"""
    mine = [alarm for alarm in scene.alarms if alarm.kind == "habit"]
    if not mine:
        return None
    most = max(alarm.observed for alarm in mine)
    return Finding(
        id="habit",
        nats=capped(NATS_EACH * len(mine)),
        observed=count(len(mine), "number"),
        expected="as few as elsewhere",
        explanation=(
            f"{count(len(mine), 'number')} of one country got two messages or more on at least {BUSY_DAYS} days of two "
            f"weeks, up to {most:,.0f} in all. Hardly any number of other countries does, and in the first days of the "
            "evidence these did not."
        ),
        examples=[
            Example(
                "Days with two messages or more, by number",
                f"""SELECT destination, count(*) AS busy_days, sum(messages) AS messages FROM (
    SELECT '+' || number AS destination, date_trunc('day', sent_at) AS day, count(*) AS messages
    FROM sends WHERE {scene.where} GROUP BY ALL HAVING count(*) >= {_BUSY_SENDS})
GROUP BY destination ORDER BY busy_days DESC""",
            )
        ],
        facts={"numbers": float(len(mine)), "most": most},
    )
