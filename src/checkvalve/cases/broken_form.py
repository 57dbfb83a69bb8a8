"""Did the form break? Then codes stop coming back from everywhere at once, of as many people as ever.

Pumping comes on top of people; what breaks a form comes instead of them. A carrier's trouble stays with the carrier;
that of a form, an application or a page where codes are entered does not care where its users live.
"""

import numpy as np

from checkvalve.cases.weighed import NORMAL, Weighed
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import TELLING_NATS, percent

_DAY_S = 86_400.0
_MOST_DAYS = 7
_LEAST = 10
_NO_MORE = 1.5
"""Honest days differ by no more than that; more than half as many numbers on top may be somebody else's."""
_HALF = 0.5


def broken_form(found: Weighed) -> str | None:
    """What shows that codes are lost instead of entered, everywhere, in a sentence; None where that is not shown."""
    scene, codes = found.scene, found.findings.get("conversion")
    if codes is None or found.converts is not False or scene.ranges or found.accused or found.swollen:
        return None
    if any(_tells(found, name) for name in ("requests", "destinations", "surplus", "reuse", "habit", "watchlist")):
        return None
    came, usual = _numbers(scene)
    if usual < _LEAST or came > _NO_MORE * usual or not _everywhere(scene, codes.facts["usual"]):
        return None
    lost = percent(codes.facts["of"] - codes.facts["verified"], codes.facts["of"])
    return (
        f"{lost} of the codes are lost, in the largest country and in all others at once, of no more numbers than "
        f"usual ({came:,.0f} against {usual:,.0f} in as much time), from the usual addresses"
    )


def _tells(found: Weighed, indicator: str) -> bool:
    one = found.findings.get(indicator)
    return one is not None and one.nats >= TELLING_NATS


def _numbers(scene: Scene) -> tuple[float, float]:
    """How many numbers got messages in the case's place and time, and how many on the days before at the same hours?"""
    rows = scene.rows
    times_s = rows.first_s[rows.in_countries(scene.countries)] if scene.countries else rows.first_s
    whole = max(np.ceil((scene.end_s - scene.start_s) / _DAY_S), 1.0)
    begin_s = float(rows.first_s[0])
    counts = []
    for back in range(1, _MOST_DAYS + 1):
        first_s = scene.start_s - back * whole * _DAY_S
        if first_s < begin_s:
            break
        last_s = first_s + scene.end_s - scene.start_s
        counts.append(float(times_s.searchsorted(last_s, "right") - times_s.searchsorted(first_s)))
    came = float(times_s.searchsorted(scene.end_s, "right") - times_s.searchsorted(scene.start_s))
    return came, float(np.median(counts)) if counts else 0.0


def _everywhere(scene: Scene, usual: float) -> bool:
    """Are half of the usual codes lost in the country that has most, and not as usual in all others together either?"""
    rows, found = scene.rows, scene.outcomes
    when = (rows.first_s >= scene.start_s) & (rows.first_s <= scene.end_s)
    known = found.row[when[found.row]]
    country, entered = rows.country[known], rows.entered[known]
    if not len(known):
        return False
    names, counts = np.unique(country, return_counts=True)
    largest = country == names[counts.argmax()]
    parts = ((entered[largest], _HALF), (entered[~largest], NORMAL))
    return all(len(part) >= _LEAST and part.mean() <= most * usual for part, most in parts)
