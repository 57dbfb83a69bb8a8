"""How many messages were to be expected in a window, from what was known before it?

Seasonal level model: ``Y ~ NB(mean = level x exposure)``. The exposure is the length of the window times the
seasonal profile of its hour of the week in the destination's local time; the level of every series is a Gamma
posterior that forgets exponentially and leans on its parent:

    level ~ Gamma(a, b),  a = kappa m + A,  b = kappa + B,
    after a window: A <- delta A + y,  B <- delta B + exposure,  delta = 2^(-1 / half-life).

The predictive law is negative binomial in closed form (Gelman et al. 2013, Bayesian Data Analysis, 2.6; decayed
counts as in Hoehle & Paul 2008). Nothing predicted for window t uses the count of t or of any later window.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Bools, Floats, fitted, floats, table

KAPPA = 5.0
"""Windows' worth of weight of the parent's rate (default: judgement)."""

GROWTH_CAP = 3.0
"""How many times the expected mean, plus one message, one window may teach (default: judgement)."""

HOURS_PER_WEEK = 168
_BLOCK = 4096
_SMOOTHING = (0.25, 0.5, 0.25)


class Expected(NamedTuple):
    """What was each window expected to bring? ``mean`` (S, W) messages, ``size`` (S, W) of the NB law."""

    mean: Floats
    size: Floats


@dataclass
class Level:
    """How busy is each series, by what has been seen so far?

    ``prior`` (S,) the parent's rate for it, messages per unit of exposure; ``kappa`` the weight of that, in units
    of exposure; ``delta`` what a window keeps of the past; ``dispersion`` phi, the extra variance of an honest
    stream (variance mu + phi mu^2). ``seen`` and ``watched`` are the decayed messages A and exposure B.

    >>> level = Level(np.array([0.05]), kappa=5.0, delta=0.99)
    >>> float(level.expect(np.array([1.0])).mean[0])
    0.05
    >>> level.learn(np.array([0.0]), np.array([1.0]), np.array([0.05]), np.array([False]))
    >>> round(float(level.expect(np.array([1.0])).mean[0]), 4)
    0.0417
    """

    prior: Floats
    kappa: float
    delta: float
    dispersion: float = 0.0
    growth_cap: float = GROWTH_CAP

    def __post_init__(self) -> None:
        self.seen: Floats = np.zeros_like(self.prior)
        self.watched: Floats = np.zeros_like(self.prior)

    def expect(self, exposure: Floats) -> Expected:
        """What will a window of this exposure (S,) bring? The size joins ignorance of the level and phi."""
        shape = self.kappa * self.prior + self.seen
        mean = exposure * shape / (self.kappa + self.watched)
        return Expected(mean, shape / (1.0 + self.dispersion * (shape + 1.0)))

    def learn(self, count: Floats, exposure: Floats, mean: Floats, frozen: Bools) -> None:
        """Take in a window (all (S,)): nothing where frozen, elsewhere no more than the growth cap allows.

        ``mean`` is what `expect` said of it.
        """
        lesson = np.minimum(count, self.growth_cap * mean + 1.0)
        free = ~frozen
        np.copyto(self.seen, self.delta * self.seen + lesson, where=free)
        np.copyto(self.watched, self.delta * self.watched + exposure, where=free)


def level_baseline(
    counts: ArrayLike,
    exposure: ArrayLike,
    prior_mean: ArrayLike,
    *,
    half_life_windows: float,
    kappa: float = KAPPA,
    dispersion: float = 0.0,
    growth_cap: float = GROWTH_CAP,
    frozen: ArrayLike = False,
) -> Expected:
    """What was each window of each series expected to bring, known before it came?

    An attacker must not be able to train it: windows marked ``frozen`` teach nothing, any other window at most
    ``growth_cap`` times what was expected plus one message. `watch.volume_watch` decides the freezing by itself.

    Args:
        counts: (S, W) messages.
        exposure: (S, W) or (W,), seasonal profile times window length, in any unit; 1 for an ordinary window.
        prior_mean: (S,) messages per unit of exposure by the parent (its rate times the historical share), above 0.
        half_life_windows: after how many windows the past counts half.
        kappa: weight of the parent, in units of exposure.
        dispersion: phi, see `overdispersion`.
        growth_cap: see above.
        frozen: (S, W), was the series in alarm when the window ended?

    Raises:
        ValueError: if shapes do not fit, or a value is missing or out of range.

    >>> quiet = level_baseline([[0] * 50], 1.0, [0.05], half_life_windows=288)
    >>> quiet.mean[0, [0, 49]].round(4)
    array([0.05  , 0.0049])
    """
    observed = table(counts, "counts", low=0.0)
    exposures = fitted(exposure, "exposure", observed.shape, each="window", low=0.0)
    mask = fitted(frozen, "frozen", observed.shape, each="window")
    prior = fitted(prior_mean, "prior_mean", observed.shape, each="series", low=np.finfo(float).tiny)[:, :1].ravel()
    mean, size = np.empty(observed.shape), np.empty(observed.shape)
    for first in range(0, observed.shape[0], _BLOCK):
        part = slice(first, first + _BLOCK)
        level = Level(prior[part], kappa, decay(half_life_windows), dispersion, growth_cap)
        means, sizes = _walk(level, *(np.ascontiguousarray(x[part].T) for x in (observed, exposures, mask)))
        mean[part], size[part] = means.T, sizes.T
    return Expected(mean, size)


def _walk(level: Level, counts: Floats, exposures: Floats, frozen: Floats) -> tuple[Floats, Floats]:
    means, sizes = np.empty_like(counts), np.empty_like(counts)
    for window, (count, exposure, still) in enumerate(zip(counts, exposures, frozen, strict=True)):
        means[window], sizes[window] = level.expect(exposure)
        level.learn(count, exposure, means[window], still > 0.0)
    return means, sizes


def decay(half_life: float) -> float:
    """What part of the past does one step keep, if it counts half after ``half_life`` steps?

    Raises:
        ValueError: if the half-life is not positive.

    >>> decay(1.0)
    0.5
    """
    if not half_life > 0.0:
        raise ValueError("the half-life must be positive")
    return float(2.0 ** (-1.0 / half_life))


def seasonal_profile(counts: ArrayLike, strength: float = 50.0) -> Floats:
    """How busy is each hour of the week, relative to the mean hour?

    The 168 hours lean on the pattern of the 24 hours times that of the 7 days, which lean on a flat week, each with
    a weight of ``strength`` messages; then a light circular smoothing (1/4, 1/2, 1/4). Pool the destinations of
    one country group before calling: sparse countries borrow their neighbours' week.

    Args:
        counts: (168,) or (G, 168) messages by hour of the week, Monday 00:00 local time first; past data only.
        strength: messages' worth of weight of the coarser pattern for each hour (default: judgement).

    Returns:
        Same shape, mean 1 in every row, all positive.

    Raises:
        ValueError: if the last axis is not 168 long or a value is negative or missing.

    >>> seasonal_profile(np.zeros(168))[:2]
    array([1., 1.])
    """
    hours = floats(counts, "counts", low=0.0)
    if hours.shape[-1:] != (HOURS_PER_WEEK,):
        raise ValueError("counts must have 168 entries, one for each hour of the week")
    week = hours.reshape(*hours.shape[:-1], 7, 24)
    by_hour = _relative(week.mean(axis=-2, keepdims=True), strength)
    by_day = _relative(week.mean(axis=-1, keepdims=True), strength)
    total = week.mean(axis=(-2, -1), keepdims=True)
    pattern = by_hour * by_day
    shaped = ((week + strength * pattern) / (total + strength)).reshape(hours.shape)
    smooth = sum(w * np.roll(shaped, k - 1, axis=-1) for k, w in enumerate(_SMOOTHING))
    profile = np.asarray(smooth, dtype=np.float64)
    return np.asarray(profile / profile.mean(axis=-1, keepdims=True))


def _relative(counts: Floats, strength: float) -> Floats:
    mean = counts.mean(axis=(-2, -1), keepdims=True)
    return np.asarray((counts + strength) / (mean + strength))


def overdispersion(counts: ArrayLike, mean: ArrayLike, groups: int = 20) -> float:
    """How much more do honest counts scatter than a Poisson law: phi in variance = mu + phi mu^2?

    Method of moments, ``sum((y - mu)^2 - mu) / sum(mu^2)``, pooled within each of ``groups`` interleaved parts of
    the windows, then the median of the parts, so that a few attacks in the history do not count as honest scatter
    (median of means, Nemirovsky & Yudin 1983). Never negative.

    Args:
        counts: (S, W) messages, past data only.
        mean: expected messages before each window, (S, W), (S,) or one number.
        groups: number of parts.

    Raises:
        ValueError: if shapes do not fit or a value is missing or negative.

    >>> overdispersion([[3, 3, 3, 3]], 3.0)
    0.0
    """
    observed = table(counts, "counts", low=0.0)
    expected = fitted(mean, "mean", observed.shape, each="series", low=0.0)
    extra, scale = (observed - expected) ** 2 - expected, expected**2
    part = np.arange(observed.size) % max(1, min(groups, observed.size))
    above = np.bincount(part, weights=extra.ravel())
    below = np.bincount(part, weights=scale.ravel())
    usable = below > 0.0
    return max(0.0, float(np.median(above[usable] / below[usable]))) if bool(usable.any()) else 0.0
