"""Does a range draw more new numbers than its share of the country? `statistics.ragged.share_walk`, event by event.

Every new number of the country is a step, a hit when it belongs to the range: whatever lifts the whole country
cancels. Between two hits the misses are done in closed form, so a range costs nothing while nobody asks for it.
Alternatives, prior and plausible share are those of `share_walk`; a test holds the two together.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from checkvalve.statistics.ragged import CONTAMINATIONS, PLAUSIBLE_SD, PRIOR_HITS

HIGHEST_NATS = 30.0
FREEZE_NATS = 4.0
"""Above this a range no longer learns, so that an attack cannot become its own usual share."""

exp, log = math.exp, math.log
_HIGHEST = exp(HIGHEST_NATS)


@lru_cache(maxsize=16)
def _misses(dispersion: float) -> tuple[tuple[float, float, float], ...]:
    """Each contamination, what a miss says in nats, and the sum a + a^2 + ... of its factor a."""
    logs = [math.log1p(-f) / dispersion for f in CONTAMINATIONS]
    return tuple((f, log, math.exp(log) / -math.expm1(log)) for f, log in zip(CONTAMINATIONS, logs, strict=True))


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
    return min(max((known + PLAUSIBLE_SD * math.sqrt(known)) / (of + PRIOR_HITS * children), 1e-12), 0.999)


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
    misses = max(parent - 1.0 - seen, 0.0)
    odds = 1.0 / plausible(hits, of, children) - 1.0
    a, b, c, d, e = m
    (f, log_miss, fresh), second, third, fourth, fifth = _misses(dispersion)
    kept = exp(misses * log_miss)
    a = (a * kept + fresh * (1.0 - kept) + 1.0) * (1.0 + odds * f) ** (root := 1.0 / dispersion)
    f, log_miss, fresh = second
    kept = exp(misses * log_miss)
    b = (b * kept + fresh * (1.0 - kept) + 1.0) * (1.0 + odds * f) ** root
    f, log_miss, fresh = third
    kept = exp(misses * log_miss)
    c = (c * kept + fresh * (1.0 - kept) + 1.0) * (1.0 + odds * f) ** root
    f, log_miss, fresh = fourth
    kept = exp(misses * log_miss)
    d = (d * kept + fresh * (1.0 - kept) + 1.0) * (1.0 + odds * f) ** root
    f, log_miss, fresh = fifth
    kept = exp(misses * log_miss)
    e = (e * kept + fresh * (1.0 - kept) + 1.0) * (1.0 + odds * f) ** root
    total = a + b + c + d + e
    after = (a, b, c, d, e)
    if total > _HIGHEST:
        after = (min(a, _HIGHEST), min(b, _HIGHEST), min(c, _HIGHEST), min(d, _HIGHEST), min(e, _HIGHEST))
        total = sum(after)
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
