"""Do more newcomers come to a country than its part of all, where they give themselves away by something else?

By itself that says little: countries grow. So it is asked of cases about newcomers only, and weighs as a surge does.
"""

import math
from dataclasses import replace

import numpy as np

from checkvalve.durations import duration
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.outcomes import MARGIN
from checkvalve.indicators.scene import Scene, day_of, timestamp
from checkvalve.indicators.weights import capped, count, expectation
from checkvalve.statistics.counts import shift_log_lr
from checkvalve.statistics.special import log_sum_exp

_TIMES = np.array([1.25, 1.5, 2.0, 3.0, 10.0])
"""So many times more newcomers are bet on (judgement)."""
_DRIFT = math.log(MARGIN) ** 2
_CAP_NATS = 4.0


def finding(scene: Scene) -> Finding | None:
    """How many newcomers came in the time of the case's alarms, against the places' part of all before?"""
    mine = [alarm for alarm in scene.alarms if alarm.kind == "own_network"]
    if not mine:
        return None
    told = [_came(scene, one) for one in mine]
    came, expected = sum(one[0] for one in told), sum(one[1] for one in told)
    begin_s, end_s = min(one.onset_s for one in mine), max(one.end_s for one in mine)
    places = replace(scene, ranges=[], networks=[], countries=sorted({one.country for one in mine}))
    return Finding(
        id="volume",
        nats=capped(sum(one[2] for one in told), _CAP_NATS),
        observed=f"{count(came, 'new number')} in {duration(end_s - begin_s)}",
        expected=expectation(expected),
        explanation=(
            f"{count(came, 'new number')} of the countries got messages in {duration(end_s - begin_s)}; their part "
            f"of all newcomers before lets expect {expectation(expected)}."
        ),
        examples=[
            Example(
                "New numbers by day, there and elsewhere",
                f"""SELECT first_day::VARCHAR AS first_day, there, count(*) AS new_numbers
FROM (SELECT destination, any_value({places.where_ranges}) AS there, min({day_of("sent_at")}) AS first_day
      FROM sends WHERE number IS NOT NULL GROUP BY destination)
WHERE first_day <= {timestamp(end_s)}
GROUP BY ALL ORDER BY first_day DESC, there DESC""",
            )
        ],
        facts={"observed": came, "expected": expected},
    )


def _came(scene: Scene, alarm: Alarm) -> tuple[int, float, float]:
    """How many newcomers came, how many were to be expected, and how many nats say that it is no chance?

    The expectation is known from as many as came before, and countries' parts wander by the margin.
    """
    rows = scene.rows
    there, since = rows.key(alarm.level) == alarm.key, rows.first_s >= alarm.onset_s
    when = since & (rows.first_s <= alarm.end_s)
    came, before, beside, beside_before = (
        int((rows.new & one).sum()) for one in (there & when, there & ~since, ~there & when, ~there & ~since)
    )
    expected = beside * (before + 0.5) / max(beside_before, 1.0)
    size = 1 / (1 / (before + 0.5) + _DRIFT)
    bets = shift_log_lr(np.array(float(came)), np.array(max(expected, 0.1)), _TIMES, np.array(size))
    return came, expected, max(float(log_sum_exp(bets, axis=0)) - math.log(len(_TIMES)), 0.0)
