"""Does a receipt of failure excuse that a code did not come back?

In an outage it does: nobody can enter what never arrived. But a carrier that shares in the fraud may report what it
likes, and "failed" hides that nobody is there. An outage does not choose: it strikes those who got messages before as
it strikes newcomers, and it brings no new numbers. Where failures keep to numbers that nobody knew, or come with far
more of these than the network ever had of its country's, the receipts of new numbers excuse nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.weights import divergence
from checkvalve.numbering.tree import Level

_SURE_NATS = 6.9
"""A thousand to one: as rare as fraud is before anything is known."""
_SPARED = 0.5
"""Known numbers are spared when at most half as many of theirs fail."""
_SWOLLEN = 3.0
_DISPERSION = 3.0
"""How much more than by chance a network's part of its country wanders, as in `volume`."""
_LOOKS = 5
_Rows = NDArray[np.bool_]


def doubted(rows: Destinations, failing: Iterable[Alarm]) -> Destinations:
    """The rows, with the moment from which the failure of each excuses nothing (``doubted_s``).

    ``failing`` are the alarms of `delivery.failing` on the same rows.
    """
    since_s = np.full(len(rows), np.inf)
    for alarm in failing:
        storm = _storm(rows, alarm)
        moment_s = next((until_s for until_s in _looks(alarm) if _pretended(rows, alarm, storm, until_s)), None)
        if moment_s is not None:
            mine = storm & rows.new & rows.excused
            since_s[mine] = np.minimum(since_s[mine], np.maximum(rows.first_s[mine] + CODE_LIFE_S, moment_s))
    return replace(rows, doubted_s=since_s) if np.isfinite(since_s).any() else rows


def _storm(rows: Destinations, alarm: Alarm) -> _Rows:
    """The rows of the place and time in which deliveries fail."""
    when = (rows.first_s >= alarm.onset_s) & (rows.first_s <= alarm.end_s)
    found: _Rows = when & (rows.key(alarm.level) == alarm.key)
    return found


def _looks(alarm: Alarm) -> Iterator[float]:
    """When is it asked? At the alarm, a few times while it goes on, and when the last code has lapsed."""
    end_s = max(alarm.alarm_s, alarm.end_s + CODE_LIFE_S)
    yield from np.linspace(alarm.alarm_s, end_s, _LOOKS).tolist()


def _pretended(rows: Destinations, alarm: Alarm, storm: _Rows, until_s: float) -> bool:
    """By what is known at a moment: do failures choose strangers, or come with far more of them?"""
    lapsed = rows.first_s + CODE_LIFE_S <= until_s
    return _spares(rows, storm & lapsed) or _swells(rows, alarm, lapsed)


def _spares(rows: Destinations, storm: _Rows) -> bool:
    """Do new numbers fail, while those who got messages on an earlier day get theirs?"""
    fresh, known = rows.excused[storm & rows.new], rows.excused[storm & ~rows.new]
    if not len(fresh) or not len(known) or known.mean() > _SPARED * fresh.mean():
        return False
    rate = float(rows.excused[storm].mean())
    nats = sum(divergence(int(part.sum()), len(part), rate) for part in (fresh, known))
    return nats >= _SURE_NATS


def _swells(rows: Destinations, alarm: Alarm, lapsed: _Rows) -> bool:
    """Do far more new numbers come than the network's part of its country's ever was?

    Of a country nothing is said: a sale brings it newcomers, and whoever has a sale may have an outage too.
    """
    if alarm.level is not Level.NETWORK:
        return False
    counted = rows.new & (rows.country == alarm.country)
    before, during = counted & (rows.first_s < alarm.onset_s), counted & lapsed & (rows.first_s >= alarm.onset_s)
    during &= rows.first_s <= alarm.end_s
    place = rows.key(alarm.level) == alarm.key
    usual = (float((before & place).sum()) + 1.0) / (float(before.sum()) + 2.0)
    came, of = int((during & place).sum()), int(during.sum())
    return came > _SWOLLEN * usual * of and divergence(came, of, usual) / _DISPERSION >= _SURE_NATS
