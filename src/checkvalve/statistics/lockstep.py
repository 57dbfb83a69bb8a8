"""Do the requests for one group of numbers share an agent, a network or an ASN that is rare elsewhere?

Under the null the attribute of every request of a group is drawn from everybody's distribution q (or one that
scatters around it, as that of ordinary groups does). Under the alternative the group has a distribution of its own,
of which only its first draws are known: the Polya urn. Their ratio is an exact e-value; a rare value that repeats
counts about -ln q for each repetition, a common one next to nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, Ints, floats
from checkvalve.statistics.counts import LARGEST_SIZE
from checkvalve.statistics.special import log_rising

OWN_CONCENTRATION = 1.0
"""How varied an attacker's own distribution is taken to be; 1 means a few values dominate (default: judgement)."""


class Lockstep(NamedTuple):
    """How alike are the requests of each group?

    ``nats`` (G,) evidence for each group; ``part`` (M,) what every entry adds to it; ``observed`` and ``expected``
    (M,) share of the entry's value in its group and everywhere.
    """

    nats: Floats
    part: Floats
    observed: Floats
    expected: Floats


def lockstep_evidence(
    group: ArrayLike,
    value: ArrayLike,
    count: ArrayLike,
    share: ArrayLike,
    *,
    groups: int,
    own_concentration: float = OWN_CONCENTRATION,
    usual_concentration: float = np.inf,
) -> Lockstep:
    """How much speaks for each group drawing one attribute from a distribution of its own?

    With n requests of the group, c_v of them with value v, tau the own and kappa the usual concentration:
    ``sum_v ln[(tau q_v)^(c_v) / (kappa q_v)^(c_v)] - ln[tau^(n) / kappa^(n)]`` with rising factorials x^(c);
    kappa = inf makes the null the plain multinomial law.

    Args:
        group: (M,) which group, 0 .. groups - 1; each (group, value) at most once.
        value: (M,) which value, an index into ``share``.
        count: (M,) requests of that group with that value.
        share: (V,) share of each value among all requests, from before or from elsewhere; see `smoothed_share`.
        groups: G.
        own_concentration: tau.
        usual_concentration: kappa, from `ordinary_concentration` of ordinary groups.

    Raises:
        ValueError: if the columns differ in length or a share is not positive.

    >>> share = np.array([0.5, 0.499, 0.001])
    >>> run = lockstep_evidence([0, 0, 1], [0, 1, 2], [5, 5, 10], share, groups=2)
    >>> run.nats.round(1)
    array([-1.4, 59.9])
    """
    groups_of, values, counts, q = _entries(group, value, count, share)
    usual = min(usual_concentration, LARGEST_SIZE)
    of_value = q[values]
    size = np.bincount(groups_of, weights=counts, minlength=groups)
    whole = log_rising(own_concentration, size) - log_rising(usual, size)
    own = log_rising(own_concentration * of_value, counts) - log_rising(usual * of_value, counts)
    with np.errstate(invalid="ignore"):
        observed = np.where(counts > 0.0, counts / size[groups_of], 0.0)
    part = own - whole[groups_of] * observed
    nats = np.bincount(groups_of, weights=part, minlength=groups).astype(np.float64)
    return Lockstep(nats, part, observed, of_value)


def ordinary_concentration(
    group: ArrayLike, value: ArrayLike, count: ArrayLike, share: ArrayLike, *, groups: int, parts: int = 20
) -> float:
    """How closely do ordinary groups follow everybody's distribution, in requests' worth of certainty?

    Method of moments for the Dirichlet-multinomial law, ``sum (c - n q)^2 = sum n q (1 - q) [1 + (n - 1) rho]``
    with rho = 1 / (kappa + 1) (Mosimann 1962), in ``parts`` interleaved parts of the groups, then the median, so
    that a few attacked groups do not pass for ordinary scatter.

    Args:
        group: as for `lockstep_evidence`, like the other columns; past data only.
        value: see there.
        count: see there.
        share: see there.
        groups: see there.
        parts: number of parts.

    Returns:
        kappa; inf if the groups scatter no more than chance, or nothing can be said.

    >>> ordinary_concentration([0, 0, 1, 1], [0, 1, 0, 1], [50, 50, 50, 50], [0.5, 0.5], groups=2)
    inf
    """
    groups_of, values, counts, q = _entries(group, value, count, share)
    size = np.bincount(groups_of, weights=counts, minlength=groups)
    spread = float(np.sum(q * (1.0 - q)))
    squares = np.bincount(
        groups_of, weights=counts**2 - 2.0 * size[groups_of] * counts * q[values], minlength=groups
    )
    extra = squares + size**2 * float(np.sum(q * q)) - size * spread
    scale = size * np.maximum(size - 1.0, 0.0) * spread
    part = np.cumsum(scale > 0.0) % max(1, min(parts, groups))
    above, below = np.bincount(part, weights=extra * (scale > 0.0)), np.bincount(part, weights=scale)
    usable = below > 0.0
    correlation = float(np.median(above[usable] / below[usable])) if bool(usable.any()) else 0.0
    return max(1.0 / correlation - 1.0, np.finfo(float).eps) if correlation > 0.0 else float(np.inf)


def smoothed_share(count: ArrayLike, strength: float = 0.5) -> Floats:
    """Which share has each value, giving values that were hardly seen a little?

    ``(c + strength) / (N + strength V)`` (Krichevsky & Trofimov 1981 for 1/2). Let the last entry stand for values
    never seen.

    >>> smoothed_share([9, 0])
    array([0.95, 0.05])
    """
    counts = floats(count, "count", low=0.0)
    return np.asarray((counts + strength) / (counts.sum() + strength * counts.size))


def _entries(
    group: ArrayLike, value: ArrayLike, count: ArrayLike, share: ArrayLike
) -> tuple[Ints, Ints, Floats, Floats]:
    groups_of, values = np.asarray(group, dtype=np.int64), np.asarray(value, dtype=np.int64)
    counts, q = floats(count, "count", low=0.0), floats(share, "share", low=np.finfo(float).tiny, high=1.0)
    if not groups_of.shape == values.shape == counts.shape or counts.ndim != 1:
        raise ValueError("group, value and count must be columns of one length")
    return groups_of, values, counts, q
