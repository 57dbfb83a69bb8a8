"""After which message has too little of it been verified, to the message and second?

The event-exact sibling of `conversion.conversion_cells` for one series: evidence at every send, from what was known
at that moment. Messages younger than the settling age of the delay law are weighed anew at every look; older ones
are folded into one number for each alternative. Two savings, both of which keep the guarantee because they only
withhold or move a bet before its outcome is known: looks are at most every ``refresh_s`` (messages in between count
as fresh), and a verification that comes after the settling age is charged to everything folded so far.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Bools, Floats, Ints, floats
from checkvalve.statistics.conversion import ConversionModel, usual
from checkvalve.statistics.edetector import HIGHEST_NATS
from checkvalve.statistics.special import log_sum_exp

REFRESH_S = 0.5
"""Seconds between two looks at the labels (default: judgement, short against any delay of a person)."""

SETTLED_SHARE = 0.99
"""A message is settled at the age at which this part of the verifiers has verified (default: judgement)."""

_AGE_STEP_S = 0.25
_CONVERSION_STEP = 0.005
_CELLS = 1 << 17


def conversion_stream(
    sent_s: ArrayLike,
    verified_s: ArrayLike,
    p0: ArrayLike,
    model: ConversionModel,
    *,
    excused_s: ArrayLike | None = None,
    refresh_s: float = REFRESH_S,
) -> Floats:
    """How much evidence against usual conversion stood when each message of one series was sent?

    Args:
        sent_s: (N,) sorted times of sending, in seconds.
        verified_s: (N,) when each was verified, nan if never; later than the model's horizon counts as never.
        p0: usual conversion, one number or (N,) as known before each message; a lower credible bound, an upper one
            for a ``too_good`` model. Given as (N,) it is rounded to 0.005 in the safe direction.
        model: delay law and alternatives.
        excused_s: (N,) when the delivery was found to have failed, nan if it was not; from then on the message
            says nothing, unless it had been verified. Cap the excuses before calling: receipts can be faked.
        refresh_s: see above.

    Returns:
        (N,) log e in nats, including the message just sent; compare with ``ln(1/alpha)``, in messages.

    Raises:
        ValueError: if times are not sorted, shapes differ or p0 is not between 0 and 1.

    >>> from checkvalve.statistics.delay import DelayLaw
    >>> sent = np.arange(0.0, 24 * 3600.0, 3600.0)
    >>> log_e = conversion_stream(sent, np.full(24, np.nan), 0.65, ConversionModel(DelayLaw.lognormal()))
    >>> int(np.argmax(log_e >= np.log(1e4)))
    10
    """
    sent = floats(sent_s, "sent_s").ravel()
    if bool(np.any(np.diff(sent) < 0.0)):
        raise ValueError("sent_s must be sorted")
    verified = _moments(verified_s, "verified_s", sent)
    verified = np.where(verified - sent <= model.delay.horizon_s, verified, np.inf)
    excused = np.full_like(sent, np.inf) if excused_s is None else _moments(excused_s, "excused_s", sent)
    excused = np.where(excused < verified, excused, np.inf)
    if not sent.size:
        return np.empty(0)
    look = np.flatnonzero(np.diff(_look_number(sent, refresh_s), prepend=-1))
    queue = _Queue(sent, verified, excused, _Tables.of(model, usual(p0), sent.size))
    at_look = np.concatenate(queue.looks(look))
    since = np.arange(sent.size) - np.repeat(look, np.diff(look, append=sent.size))
    return np.asarray(np.logaddexp(np.repeat(at_look, np.diff(look, append=sent.size)), np.log(since + 1.0)))


def _moments(times_s: ArrayLike, name: str, sent: Floats) -> Floats:
    times = np.asarray(times_s, dtype=np.float64).ravel()
    if times.shape != sent.shape:
        raise ValueError(f"{name} must have one entry for each message ({sent.size}), not {times.size}")
    return np.where(np.isnan(times), np.inf, np.maximum(times, sent))


def _look_number(sent: Floats, refresh_s: float) -> Floats:
    if refresh_s <= 0.0:
        return np.arange(sent.size, dtype=np.float64)
    return np.asarray(np.floor((sent - sent[0]) / refresh_s))


@dataclass(frozen=True, eq=False)
class _Tables:
    """Nats of each alternative by row of p0 and age step; the last two columns: verified, and nothing to say."""

    nats: Floats  # (K, rows, ages + 2)
    row: Ints  # (N,) which row is a message's
    ages: int
    settle_s: float
    up: bool

    @classmethod
    def of(cls, model: ConversionModel, p0: Floats, messages: int) -> "_Tables":
        if p0.ndim:
            if p0.shape != (messages,):
                raise ValueError(f"p0 must be one number or have one entry for each message ({messages})")
            steps = p0 / _CONVERSION_STEP
            steps = np.ceil(steps - 1e-9) if model.too_good else np.floor(steps + 1e-9)
            values, row = np.unique(np.clip(steps * _CONVERSION_STEP, 0.001, 0.999), return_inverse=True)
        else:
            values, row = p0[None], np.zeros(messages, dtype=np.int64)
        settle_s = model.delay.quantile(SETTLED_SHARE)
        ages = int(np.ceil(model.delay.horizon_s / _AGE_STEP_S)) + 1
        share = model.delay.cdf(np.arange(ages) * _AGE_STEP_S)
        if model.too_good:
            share[int(settle_s / _AGE_STEP_S) :] = 1.0
        pending = model.pending_nats(values[:, None], share[None, :])
        verified = model.verified_nats(values)[:, :, None]
        nats = np.concatenate([pending, verified, np.zeros_like(verified)], axis=2)
        return cls(nats, row.astype(np.int64).ravel(), ages, settle_s, model.too_good)

    def nats_of(self, alternative: int, message: Ints, state: Ints) -> Floats:
        """What do these messages say in these states, (rows, messages)?"""
        nats = self.nats[alternative]
        return np.asarray(nats[0].take(state) if nats.shape[0] == 1 else nats[self.row[message], state])

    def state(self, age_s: Floats, verified: Bools, silent: Bools) -> Ints:
        """In which column is a message of this age? Ages are rounded so that less is claimed, not more."""
        steps = np.clip(age_s / _AGE_STEP_S, 0.0, self.ages - 1.0)
        state = (np.ceil(steps) if self.up else steps).astype(np.int64)
        np.putmask(state, silent, self.ages + 1)
        np.putmask(state, verified, self.ages)
        return state


def _log_begun(nats: Floats, none_begun: Ints, folded: Floats) -> Floats:
    """Log of the sum over beginnings, given (rows, messages) nats since each, newest first, and what was folded.

    The first ``none_begun`` messages of a row were not yet sent; they stand at zero nats and are taken off again.
    """
    oldest = nats[:, -1] if nats.shape[1] else np.zeros(folded.size)
    high = np.zeros(folded.size)
    if nats.max(initial=0.0) > HIGHEST_NATS:
        high = np.maximum(nats.max(axis=1) - HIGHEST_NATS, 0.0)
        nats = nats - high[:, None]
    begun = np.exp(nats).sum(axis=1) - none_begun * np.exp(-high)
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp(np.log(np.maximum(begun, 0.0)) + high, folded + oldest))


@dataclass
class _Queue:
    sent: Floats
    verified: Floats
    excused: Floats
    tables: _Tables
    head: int = 0
    late_s: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        alternatives = self.tables.nats.shape[0]
        self.folded: Floats = np.full(alternatives, -np.inf)
        self.late_nats: Floats = np.empty((alternatives, 0))

    def looks(self, first: Ints) -> list[Floats]:
        """Log of the mixed state just before message ``first[i]`` is sent, for all of them, some at a time."""
        out, done = [], 0
        while done < first.size:
            self._fold(self.sent[first[done]], int(first[done]))
            waiting = int(first[done]) - self.head
            batch = first[done : done + max(8, min(128, _CELLS // (waiting + 64)))]
            out.append(self._evaluate(batch))
            done += batch.size
        return out

    def _evaluate(self, first: Ints) -> Floats:
        now = self.sent[first][:, None]
        newest_first = np.arange(int(first[-1]) - 1, self.head - 1, -1)
        unsent = newest_first >= first[:, None]
        state = self.tables.state(
            now - self.sent[newest_first],
            self.verified[newest_first] <= now,
            (self.excused[newest_first] <= now) | unsent,
        )
        late = np.searchsorted(self.late_s, now[:, 0], side="right")
        none_begun = unsent.sum(axis=1)
        mixed = np.empty((self.folded.size, first.size))
        for k in range(self.folded.size):
            charged = self.folded[k] + np.concatenate([[0.0], np.cumsum(self.late_nats[k])])[late]
            nats = np.cumsum(self.tables.nats_of(k, newest_first, state), axis=1)
            mixed[k] = _log_begun(nats, none_begun, charged)
        return np.asarray(log_sum_exp(mixed) - np.log(self.folded.size))

    def _fold(self, now: float, first: int) -> None:
        """Charge late labels up to ``now`` and fold in what has settled by then."""
        due = int(np.searchsorted(self.late_s, now, side="right"))
        self.folded = self.folded + self.late_nats[:, :due].sum(axis=1)
        self.late_s, self.late_nats = self.late_s[due:], self.late_nats[:, due:]
        tail = min(first, int(np.searchsorted(self.sent, now - self.tables.settle_s, side="right")))
        if tail <= self.head:
            return
        part = slice(self.head, tail)
        known, silent = self.verified[part] <= now, self.excused[part] <= now
        nats = self.tables.nats[:, self.tables.row[part], self.tables.state(now - self.sent[part], known, silent)]
        backward = np.cumsum(nats[:, ::-1], axis=1)[:, ::-1]
        self.folded = log_sum_exp(
            np.concatenate([self.folded[:, None] + backward[:, :1], backward], axis=1), axis=1
        )
        self._expect_late(part, ~known & ~silent, nats)
        self.head = tail

    def _expect_late(self, part: slice, pending: Bools, nats: Floats) -> None:
        final = np.minimum(self.verified[part], self.excused[part])
        late = pending & np.isfinite(final)
        if not bool(late.any()):
            return
        by_label = self.tables.nats[:, self.tables.row[part], self.tables.ages]
        change = np.where(self.verified[part] <= self.excused[part], by_label, 0.0) - nats
        times = np.concatenate([self.late_s, final[late]])
        order = np.argsort(times, kind="stable")
        self.late_s = times[order]
        self.late_nats = np.concatenate([self.late_nats, change[:, late]], axis=1)[:, order]
