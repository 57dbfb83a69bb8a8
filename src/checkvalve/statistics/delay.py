"""How long do people take to enter the code, and do these conversions keep to that?"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats
from checkvalve.statistics.edetector import sr_mixture
from checkvalve.statistics.special import normal_log_sf

HORIZON_S = 600.0
"""After this a code has expired: later verifications do not count (ten minutes, the usual life of a code)."""

_GRID_S = np.concatenate(
    [np.arange(0.0, 60.0, 1.0), np.arange(60.0, 180.0, 5.0), np.arange(180.0, HORIZON_S + 1.0, 30.0)]
)
_SPIKE = 0.75


@dataclass(frozen=True, eq=False)
class DelayLaw:
    """Of the people who verify at all, which share has done so at a given age of the message?

    ``age_s`` (G,) increasing from 0 to the horizon, ``share`` (G,) never falling, 1 at the end (the cure-rate
    model's F, Boag 1949: those who never verify are not in it). Straight between the points.

    A law that is slower than the truth is the safe side: it makes missing verifications speak later.

    >>> law = DelayLaw.lognormal(median_s=30.0, sigma=1.0)
    >>> round(float(law.cdf(30.0)), 2), float(law.cdf(1e9))
    (0.5, 1.0)
    """

    age_s: Floats
    share: Floats

    def __post_init__(self) -> None:
        rising = bool(np.all(np.diff(self.age_s) > 0.0) and np.all(np.diff(self.share) >= 0.0))
        if not (rising and self.age_s[0] == 0.0 and self.share[0] >= 0.0 and abs(self.share[-1] - 1.0) < 1e-9):
            raise ValueError("age_s must increase from 0, and share must never fall and end at 1")

    @classmethod
    def lognormal(cls, median_s: float = 30.0, sigma: float = 1.0, horizon_s: float = HORIZON_S) -> "DelayLaw":
        """Which law stands in before anything is known? Lognormal, cut at the horizon.

        Defaults: judgement, slower than the 15 to 25 seconds that entering a code is reported to add to a login.

        >>> DelayLaw.lognormal().horizon_s
        600.0
        """
        age = np.append(_GRID_S[horizon_s > _GRID_S], horizon_s)
        with np.errstate(divide="ignore"):
            share = np.exp(normal_log_sf(-np.log(age[1:] / median_s) / sigma))
        return cls(age, np.concatenate([[0.0], share / share[-1]]))

    @classmethod
    def from_delays(cls, delay_s: ArrayLike, parent: "DelayLaw", kappa: float = 50.0) -> "DelayLaw":
        """Which law do these past conversions follow, leaning on the parent's?

        ``(kappa F_parent + n F_observed) / (kappa + n)`` on the parent's points; later delays are left out.

        Args:
            delay_s: (N,) seconds from send to verification of past messages that are older than the horizon.
            parent: the law of the country or of everything.
            kappa: conversions' worth of weight of the parent (default: judgement).

        >>> law = DelayLaw.from_delays([6.0] * 50, DelayLaw.lognormal(), kappa=50.0)
        >>> bool(law.cdf(6.0) > 0.5)
        True
        """
        delays = np.sort(floats(delay_s, "delay_s", low=0.0).ravel())
        delays = delays[delays <= parent.horizon_s]
        observed = np.searchsorted(delays, parent.age_s, side="right")
        return cls(parent.age_s, (kappa * parent.share + observed) / (kappa + delays.size))

    @property
    def horizon_s(self) -> float:
        """At which age has everybody verified who ever will?"""
        return float(self.age_s[-1])

    def cdf(self, age_s: ArrayLike) -> Floats:
        """Which share of those who will verify has done so at this age?"""
        return np.asarray(np.interp(np.asarray(age_s, dtype=np.float64), self.age_s, self.share))

    def quantile(self, share: float) -> float:
        """At which age, in seconds, has this share of them verified?"""
        return float(np.interp(share, self.share, self.age_s))

    def by_windows(self, window_s: float, windows: int) -> Floats:
        """Which share has verified by the end of the d-th window after the one it was sent in, d = 0 .. D-1?

        Averaged over sends spread evenly within their window, which makes it the exact law of the window number.

        >>> DelayLaw.lognormal().by_windows(60.0, 3).round(2)
        array([0.44, 0.86, 0.95])
        """
        fine = np.linspace(0.0, windows * window_s, windows * 64 + 1)
        parts = self.cdf(0.5 * (fine[1:] + fine[:-1])).reshape(windows, 64)
        return np.asarray(parts.mean(axis=1))


class DelayGap(NamedTuple):
    """Which conversions came at unusual delays? ``known_at_s`` (N,) when, ``log_e`` (N,) nats after each.

    ``observed`` and ``expected`` (N,): share of conversions so far within the most suspicious range of delays.
    """

    known_at_s: Floats
    log_e: Floats
    observed: Floats
    expected: Floats


def delay_law_gap(
    sent_s: ArrayLike, verified_s: ArrayLike, law: DelayLaw, *, wait_s: float = 120.0, depth: int = 4
) -> DelayGap:
    """Do machines type these codes: are the delays of conversion not those of people?

    ``u = F(delay) / F(wait)`` is uniform on [0, 1] for people. Alternatives: three quarters of the conversions
    fall within one dyadic interval of length 1/2, 1/4, ... 2^-depth (2^(depth+1) - 2 of them, equal weights), each
    an exact likelihood ratio, joined by `edetector.sr_mixture`: E_inf[conversions to a false alarm] >= 1/alpha.
    Sees constant delays within a few conversions and evenly spread ones within tens; a perfect mimic never.

    A message is looked at when it is ``wait_s`` old and only if it was verified by then: looking earlier would see
    the quick ones first and take any sudden crowd for machines. So nothing here depends on data after
    ``known_at_s``.

    Args:
        sent_s: (M,) sorted times of sending.
        verified_s: (M,) times of verification, nan where none came.
        law: what people do here, from `DelayLaw.from_delays` of the parent's past.
        wait_s: age at which a message is looked at.
        depth: finest interval is 2^-depth of the law.

    Returns:
        One entry for each conversion within ``wait_s``, in order of ``known_at_s``.

    Raises:
        ValueError: if ``sent_s`` is not sorted or the shapes differ.

    >>> sent = np.arange(0.0, 1200.0, 60.0)
    >>> machine = delay_law_gap(sent, sent + 6.0, DelayLaw.lognormal())
    >>> int(np.argmax(machine.log_e >= np.log(1e4))) + 1
    5
    """
    sent, verified = floats(sent_s, "sent_s"), np.asarray(verified_s, dtype=np.float64)
    if sent.shape != verified.shape or bool(np.any(np.diff(sent) < 0.0)):
        raise ValueError("sent_s must be sorted and have the shape of verified_s")
    delay = np.maximum(verified - sent, 0.0)
    quick = delay <= wait_s
    place = law.cdf(delay[quick]) / law.cdf(wait_s)
    edges = [(i, 2**k) for k in range(1, depth + 1) for i in range(2**k)]
    first = np.array([i / parts for i, parts in edges])[:, None]
    width = np.array([1.0 / parts for _, parts in edges])[:, None]
    inside = (np.minimum(place, 1.0 - 1e-12) >= first) & (np.minimum(place, 1.0 - 1e-12) < first + width)
    log_lr = np.where(inside, np.log(1.0 - _SPIKE + _SPIKE / width), np.log(1.0 - _SPIKE))
    return _gap(sent[quick] + wait_s, log_lr, inside, width[:, 0])


def _gap(known_at_s: Floats, log_lr: Floats, inside: np.ndarray, width: Floats) -> DelayGap:
    log_e = sr_mixture(log_lr[:, None, :]).log_e[0]
    worst = np.cumsum(log_lr, axis=1).argmax(axis=0) if log_lr.shape[1] else np.zeros(0, dtype=np.int64)
    seen = np.cumsum(inside, axis=1)[worst, np.arange(worst.size)] / np.arange(1, worst.size + 1)
    return DelayGap(known_at_s, log_e, seen, width[worst])
