"""The credit line of a range or origin: a code that is not entered draws, one that is entered refunds.

The test is that of `statistics.conversion` (cure-rate likelihood, Shiryaev-Roberts over five alternatives), cut into
steps that need no memory: what a message says is told at a few ages, each time only what is new since the last.
With F the delay law and G(p, a) = 1 - p F(a), a message not entered between the ages a and b says

    ln[G(p1, b) / G(p1, a)] - ln[G(p0, b) / G(p0, a)],

and one that is entered after a says ln[p1 / G(p1, a)] - ln[p0 / G(p0, a)],

each a likelihood ratio given what was told before. Wide places are told but once of each message, of all at one age
and so in the order of sending: that it was entered by then, or was not. The sums are those of `ConversionModel`;
M = sum over beginnings, one for each message, is a martingale less the number of messages while p0 or more are
entered, so stopping at M >= 1/alpha has E_inf[messages to a false alarm] >= 1/alpha.

From M to a probability: were an attack to begin with each message with chance rho, the odds that one is under way
are rho M (Shiryaev 1963, small rho). An attack is believed to last tau, so M fades by exp(-t / tau).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import mul
from typing import NamedTuple

import msgspec
import numpy as np

from checkvalve.guard.usual import MARGIN
from checkvalve.statistics.conversion import FACTORS, ConversionModel
from checkvalve.statistics.delay import DelayLaw

AGES_S = (60.0, 180.0, 600.0)
"""When a code that has not been entered is told of: three quarters, nearly all, and all of the people are done."""

HIGHEST_NATS = 16.0
"""Where M stops counting up, so that a range can clear: about eighty entered codes pay for the longest attack."""

_MODEL = ConversionModel(DelayLaw.lognormal())
_STEPS = 200
_HIGHEST = math.exp(HIGHEST_NATS)


class Told(NamedTuple):
    """Factors of M, one for each alternative, for the messages of one usual conversion."""

    waiting: tuple[tuple[float, ...], ...]
    """Not entered, at each of `AGES_S`."""
    silent: tuple[tuple[float, ...], ...]
    """Not entered by each of `AGES_S`: what `waiting` says together until then."""
    entered: tuple[tuple[float, ...], ...]
    """Entered, having been told of that many times."""

    @property
    def lost(self) -> tuple[float, ...]:
        """Not entered at all."""
        return self.silent[-1]


@lru_cache(maxsize=_STEPS + 1)
def _told(step: int) -> Told:
    p0 = np.array(step / _STEPS)
    share = np.concatenate([[0.0], _MODEL.delay.cdf(AGES_S)])
    pending = _MODEL.pending_nats(p0[None], share[:, None].T)  # (alternatives, ages)
    new = np.diff(pending, axis=1).T
    entered = (_MODEL.verified_nats(p0)[:, None] - pending).T
    return Told(
        tuple(tuple(float(x) for x in row) for row in np.exp(new)),
        tuple(tuple(float(x) for x in row) for row in np.exp(new.cumsum(axis=0))),
        tuple(tuple(float(x) for x in row) for row in np.exp(entered)),
    )


def told(usual: float) -> Told:
    """What do the messages say where so large a share is usually entered? Rounded down to half a percent.

    >>> [round(math.log(x), 2) for x in (told(0.6).waiting[0][0], told(0.6).entered[0][0])]
    [0.58, -3.0]
    """
    return _told(min(max(int(usual * _STEPS + 1e-9), 1), _STEPS - 1))


def step(m: Sequence[float], factors: tuple[float, ...], begins: bool) -> tuple[float, ...]:
    """M of every alternative after one thing that was told; ``begins`` at the first thing told of a message.

    >>> step((0.0, 1.0, 0.0, 0.0, 0.0), (2.0,) * 5, True)
    (2.0, 4.0, 2.0, 2.0, 2.0)
    """
    a, b, c, d, e = m
    f, g, h, i, j = factors
    if begins:
        a, b, c, d, e = (a + 1.0) * f, (b + 1.0) * g, (c + 1.0) * h, (d + 1.0) * i, (e + 1.0) * j
    else:
        a, b, c, d, e = a * f, b * g, c * h, d * i, e * j
    if a + b + c + d + e < _HIGHEST:
        return a, b, c, d, e
    # all are cut alike: which alternative holds says what part is fraud
    cut = min(1.0, _HIGHEST / max(a, b, c, d, e))
    return a * cut, b * cut, c * cut, d * cut, e * cut


@lru_cache(maxsize=256)
def answered(solved: bool, by_people: float, by_machines: float) -> tuple[float, ...]:
    """What does a challenge say that was solved, or was not? Factors of M; an alternative's fraud share is 1 - f.

    >>> answered(False, 0.9, 0.3)[0] > 6, answered(True, 0.9, 0.3)[0] < 0.4
    (True, True)
    """
    people, machines = (by_people, by_machines) if solved else (1.0 - by_people, 1.0 - by_machines)
    return tuple((f * people + (1.0 - f) * machines) / people for f in FACTORS)


class Weight(msgspec.Struct, frozen=True, gc=False):
    """How much evidence a credit line holds: nats, and which part of the messages is fraud if it is right."""

    nats: float
    share: float


def weight(m: tuple[float, ...], entered: float, lost: float, waiting: float, usual: float) -> Weight:
    """ln of the mean of M where that is above zero, else what is said by outcomes that are good: `good_nats`.

    Codes that still wait count as lost there: the quick ones are heard of first, and a sudden crowd is no machine.

    The part of fraud is the larger of two estimates: that of the alternatives (one that leaves f of the codes says
    1 - f), and one minus entered codes over those that as many honest messages would have brought.

    >>> weight((0.0,) * 5, 5, 3, 0, 0.6).nats < -5
    True
    >>> weight((1e6, 1e5, 1e4, 1e3, 1e2), 0, 100, 0, 0.6).share > 0.99
    True
    """
    total = sum(m)
    if total <= _TELLING:
        good = good_nats(entered, lost + waiting, usual)
        if good.nats or total <= _COUNT:
            return good
    share = sum(map(mul, m, _FRAUD)) / total
    told_share = 1.0 - (entered + _LEAN) / ((entered + lost + 2 * _LEAN) * min(usual / MARGIN, _HIGHEST_HONEST))
    return Weight(math.log(total / _COUNT), max(share, told_share))


_COUNT = len(FACTORS)
_FRAUD = tuple(1.0 - f for f in FACTORS)
_TELLING = 33.0 * _COUNT
"""The mean of M wanders up to 33 among people (it grows like the number of messages); below that, what the codes say
that came back is heard first."""
_LEAN = 0.3
_FIFTH = FACTORS[1]
_LOG_FIFTH = math.log(_FIFTH)
_TOO_GOOD = 0.98
_ABOVE_USUAL, _LEAST_TOO_GOOD, _HIGHEST_HONEST = 0.12, 0.8, 0.93
MACHINES = 0.9
"""Part of the messages that is taken for fraud where too many codes come back."""
_CHANCE = 2.0
"""Nats of it that any range comes to at times, being looked at after every code (fourteen in a row)."""


def good_nats(entered: float, lost: float, usual: float) -> Weight:
    """What do codes say that come back? People mistype and give up; machines that read their own codes do not.

    Either too many came back to be people's: the log likelihood ratio of nearly all (98 %) against the most that an
    honest audience brings (0.12 above what is usual, 80 to 93 %: no published audience enters more). Or what
    speaks against an attack that leaves a fifth of the codes: from zero down to -8.

    >>> good_nats(5, 3, 0.6).nats < -5, good_nats(0, 3, 0.6).nats, good_nats(200, 4, 0.6).nats > 5
    (True, 0.0, True)
    """
    too_good, too_bad, miss = _good_steps(usual)
    nats = entered * too_good + lost * too_bad
    if nats > _CHANCE:
        return Weight(min(nats - _CHANCE, HIGHEST_NATS), MACHINES)
    return Weight(max(-8.0, min(0.0, entered * _LOG_FIFTH + lost * miss)), 0.0)


@lru_cache(maxsize=64)
def _good_steps(usual: float) -> tuple[float, float, float]:
    """What says, in nats, an entered code and a lost one that machines enter them, and a lost one of an attack?"""
    most = min(max(usual / MARGIN + _ABOVE_USUAL, _LEAST_TOO_GOOD), _HIGHEST_HONEST)
    miss = math.log1p(-_FIFTH * usual) - math.log1p(-usual)
    return math.log(_TOO_GOOD / most), math.log((1.0 - _TOO_GOOD) / (1.0 - most)), miss
