"""Do origins rise and fall with ranges: who asked for these messages?

Logs often say who requested a page and, elsewhere, which number got a message, with nothing to join them but time.
Both functions look only at the bins they are given; to stay in order of time, give bins that have passed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, table
from checkvalve.statistics.special import log_sum_exp

MIXES = (0.25, 0.5, 0.75, 0.95)
"""Parts of an origin's requests that are bet on to follow the range (default: judgement)."""

_FLOOR = 0.5


class Comovement(NamedTuple):
    """Which origins move with which ranges? Both (M, R): ``nats`` against chance, ``log_lr`` of moving together."""

    nats: Floats
    log_lr: Floats


def comovement(origins: ArrayLike, ranges: ArrayLike, *, background: ArrayLike | None = None) -> Comovement:
    """Do an origin's requests fall into the minutes of a range's messages more than chance would have it?

    Of an origin's requests (their number given) a part w falls in time like the range's messages, g_t, the rest
    like everybody's, b_t: ``log_lr = ln mean_w prod_t [(1 - w) + w g_t / b_t]^(o_t)``. The same is computed for
    every circular shift of the range's ratio in time; under the null "the range has its rhythm, the origin its
    own" all T shifts are alike, so ``e = lr / mean over shifts of lr`` has mean one, whatever the rhythms. Hence
    ``nats <= ln T``: an hour by minutes says at most 4.1, a day 7.3.

    Args:
        origins: (M, T) requests of each origin in each time bin.
        ranges: (R, T) messages to each range in the same bins.
        background: (T,) how busy everybody is; the sum of the origins unless given.

    Raises:
        ValueError: if the numbers of bins differ or a value is missing or negative.

    >>> burst = np.zeros((1, 60)); burst[0, [3, 17, 18, 40, 55]] = 4
    >>> steady = np.ones((1, 60))
    >>> run = comovement(np.concatenate([burst, steady]), burst, background=np.ones(60))
    >>> run.nats.round(1).ravel()
    array([4.1, 0. ])
    """
    asked, sent = table(origins, "origins", low=0.0), table(ranges, "ranges", low=0.0)
    if asked.shape[1] != sent.shape[1] or not asked.shape[1]:
        raise ValueError(f"origins have {asked.shape[1]} time bins and ranges {sent.shape[1]}: give the same bins")
    usual = asked.sum(axis=0) if background is None else np.asarray(background, dtype=np.float64)
    base = _profile(usual)
    waves = np.conj(np.fft.rfft(asked, axis=1))
    nats, log_lr = np.empty((asked.shape[0], sent.shape[0])), np.empty((asked.shape[0], sent.shape[0]))
    for r, messages in enumerate(sent):
        ratio = _profile(messages) / base
        by_mix = [_all_shifts(waves, np.log1p(w * (ratio - 1.0))) for w in MIXES]
        by_shift = log_sum_exp(np.stack(by_mix)) - np.log(len(MIXES))
        log_lr[:, r] = by_shift[:, 0]
        nats[:, r] = by_shift[:, 0] - (log_sum_exp(by_shift, axis=1) - np.log(asked.shape[1]))
    return Comovement(nats, log_lr)


def _profile(counts: Floats) -> Floats:
    raised = counts + _FLOOR
    return np.asarray(raised / raised.sum())


def _all_shifts(waves: Floats, weights: Floats) -> Floats:
    """Sum over t of o_t w_(t+s), for every shift s: (M, T)."""
    return np.asarray(np.fft.irfft(waves * np.fft.rfft(weights), n=weights.size, axis=1))


class Attribution(NamedTuple):
    """From whom did the messages of a group come?

    ``probability`` (M,) that a message of the group, picked at random, was asked for by each origin; ``other`` that
    none of them did; ``use`` (M,) how many messages of the group each request of the origin stands for.
    """

    probability: Floats
    other: float
    use: Floats


def attribute_messages(origins: ArrayLike, messages: ArrayLike, *, rounds: int = 200) -> Attribution:
    """Which origins asked for the messages of this group, if only the times can tell?

    ``g_t ~ Poisson(sum_m beta_m o_mt + beta_0)``: every request of origin m led to beta_m <= 1 messages of the
    group, and a steady rest beta_0 has no origin here. Fitted by expectation-maximisation (Shepp & Vardi 1982),
    which shares each message out among those active in its bin. Origins with the same rhythm share evenly: this is
    correlation in time, not proof; pair it with `comovement`.

    Args:
        origins: (M, T) requests of each origin in each time bin, shifted by the usual wait if there is one.
        messages: (T,) messages of the group.
        rounds: iterations.

    Raises:
        ValueError: if the numbers of bins differ, there is no message, or a value is missing or negative.

    >>> asked = np.array([[4.0, 0, 0, 4, 0, 0], [1, 1, 1, 1, 1, 1]])
    >>> found = attribute_messages(asked, [4, 0, 0, 4, 0, 0])
    >>> found.probability.round(2)
    array([1., 0.])
    """
    asked, sent = table(origins, "origins", low=0.0), np.asarray(messages, dtype=np.float64)
    if sent.shape != asked.shape[1:] or not float(sent.sum()) > 0.0:
        raise ValueError("messages must have one count for each time bin of origins, and at least one message")
    rows = np.concatenate([asked, np.ones((1, sent.size))])
    volume = rows.sum(axis=1)
    most = np.append(np.ones(asked.shape[0]), np.inf)
    use = np.full(rows.shape[0], float(sent.sum()) / max(float(rows.sum()), 1.0))
    for _ in range(rounds):
        use = np.minimum(use * _pull(rows, sent, use) / np.maximum(volume, 1e-300), most)
    part = use * _pull(rows, sent, use)
    part = part / float(sent.sum())
    return Attribution(part[:-1], max(0.0, 1.0 - float(part[:-1].sum())), use[:-1])


def _pull(rows: Floats, sent: Floats, use: Floats) -> Floats:
    fitted = use @ rows
    return np.asarray(rows @ np.where(sent > 0.0, sent / np.maximum(fitted, 1e-300), 0.0))
