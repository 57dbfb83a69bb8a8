"""Does a range draw more new numbers than its share of the country? `statistics.ragged.share_walk`, event by event.

Every new number of the country is a step, a hit when it belongs to the range: whatever lifts the whole country
cancels. Between two hits the misses are done in closed form, so a range costs nothing while nobody asks for it.
Alternatives, prior and plausible share are those of `share_walk`; a test holds the two together.
"""

import math
import struct
from functools import lru_cache
from typing import NamedTuple

from checkvalve.statistics.ragged import CONTAMINATIONS, PLAUSIBLE_SD, PRIOR_HITS

HIGHEST_NATS = 30.0
FREEZE_NATS = 4.0
"""Above this a range no longer learns, so that an attack cannot become its own usual share."""

exp, log, sqrt = math.exp, math.log, math.sqrt
_HIGHEST = exp(HIGHEST_NATS)


@lru_cache(maxsize=16)
def _misses(dispersion: float) -> tuple[tuple[float, float, float], ...]:
    """Each contamination, what a miss says in nats, and the sum a + a^2 + ... of its factor a."""
    logs = [math.log1p(-f) / dispersion for f in CONTAMINATIONS]
    return tuple((f, log, math.exp(log) / -math.expm1(log)) for f, log in zip(CONTAMINATIONS, logs, strict=True))


def figures(dispersion: float) -> bytes:
    """What the statistic reckons with, as ``native/records.c`` reads it: doubles, one behind the other."""
    parts, log_misses, fresh = zip(*_misses(dispersion), strict=True)
    rest = (dispersion, 1.0 / dispersion, PRIOR_HITS, PLAUSIBLE_SD, FREEZE_NATS, _HIGHEST)
    return struct.pack("<21d", *parts, *log_misses, *fresh, *rest)


class Crowd(NamedTuple):
    """What is known of a range: M of every alternative, and of its past how much was its country's.

    ``seen`` new numbers of the country at the last look, ``hits`` of ``of`` learned as usual.
    """

    m: tuple[float, ...]
    seen: float
    hits: float
    of: float
    nats: float = -30.0
    """What M comes to."""


def plausible(hits: float, of: float, children: float) -> float:
    """The highest share of the country that the range's past makes plausible.

    >>> plausible(0, 0, 50) > plausible(0, 1000, 50) > plausible(0, 100_000, 50)
    True
    """
    known = hits + PRIOR_HITS
    share = (known + PLAUSIBLE_SD * sqrt(known)) / (of + PRIOR_HITS * children)
    if share > 0.999:
        return 0.999
    return share if share > 1e-12 else 1e-12


def hit(crowd: Crowd, parent: float, children: float, dispersion: float = 1.0, weight: float = 1.0) -> Crowd:
    """The range after one more new number of its own, the ``parent``-th of its country.

    Args:
        crowd: the range before.
        parent: new numbers of the country so far, this one included.
        children: ranges of that size known in the country.
        dispersion: see `share_walk`.
        weight: how much of a hit is learned as usual, if it is learned at all; below one an attacker needs days to
            teach the range a larger share.

    >>> crowd = Crowd((0.0,) * 5, 0.0, 0.0, 0.0)
    >>> for parent in range(5001, 5005):
    ...     crowd = hit(crowd, parent, 400.0)
    >>> nats(crowd.m) > 9
    True
    """
    m, seen, hits, of = crowd.m, crowd.seen, crowd.hits, crowd.of
    return Crowd(*grown(m, seen, hits, of, parent, children, dispersion, weight))


def grown(
    m: tuple[float, ...],
    seen: float,
    hits: float,
    of: float,
    parent: float,
    children: float,
    dispersion: float,
    weight: float,
) -> tuple[tuple[float, ...], float, float, float, float]:
    """The fields of `hit`'s answer, one by one and written out: no decision asks anything more often."""
    misses = parent - 1.0 - seen
    if misses < 0.0:
        misses = 0.0
    odds = 1.0 / plausible(hits, of, children) - 1.0
    a, b, c, d, e = m
    first, second, third, fourth, fifth = _misses(dispersion)
    f, log_miss, fresh = first
    kept, factor_a = exp(misses * log_miss), 1.0 + odds * f
    a = a * kept + fresh * (1.0 - kept) + 1.0
    f, log_miss, fresh = second
    kept, factor_b = exp(misses * log_miss), 1.0 + odds * f
    b = b * kept + fresh * (1.0 - kept) + 1.0
    f, log_miss, fresh = third
    kept, factor_c = exp(misses * log_miss), 1.0 + odds * f
    c = c * kept + fresh * (1.0 - kept) + 1.0
    f, log_miss, fresh = fourth
    kept, factor_d = exp(misses * log_miss), 1.0 + odds * f
    d = d * kept + fresh * (1.0 - kept) + 1.0
    f, log_miss, fresh = fifth
    kept, factor_e = exp(misses * log_miss), 1.0 + odds * f
    e = e * kept + fresh * (1.0 - kept) + 1.0
    if dispersion == 1.0:
        a, b, c, d, e = a * factor_a, b * factor_b, c * factor_c, d * factor_d, e * factor_e
    else:
        root = 1.0 / dispersion
        a, b, c = a * factor_a**root, b * factor_b**root, c * factor_c**root
        d, e = d * factor_d**root, e * factor_e**root
    total = a + b + c + d + e
    after = (a, b, c, d, e)
    if total > _HIGHEST:
        after = (min(a, _HIGHEST), min(b, _HIGHEST), min(c, _HIGHEST), min(d, _HIGHEST), min(e, _HIGHEST))
        a, b, c, d, e = after
        total = a + b + c + d + e
    found = log(total / 5.0)  # each is above one
    if found >= FREEZE_NATS:
        return after, parent, hits, of, found
    return after, parent, hits + weight, of + parent - seen, found


def nats(m: tuple[float, ...]) -> float:
    """ln of the mean of M over the alternatives; -30 where there is no evidence.

    >>> nats((0.0,) * 5)
    -30.0
    """
    total = sum(m)
    return math.log(total / len(m)) if total > 1e-12 else -30.0
