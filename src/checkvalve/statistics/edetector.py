"""When has a stream of evidence become too much to be chance, looking after every window or message?

Shiryaev-Roberts e-detector (Shin, Ramdas & Rinaldo 2022, "E-detectors"): with L_t the likelihood ratio of what came
at time t, ``M_t = (M_{t-1} + 1) L_t``, the sum over all possible beginnings of an attack. Mixed over K alternatives
with weights w_k. While nothing is wrong, M_t - t is a martingale (or falls), so stopping at ``M >= 1/alpha`` gives

    E_inf[time to a false alarm] >= 1/alpha, counted in the steps the detector takes (windows or messages),
    P_inf(false alarm within t steps) <= alpha t,

without any assumption but the null model, and however often one looks. All values are natural logarithms (nats),
``log_e = ln M``; the threshold is ``ln(1/alpha)``, see `calibration.alarm_threshold_nats`.

Nothing at step t depends on later data: a longer input leaves earlier results as they are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, Ints, floats, mixture_weights, shift_factors
from checkvalve.statistics.counts import LARGEST_SIZE
from checkvalve.statistics.special import log_sum_exp

VOLUME_SHIFTS = (2.0, 4.0, 8.0, 16.0, 64.0)
"""Multiples of the expected mean that are bet on (judgement), from a doubling to a storm on a quiet node."""

HIGHEST_NATS = 600.0
"""Where the fast detectors stop counting up; capping an e-detector only lowers it, so its guarantee stands."""

_LOWEST_STEP = -700.0


class Evidence(NamedTuple):
    """What does a detector say after every step, and from which state does it go on?

    ``log_e`` (S, W) or (N,): nats. ``log_state`` (K, S) or (K,): ln M of every alternative after the last step.
    """

    log_e: Floats
    log_state: Floats


def sr_mixture(log_lr: ArrayLike, weights: ArrayLike | None = None, start: ArrayLike | None = None) -> Evidence:
    """How much evidence stands after each step, given each step's log likelihood ratios?

    Args:
        log_lr: (K, S, W), nats that step w of series s gives to alternative k; must be a bet that cannot be won
            while nothing is wrong, E[exp(log_lr)] <= 1 given the past. Held at -700 from below.
        weights: (K,), sum to one; equal unless given.
        start: (K, S), ln M to go on from; nothing (minus infinity) unless given.

    Raises:
        ValueError: if the shapes do not fit.

    >>> run = sr_mixture([[[1.0, 1.0]]])
    >>> bool(np.isclose(run.log_e[0, 1], np.log((np.e + 1) * np.e)))
    True
    """
    steps = np.asarray(log_lr, dtype=np.float64)
    if steps.ndim != 3 or bool(np.any(np.isnan(steps))):
        raise ValueError("log_lr must have the shape (alternatives, series, steps), without missing values")
    bets = mixture_weights(weights, steps.shape[0])
    before = _start(start, (steps.shape[0], steps.shape[1]))[:, :, None]
    climbed = np.cumsum(np.maximum(steps, _LOWEST_STEP), axis=2)
    # M_t = exp(C_t) (M_0 + sum over j < t of exp(-C_j)) with C_0 = 0
    begun = np.concatenate([np.logaddexp(before, 0.0), -climbed[:, :, :-1]], axis=2)[:, :, : steps.shape[2]]
    log_m = climbed + np.logaddexp.accumulate(begun, axis=2)
    last = log_m[:, :, -1] if steps.shape[2] else before[:, :, 0]
    with np.errstate(divide="ignore"):
        return Evidence(log_sum_exp(np.log(bets)[:, None, None] + log_m), last)


def first_alarm(log_e: ArrayLike, threshold_nats: float) -> Ints:
    """At which step does each series first reach the threshold? Minus one where it never does.

    Args:
        log_e: (..., W).
        threshold_nats: ln(1/alpha).

    >>> first_alarm([[0.0, 5.0, 9.3, 2.0], [0.0, 0.0, 0.0, 0.0]], np.log(1e4))
    array([ 2, -1])
    """
    reached = np.asarray(log_e, dtype=np.float64) >= threshold_nats
    if not reached.shape[-1]:
        return np.full(reached.shape[:-1], -1, dtype=np.int64)
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1), -1).astype(np.int64)


def volume_log_lr(factors: Floats, count: Floats, mean: Floats, size: Floats) -> Floats:
    """What does one window of counts say for each shift, (K, S) nats?

    `counts.shift_log_lr` for (K,) factors and (S,) counts, means and sizes, with as few passes as possible.

    >>> volume_log_lr(np.array([2.0]), np.zeros(1), np.ones(1), np.full(1, np.inf)).round(6)
    array([[-1.]])
    """
    held = np.minimum(size, LARGEST_SIZE)
    nats = np.multiply.outer(factors - 1.0, mean / (held + mean))
    np.log1p(nats, out=nats)
    nats *= -(count + held)
    nats += np.multiply.outer(np.log(factors), count)
    return np.asarray(nats)


def next_state(state: Floats, log_lr: Floats) -> Floats:
    """What does one step make of the state (M itself, not its logarithm)? ``(M + 1) exp(log_lr)``, capped.

    Both (K, S); ``log_lr`` is overwritten and returned.

    >>> next_state(np.ones((1, 1)), np.zeros((1, 1)))
    array([[2.]])
    """
    with np.errstate(over="ignore"):
        np.exp(log_lr, out=log_lr)
        log_lr *= state + 1.0
    return np.asarray(np.minimum(log_lr, np.exp(HIGHEST_NATS), out=log_lr))


def arrival_edetector(
    expected: ArrayLike,
    shifts: Sequence[float] = VOLUME_SHIFTS,
    *,
    size: float = np.inf,
    start: ArrayLike | None = None,
) -> Evidence:
    """Do messages follow each other faster than expected, message by message?

    Between two messages ``x`` were expected; then one came: ``L = theta (1 + x/r)^(r+1) / (1 + theta x/r)^(r+1)``,
    for r = inf ``theta exp(-(theta - 1) x)``. Both have mean one when waiting times follow the null (exponential,
    or exponential with a Gamma(r) uncertain rate). Guarantee in messages: E_inf[tau] >= 1/alpha messages, so with
    many series the false alarms per week are at most alpha times the messages expected per week, together.

    Args:
        expected: (N,) messages that were expected between the one before (or the beginning) and this one.
        shifts: multiples of the rate to bet on.
        size: certainty of the rate: messages' worth of history behind it (Gamma shape); inf means known.
        start: (K,), ``log_state`` of an earlier run.

    Raises:
        ValueError: if a value is missing or negative.

    >>> run = arrival_edetector([5.0, 0.001, 0.001, 0.001])
    >>> run.log_e.round(1)
    array([-5.9,  2.9,  6.7, 10.7])
    """
    waited = floats(expected, "expected", low=0.0).ravel()
    factors = shift_factors(shifts)[:, None]
    held = min(size, LARGEST_SIZE)
    log_lr = np.log(factors) - (held + 1.0) * np.log1p((factors - 1.0) * waited / (held + waited))
    before = None if start is None else np.asarray(start, dtype=np.float64)[:, None]
    run = sr_mixture(log_lr[:, None, :], start=before)
    return Evidence(run.log_e[0], run.log_state[:, 0])


def poisson_stream(
    times_s: ArrayLike,
    rate_per_s: ArrayLike,
    shifts: Sequence[float] = VOLUME_SHIFTS,
    *,
    origin_s: float,
    size: float = np.inf,
    start: ArrayLike | None = None,
) -> Evidence:
    """After which message of one series is the alarm due, to the second?

    `arrival_edetector` on times: ``x_i = rate_i (t_i - t_{i-1})``. For a rate that changes between messages give
    its integral to `arrival_edetector` instead.

    Args:
        times_s: (N,) sorted times of the messages, in seconds.
        rate_per_s: expected messages per second, one number or (N,), one for the wait before each message; must be
            known before the message.
        shifts: multiples of the rate to bet on.
        origin_s: since when the series is watched, or the time of the last message of an earlier run.
        size: see `arrival_edetector`.
        start: (K,), ``log_state`` of an earlier run.

    Raises:
        ValueError: if times are not sorted, begin before ``origin_s``, or a rate is missing or negative.

    >>> run = poisson_stream([0, 7200, 7203, 7207, 7210], 0.05 / 3600, origin_s=-86400.0)
    >>> first_alarm(run.log_e, np.log(1e4))
    array(4)
    """
    times = floats(times_s, "times_s").ravel()
    waits = np.diff(times, prepend=origin_s)
    if bool(np.any(waits < 0.0)):
        raise ValueError("times_s must be sorted and not lie before origin_s")
    rate = floats(rate_per_s, "rate_per_s", low=0.0)
    return arrival_edetector(waits * rate, shifts, size=size, start=start)


def _start(start: ArrayLike | None, shape: tuple[int, int]) -> Floats:
    if start is None:
        return np.full(shape, -np.inf)
    given = np.asarray(start, dtype=np.float64)
    if given.shape != shape:
        raise ValueError(f"start must have the shape (alternatives, series) = {shape}, not {given.shape}")
    return given
