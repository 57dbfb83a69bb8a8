"""Do the probabilities keep their word, and how can a score be turned into ones that do?

Used on finished cases or simulated ones; nothing here runs inside a detector.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats
from checkvalve.statistics.calibration import probability

_PLATT_ROUNDS = 100
_PLATT_DONE = 1e-10


@dataclass(frozen=True, eq=False)
class Isotonic:
    """How probable is fraud at each score, if it only ever rises? A rising curve, straight between its knots.

    >>> fit_isotonic([1, 2, 3, 4], [0, 1, 0, 1]).predict([0, 2.5, 9])
    array([0. , 0.5, 1. ])
    """

    score: Floats
    share: Floats

    def predict(self, score: ArrayLike) -> Floats:
        """How probable is fraud at this score? Flat beyond the scores that were learned from."""
        return np.asarray(np.interp(np.asarray(score, dtype=np.float64), self.score, self.share))


def fit_isotonic(score: ArrayLike, fraud: ArrayLike, weight: ArrayLike = 1.0) -> Isotonic:
    """Which never-falling curve fits the outcomes best in least squares?

    Pool adjacent violators (Ayer et al. 1955); equal scores are pooled first.

    Args:
        score: (N,) any number that rises with suspicion.
        fraud: (N,) outcome, 0 or 1.
        weight: (N,) or one number.

    Raises:
        ValueError: if nothing is given, lengths differ, or an outcome is not between 0 and 1.

    >>> fit_isotonic([0, 1, 2], [1, 0, 1]).share
    array([0.5, 0.5, 1. ])
    """
    scores, outcome = _labelled(score, fraud)
    weights = np.broadcast_to(floats(weight, "weight", low=np.finfo(float).tiny), scores.shape)
    at, place = np.unique(scores, return_inverse=True)
    mass = np.bincount(place, weights=weights)
    mean = np.bincount(place, weights=weights * outcome) / mass
    blocks: list[tuple[float, float, int]] = []
    for value, heavy in zip(mean.tolist(), mass.tolist(), strict=True):
        block = (value, heavy, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            both = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / both, both, before[2] + block[2])
        blocks.append(block)
    return Isotonic(at, np.repeat([b[0] for b in blocks], [b[2] for b in blocks]))


class Platt(NamedTuple):
    """How probable is fraud at each score, if the odds are exponential: 1 / (1 + exp(-(slope x score + offset)))?"""

    slope: float
    offset: float

    def predict(self, score: ArrayLike) -> Floats:
        """How probable is fraud at this score?"""
        return probability(self.slope * np.asarray(score, dtype=np.float64), self.offset)


def fit_platt(score: ArrayLike, fraud: ArrayLike) -> Platt:
    """Which logistic curve turns this score into a probability?

    Maximum likelihood by Newton steps with halving, on targets (n+ + 1) / (n+ + 2) and 1 / (n- + 2), which keeps it
    finite even if the score separates perfectly (Platt 1999; Lin, Lin & Weng 2007).

    Args:
        score: (N,) nats or any score.
        fraud: (N,) outcome, 0 or 1.

    Raises:
        ValueError: if nothing is given, lengths differ, or an outcome is not between 0 and 1.

    >>> fit = fit_platt([-2, -1, 0, 1, 2] * 20, [0, 0, 1, 1, 1] * 20)
    >>> bool(fit.slope > 0), bool(fit.predict(2.0) > 0.9)
    (True, True)
    """
    scores, outcome = _labelled(score, fraud)
    positives = float(outcome.sum())
    high, low = (positives + 1.0) / (positives + 2.0), 1.0 / (scores.size - positives + 2.0)
    target = low + (high - low) * outcome
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    fit = np.array([0.0, float(np.log((positives + 1.0) / (scores.size - positives + 1.0)))])
    loss = _log_loss(design @ fit, target)
    for _ in range(_PLATT_ROUNDS):
        share = probability(design @ fit, 0.0)
        slope = design.T @ (target - share)
        bend = design.T @ (design * (share * (1.0 - share))[:, None]) + 1e-12 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        while (trial := _log_loss(design @ (fit + step), target)) > loss and float(
            np.abs(step).max()
        ) > _PLATT_DONE:
            step = step / 2.0
        fit, loss = fit + step, min(trial, loss)
        if float(np.abs(step).max()) <= _PLATT_DONE:
            break
    return Platt(float(fit[0]), float(fit[1]))


def brier(predicted: ArrayLike, fraud: ArrayLike) -> float:
    """How far are the probabilities from the outcomes, mean of squares (Brier 1950)? 0 perfect, 0.25 a coin.

    Raises:
        ValueError: if nothing is given, lengths differ, or a value is not between 0 and 1.

    >>> brier([0.0, 1.0, 0.5], [0, 1, 1])
    0.0833...
    """
    guess, outcome = _labelled(floats(predicted, "predicted", low=0.0, high=1.0), fraud)
    return float(np.mean((guess - outcome) ** 2))


class Reliability(NamedTuple):
    """How often was it fraud where so much was said? Of each band that is not empty (B,).

    ``said`` mean probability, ``came`` share of fraud, ``cases`` how many; ``gap`` the mean absolute difference,
    weighted by cases (expected calibration error, Naeini et al. 2015).
    """

    said: Floats
    came: Floats
    cases: Floats
    gap: float


def reliability_bands(predicted: ArrayLike, fraud: ArrayLike, bands: int = 10) -> Reliability:
    """Is it fraud in seven of ten cases where 0.7 was said?

    Args:
        predicted: (N,) probabilities.
        fraud: (N,) outcome, 0 or 1.
        bands: equal parts of [0, 1].

    Raises:
        ValueError: if nothing is given, lengths differ, or a value is not between 0 and 1.

    >>> reliability_bands([0.1, 0.1, 0.9], [0, 0, 1]).came
    array([0., 1.])
    """
    guess, outcome = _labelled(floats(predicted, "predicted", low=0.0, high=1.0), fraud)
    band = np.minimum((guess * bands).astype(np.int64), bands - 1)
    cases = np.bincount(band, minlength=bands).astype(np.float64)
    used = cases > 0.0
    said = np.bincount(band, weights=guess, minlength=bands)[used] / cases[used]
    came = np.bincount(band, weights=outcome, minlength=bands)[used] / cases[used]
    gap = float(np.sum(cases[used] * np.abs(said - came)) / guess.size)
    return Reliability(said, came, cases[used], gap)


def _labelled(score: ArrayLike, fraud: ArrayLike) -> tuple[Floats, Floats]:
    scores, outcome = floats(score, "score").ravel(), floats(fraud, "fraud", low=0.0, high=1.0).ravel()
    if not scores.size or scores.shape != outcome.shape:
        raise ValueError("give one outcome for each score, and at least one")
    return scores, outcome


def _log_loss(log_odds: Floats, target: Floats) -> float:
    return float(np.sum(np.logaddexp(0.0, log_odds) - target * log_odds))
