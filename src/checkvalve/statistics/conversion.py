"""Do fewer of the people verify than here usual, or suspiciously many?

Every message is a bet on its verification. With p0 the usual conversion and p1 the alternative, F(a) the share of
verifiers who have verified at age a (`delay.DelayLaw`), a message contributes (cure-rate likelihood, Boag 1949)

    verified: ln(p1 / p0)        still unverified at age a: ln[(1 - p1 F(a)) / (1 - p0 F(a))],

so a young message says nothing and an old one everything; nobody waits for labels to ripen. The sum over all
beginnings is the Shiryaev-Roberts e-detector of `edetector`, counted in messages: as long as true conversion is p0
or more and people are not slower than F (for ``too_good``: p0 or less, and not faster than F),
E_inf[messages to a false alarm] >= 1/alpha.
Nothing said at time t uses a send or verification after t.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from checkvalve.statistics.arrays import Floats, fitted, floats, table
from checkvalve.statistics.baseline import decay
from checkvalve.statistics.delay import DelayLaw
from checkvalve.statistics.edetector import HIGHEST_NATS
from checkvalve.statistics.special import beta_quantile

FACTORS = (0.05, 0.2, 0.4, 0.6, 0.8)
"""Parts of the usual conversion that are bet on: from a pure attack to one diluted four to one."""

KAPPA = 50.0
"""Messages' worth of weight of the parent's conversion (default: judgement on how far countries scatter)."""

HALF_LIFE_DAYS = 14.0
"""After how many days the past counts half (default: judgement)."""

_BLOCK = 4096


@dataclass(frozen=True)
class ConversionModel:
    """What would each message say under each alternative?

    ``delay`` the law of the delays, ``factors`` the alternatives: collapse to ``factor x p0``; with ``too_good``
    the share that does *not* verify falls to ``factor x (1 - p0)`` instead.

    >>> model = ConversionModel(DelayLaw.lognormal())
    >>> model.alternatives(np.array([0.5]))[:, 0]
    array([0.025, 0.1  , 0.2  , 0.3  , 0.4  ])
    """

    delay: DelayLaw
    factors: tuple[float, ...] = FACTORS
    too_good: bool = False

    def __post_init__(self) -> None:
        if not self.factors or not all(0.0 < f < 1.0 for f in self.factors):
            raise ValueError("factors must be one or more numbers strictly between 0 and 1")

    def alternatives(self, p0: Floats) -> Floats:
        """Which conversion (K, ...) does each alternative assume where ``p0`` (...) is usual?"""
        scale = np.reshape(np.asarray(self.factors), (-1,) + (1,) * p0.ndim)
        return np.asarray(1.0 - scale * (1.0 - p0) if self.too_good else scale * p0)

    def verified_nats(self, p0: Floats) -> Floats:
        """What does a verification say, (K, ...) nats?"""
        return np.asarray(np.log(self.alternatives(p0)) - np.log(p0))

    def pending_nats(self, p0: Floats, share: ArrayLike) -> Floats:
        """What does a message say that is unverified when ``share`` = F(age) of verifiers have verified?"""
        share = np.asarray(share, dtype=np.float64)
        return np.asarray(np.log1p(-self.alternatives(p0) * share) - np.log1p(-p0 * share))


def usual(p0: ArrayLike) -> Floats:
    """Is this a usable conversion, strictly between 0 and 1?

    Raises:
        ValueError: if not.

    >>> usual(0.65)
    array(0.65)
    """
    return floats(p0, "p0", low=np.nextafter(0.0, 1.0), high=np.nextafter(1.0, 0.0))


def conversion_cells(
    sent: ArrayLike,
    verified_by_delay: ArrayLike,
    p0: ArrayLike,
    model: ConversionModel,
    *,
    window_s: float = 60.0,
    excused_by_delay: ArrayLike | None = None,
) -> Floats:
    """How much evidence against usual conversion stands at the end of each window?

    All messages of a window count as begun together at its beginning. At the end of window w, a message sent d
    windows before contributes as verified if it was verified in one of the d + 1 windows so far, else as pending
    at that age; after D windows its word is final.

    Args:
        sent: (S, W) messages sent in each window.
        verified_by_delay: (S, W, D) of those sent in w, how many were verified in the d-th window after w (0: the
            same). Whole numbers of any width. Entries that lie beyond the last window are not used.
        p0: usual conversion within D windows, (S, W), (S,) or one number; known before the window; a lower
            credible bound (`conversion_baseline`), an upper one for ``too_good``.
        model: delay law and alternatives.
        window_s: length of a window in seconds.
        excused_by_delay: (S, W, D) of those sent in w, how many were *found* in the d-th window after to have
            failed in delivery; from then on they say nothing.

    Returns:
        (S, W) log e in nats, capped at `edetector.HIGHEST_NATS`.

    Raises:
        ValueError: if shapes do not fit, values are missing, or more are verified and excused than were sent.

    >>> sent = np.full((1, 6), 5)
    >>> never = np.zeros((1, 6, 10))
    >>> conversion_cells(sent, never, 0.65, ConversionModel(DelayLaw.lognormal())).round(1)
    array([[ 2.8,  6.2, 10.5, 15.2, 20.1, 25.1]])
    """
    messages = table(sent, "sent", low=0.0)
    verified = _labels(verified_by_delay, "verified_by_delay", messages)
    excused = None if excused_by_delay is None else _labels(excused_by_delay, "excused_by_delay", messages)
    if bool(np.any(_settled(verified) + (0.0 if excused is None else _settled(excused)) > messages)):
        raise ValueError("more messages are verified or excused than were sent in the same window")
    base = fitted(usual(p0), "p0", messages.shape, each="series")
    constant = bool(np.asarray(p0).ndim < 2)
    share = model.delay.by_windows(window_s, verified.shape[2])
    log_e = np.empty(messages.shape)
    for first in range(0, messages.shape[0], _BLOCK):
        part = slice(first, first + _BLOCK)
        labels = _Labels(
            np.ascontiguousarray(messages[part].T),
            _by_window(verified[part]),
            None if excused is None else _by_window(excused[part]),
        )
        log_e[part] = _cells_block(labels, np.ascontiguousarray(base[part].T), model, share, constant).T
    return log_e


class _Labels(NamedTuple):
    sent: Floats  # (W, B)
    verified: Floats  # (W, D, B)
    excused: Floats | None


def _labels(values: ArrayLike, name: str, messages: Floats) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 3 or array.shape[:2] != messages.shape or not array.shape[2]:
        raise ValueError(f"{name} must have the shape {messages.shape} + (delays,), not {array.shape}")
    if array.dtype.kind not in "biu":
        return floats(array, name, low=0.0)
    if array.size and array.min() < 0:
        raise ValueError(f"{name} must not be negative")
    return array


def _settled(labels: NDArray[Any]) -> Floats:
    return sum((labels[:, :, age] for age in range(labels.shape[2])), start=np.zeros(labels.shape[:2]))


def _by_window(labels: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(np.moveaxis(labels, 0, -1), dtype=np.float64)


def _cells_block(labels: _Labels, p0: Floats, model: ConversionModel, share: Floats, constant: bool) -> Floats:
    windows, delays = labels.sent.shape[0], share.size
    known = np.zeros((windows, 2, p0.shape[1]))  # verified, and verified or excused, as known now
    settled = np.zeros((len(model.factors), p0.shape[1]))
    nats: dict[int, tuple[Floats, Floats]] = {}
    log_e = np.empty_like(labels.sent)
    for now in range(windows):
        key = 0 if constant else now
        if key not in nats:
            nats[key] = model.verified_nats(p0[now]), model.pending_nats(p0[now][None, :], share[:, None])
        oldest = max(0, now - delays + 1)
        state = settled
        for then in range(oldest, now + 1):
            verified_nats, pending_nats = nats[0 if constant else then]
            _reveal(known[then], labels, then, now - then)
            state = _through(state, labels.sent[then], known[then], verified_nats, pending_nats[:, now - then])
            if then == now - delays + 1:
                settled = state
                if not constant:
                    del nats[then]
        with np.errstate(divide="ignore"):
            log_e[now] = np.log(state.mean(axis=0))
    return log_e


def _reveal(known: Floats, labels: _Labels, then: int, age: int) -> None:
    news = labels.verified[then, age]
    known[0] += news
    known[1] += news if labels.excused is None else news + labels.excused[then, age]


def _through(state: Floats, sent: Floats, known: Floats, verified_nats: Floats, pending_nats: Floats) -> Floats:
    active = np.flatnonzero(sent)
    if not active.size:
        return state
    if active.size > 0.7 * sent.size:
        return _through_all(state, sent, known, verified_nats, pending_nats)
    parts = (x[:, active] for x in (state, known, verified_nats, pending_nats))
    here, labels, verified, pending = parts
    after = state.copy()
    after[:, active] = _through_all(here, sent[active], labels, verified, pending)
    return after


def _through_all(state: Floats, sent: Floats, known: Floats, verified: Floats, pending: Floats) -> Floats:
    gain = known[0] * verified + (sent - known[1]) * pending
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum((state + sent) * np.exp(gain), np.exp(HIGHEST_NATS)))


class Conversion(NamedTuple):
    """What conversion was usual before each window? ``mean``, ``low`` and ``high`` credible bounds, all (S, W)."""

    mean: Floats
    low: Floats
    high: Floats


def conversion_baseline(
    sent: ArrayLike,
    verified: ArrayLike,
    parent: ArrayLike,
    *,
    kappa: float = KAPPA,
    half_life_windows: float,
    lag_windows: int = 1,
    level: float = 0.05,
    frozen: ArrayLike = False,
) -> Conversion:
    """What part of the messages was usually verified, from what was known before each window?

    Beta-Binomial with exponential forgetting: ``Beta(kappa m + A, kappa (1 - m) + B)`` with A verified and B
    unverified messages so far, both halved every ``half_life_windows`` (Gelman et al. 2013, 5.3).

    Args:
        sent: (S, W) messages sent in each window.
        verified: (S, W) how many of *those* were verified within the horizon.
        parent: the parent's conversion m, (S, W), (S,) or one number.
        kappa: messages' worth of weight of the parent.
        half_life_windows: see above.
        lag_windows: windows until the labels of a window are complete (horizon / window length, rounded up); what
            is said about window w uses windows up to w - 1 - lag.
        level: chance of the truth lying below ``low``, and of lying above ``high``.
        frozen: (S, W), was the series in alarm? Such windows teach nothing. Shift by the lag is done here.

    Raises:
        ValueError: if shapes do not fit, values are missing, or more are verified than sent.

    >>> usual = conversion_baseline([[100, 100]], [[50, 50]], 0.65, half_life_windows=1e9, lag_windows=0)
    >>> usual.mean.round(3)
    array([[0.65, 0.55]])
    """
    messages, hits = table(sent, "sent", low=0.0), table(verified, "verified", low=0.0)
    if messages.shape != hits.shape or bool(np.any(hits > messages)):
        raise ValueError("verified must have the shape of sent and never exceed it")
    prior = fitted(usual(parent), "parent", messages.shape, each="series")
    mask = fitted(frozen, "frozen", messages.shape, each="window")
    kept = decay(half_life_windows)
    out = Conversion(*(np.empty(messages.shape) for _ in Conversion._fields))
    for first in range(0, messages.shape[0], _BLOCK):
        part = slice(first, first + _BLOCK)
        total, hit, mean, still = (np.ascontiguousarray(x[part].T) for x in (messages, hits, prior, mask))
        free = still == 0.0
        a = kappa * mean + _decayed_before(np.where(free, hit, 0.0), kept, lag_windows)
        b = kappa * (1.0 - mean) + _decayed_before(np.where(free, total - hit, 0.0), kept, lag_windows)
        out.mean[part] = (a / (a + b)).T
        out.low[part] = _quantiles(level, a, b).T
        out.high[part] = _quantiles(1.0 - level, a, b).T
    return out


def _quantiles(probability: float, a: Floats, b: Floats) -> Floats:
    out = np.empty_like(a)
    for row, (first, second) in enumerate(zip(a, b, strict=True)):
        out[row] = beta_quantile(probability, first, second)
    return out


def _decayed_before(values: Floats, kept: float, lag_windows: int) -> Floats:
    """Decayed sum, over (W, B), of the windows before each, leaving out the last ``lag_windows`` of them."""
    total = np.zeros_like(values)
    for window in range(1 + lag_windows, values.shape[0]):
        total[window] = kept * total[window - 1] + values[window - 1 - lag_windows]
    return total
