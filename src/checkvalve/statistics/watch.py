"""Which series sends more than it should, with a baseline that stops learning while it does?

Joins `baseline.Level` and the volume e-detector in one walk through time, because the freezing of the one depends
on the alarm of the other. Nothing at window t depends on later windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Bools, Floats, Ints, fitted, shift_factors, table
from checkvalve.statistics.baseline import GROWTH_CAP, KAPPA, Level, decay
from checkvalve.statistics.edetector import HIGHEST_NATS, VOLUME_SHIFTS, next_state, volume_log_lr

QUIET_WINDOWS = 12
"""Windows that must together be ordinary for an alarm to be over (default: judgement; an hour of 5 minutes)."""

_BLOCK = 2048
_ORDINARY_SD = 2.0


class Watched(NamedTuple):
    """What did the watch see? All (S, W).

    Expected ``mean`` and ``size`` before each window, ``log_e`` in nats after it, and whether the series was
    ``in_alarm`` when it ended.
    """

    mean: Floats
    size: Floats
    log_e: Floats
    in_alarm: Bools


def volume_watch(
    counts: ArrayLike,
    exposure: ArrayLike,
    prior_mean: ArrayLike,
    *,
    threshold_nats: float,
    half_life_windows: float,
    kappa: float = KAPPA,
    dispersion: float = 0.0,
    growth_cap: float = GROWTH_CAP,
    shifts: Sequence[float] = VOLUME_SHIFTS,
    quiet_windows: int = QUIET_WINDOWS,
    restless: bool = False,
) -> Watched:
    """When does each series exceed its own past and its parent, and when is that over?

    Before each window the level predicts it; after it the e-detector adds the evidence; at ``threshold_nats`` the
    series is in alarm and its level learns nothing more. Every ``quiet_windows`` windows of an alarm are looked at
    together: if they brought no more than two standard deviations above what was expected, the alarm is over and
    the detector begins afresh. A level that stays high for good stays in alarm: somebody has to accept it, by
    giving a new ``prior_mean``.

    Args:
        counts: (S, W) messages.
        exposure: (S, W) or (W,), seasonal profile times window length, in any unit; 1 for an ordinary window.
        prior_mean: (S,) messages per unit of exposure by the parent (its rate times the historical share), above 0.
        half_life_windows: after how many windows the past counts half.
        kappa, dispersion, growth_cap: see `baseline.Level`.
        threshold_nats: ln(1/alpha), from `calibration.alarm_threshold_nats`.
        shifts: multiples of the mean to bet on.
        quiet_windows: see above.
        restless: whether a series that varies more than ``dispersion`` says is judged by its own.

    Raises:
        ValueError: if shapes do not fit or a value is missing or out of range.

    >>> run = volume_watch([[0] * 20 + [6] * 3 + [0] * 3], 1.0, [0.05], threshold_nats=np.log(1e4),
    ...                    half_life_windows=288, quiet_windows=2)
    >>> np.flatnonzero(run.in_alarm[0])
    array([20, 21, 22, 23])
    """
    observed = table(counts, "counts", low=0.0)
    exposures = fitted(exposure, "exposure", observed.shape, each="window", low=0.0)
    prior = fitted(prior_mean, "prior_mean", observed.shape, each="series", low=np.finfo(float).tiny)[:, :1].ravel()
    factors = shift_factors(shifts)
    mean, size, log_e = (np.empty(observed.shape) for _ in range(3))
    in_alarm = np.empty(observed.shape, dtype=np.bool_)
    for first in range(0, observed.shape[0], _BLOCK):
        part = slice(first, first + _BLOCK)
        level = Level(prior[part], kappa, decay(half_life_windows), dispersion, growth_cap, restless)
        walk = _Walk(level, factors, threshold_nats, quiet_windows)
        block = walk.through(np.ascontiguousarray(observed[part].T), np.ascontiguousarray(exposures[part].T))
        mean[part], size[part], log_e[part], in_alarm[part] = (column.T for column in block)
    return Watched(mean, size, log_e, in_alarm)


@dataclass
class _Walk:
    level: Level
    factors: Floats
    threshold_nats: float
    quiet_windows: int

    def __post_init__(self) -> None:
        series = self.level.prior.size
        self.state: Floats = np.zeros((self.factors.size, series))
        self.in_alarm: Bools = np.zeros(series, dtype=np.bool_)
        self.windows: Floats = np.zeros(series)
        self.surplus: Floats = np.zeros(series)
        self.variance: Floats = np.zeros(series)

    def through(self, counts: Floats, exposures: Floats) -> tuple[Floats, Floats, Floats, Bools]:
        """Walk through (W, B) columns of windows."""
        means, sizes, total = (np.empty_like(counts) for _ in range(3))
        alarms = np.empty(counts.shape, dtype=np.bool_)
        threshold = np.exp(min(self.threshold_nats, HIGHEST_NATS)) * self.factors.size
        for window, (count, exposure) in enumerate(zip(counts, exposures, strict=True)):
            mean, size = self.level.expect(exposure)
            self.state = next_state(self.state, volume_log_lr(self.factors, count, mean, size))
            total[window] = self.state.sum(axis=0)
            alarmed = np.flatnonzero(self.in_alarm)
            if alarmed.size:
                self._end_what_is_over(alarmed, count[alarmed], mean[alarmed], size[alarmed])
            self.in_alarm |= self.state.sum(axis=0) >= threshold
            means[window], sizes[window], alarms[window] = mean, size, self.in_alarm
            self.level.learn(count, exposure, mean, self.in_alarm)
        with np.errstate(divide="ignore"):
            return means, sizes, np.log(total / self.factors.size), alarms

    def _end_what_is_over(self, alarmed: Ints, count: Floats, mean: Floats, size: Floats) -> None:
        self.windows[alarmed] += 1.0
        self.surplus[alarmed] += count - mean
        self.variance[alarmed] += mean + mean * mean / size
        full = alarmed[self.windows[alarmed] >= self.quiet_windows]
        over = full[self.surplus[full] <= _ORDINARY_SD * np.sqrt(self.variance[full])]
        self.state[:, over] = 0.0
        self.in_alarm[over] = False
        for total in (self.windows, self.surplus, self.variance):
            total[full] = 0.0
