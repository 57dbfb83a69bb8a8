"""Of those who came first while too many did, how many came back, and how many are people?

What `returns` saw in order of time is told here in hindsight: by all returns that the evidence holds, against those of
newcomers of the same age elsewhere, times how loyal the place's people were before.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.cohorts import Cohorts, cohorts, seen, until
from checkvalve.indicators.returns import LEAN, hazards
from checkvalve.indicators.scene import Scene, day_of, timestamp, utc
from checkvalve.indicators.weights import capped, count, expectation
from checkvalve.numbering.tree import Level

_DAY_S = 86_400.0
_Floats = NDArray[np.float64]


class Newcomers(NamedTuple):
    """The newcomers of an alarm's place and time, and how many of them are people."""

    row: NDArray[np.int64]
    """Their first rows, (M,)."""
    back: NDArray[np.bool_]
    """Who came back on a later day, by all that is known, (M,)."""
    expected: float
    """How many would have, at the rate of others."""
    people: float
    """How many of them are people, by those who came back, or by the place's part before, whichever is more."""

    @property
    def fraud(self) -> float:
        """How many are too many."""
        return max(len(self.row) - self.people, 0.0)


def newcomers_of(rows: Destinations, alarm: Alarm) -> Newcomers:
    """Who came first while the alarm went on, and how many of them are people?"""
    found = cohorts(rows)
    first_s, mine = rows.first_s[found.row], rows.key(alarm.level, found.row) == alarm.key
    before, when = first_s < alarm.onset_s, (first_s >= alarm.onset_s) & (first_s <= alarm.end_s)
    inside = mine & when
    expected = _returning(found, inside, mine & before, ~mine)
    part = (mine & before).sum() / max(int((~mine & before).sum()), 1)
    back = found.after[inside] > 0
    people = max(len(back) * float(back.sum()) / max(expected, 1.0), float(part * (~mine & when).sum()))
    return Newcomers(found.row[inside], back, expected, min(people, float(len(back))))


def _returning(
    found: Cohorts, inside: NDArray[np.bool_], before: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> float:
    """How many of some newcomers would have come back like others, and as loyally as those before, in hindsight?"""
    usual = hazards(*_by_age(found, beside))
    risk, _ = _by_age(found, inside)
    risk_before, back_before = _by_age(found, before)
    loyal = (back_before.sum() + LEAN) / ((risk_before * usual).sum() + LEAN)
    return float(loyal * (risk * usual).sum())


def _by_age(found: Cohorts, chosen: NDArray[np.bool_]) -> tuple[_Floats, _Floats]:
    """Days at risk and returns of some newcomers, (B,) each."""
    some = seen(found, chosen)
    return until(some.at_risk)[-1], until(some.back)[-1]


def finding(scene: Scene) -> Finding | None:
    """How many of those who came first while it went on came back, against others?"""
    mine = [alarm for alarm in scene.alarms if alarm.kind == "returns"]
    if not mine:
        return None
    came = [newcomers_of(scene.rows, one) for one in mine]
    new, people = sum(len(one.row) for one in came), sum(one.people for one in came)
    back, expected = sum(int(one.back.sum()) for one in came), sum(one.expected for one in came)
    begin_s, end_s = min(one.onset_s for one in mine), max(one.end_s for one in mine)
    return Finding(
        id="returns",
        nats=capped(sum(one.nats for one in mine)),
        observed=f"{back:,} of {count(new, 'new number')} came back",
        expected=expectation(expected),
        explanation=(
            f"{back:,} of the {count(new, 'number')} that came first since {utc(begin_s):%d %B} came back on a later "
            f"day; at the rate of others {expectation(expected)} would have. By the place's part before, and by those "
            f"who came back, at most {expectation(people)} of them are people's."
        ),
        examples=[
            Example(
                "Numbers by the day of their first message, there and elsewhere, and how many of them came back",
                f"""SELECT first_day::VARCHAR AS first_day, there, count(*) AS new_numbers,
       count(*) FILTER (last_day > first_day) AS came_back
FROM (SELECT destination, any_value({_place(scene, mine)}) AS there, min({day_of("sent_at")}) AS first_day,
             max({day_of("sent_at")}) AS last_day
      FROM sends WHERE number IS NOT NULL GROUP BY destination)
WHERE first_day BETWEEN {timestamp(begin_s - _DAY_S)} AND {timestamp(end_s)}
GROUP BY ALL ORDER BY first_day, there DESC""",
            )
        ],
        facts={"new": new, "back": back, "expected": expected, "people": people, "fraud": new - people},
    )


def _place(scene: Scene, mine: list[Alarm]) -> str:
    """SQL: is the message to the alarms' places?"""
    networks = [one.key for one in mine if one.level is Level.NETWORK]
    wide = replace(scene, ranges=[], networks=networks, countries=sorted({one.country for one in mine}))
    return wide.where_ranges
