"""The law of the folder: what is said about a moment does not depend on what came after it.

For each function that walks through time: the result on a truncated input is the truncated result.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve import statistics as stats

Arrays = tuple[np.ndarray, ...]
LAW = stats.DelayLaw.lognormal(median_s=25.0, sigma=0.8)
SERIES, STEPS = 4, 40


@dataclass(frozen=True)
class Walk:
    """A function of time: how its data are made, and what it gives for the first ``n`` steps of them."""

    make: Callable[[np.random.Generator], Arrays]
    run: Callable[[int, Arrays], Arrays]


def counts(rng: np.random.Generator) -> np.ndarray:
    """Sparse counts with floods in them."""
    calm = rng.negative_binomial(0.5, 0.3, (SERIES, STEPS))
    return np.asarray(calm * rng.choice([1, 1, 1, 40], (SERIES, STEPS)))


def labelled(rng: np.random.Generator) -> Arrays:
    """Messages by window, and how many of them are verified after each delay."""
    sent = counts(rng)
    return sent, rng.multinomial(sent, [0.3, 0.15, 0.05, 0.5])[:, :, :3], rng.uniform(0.3, 0.9, sent.shape)


def events(rng: np.random.Generator) -> Arrays:
    """Sends of one series at very different rates, with late, early and missing verifications and failures."""
    sent = np.cumsum(rng.exponential(rng.choice([0.3, 5.0, 200.0], STEPS * 5)))
    verified = np.where(rng.random(sent.size) < 0.5, sent + rng.lognormal(3.5, 1.2, sent.size), np.nan)
    return sent, verified, np.where(rng.random(sent.size) < 0.1, sent + 30.0, np.nan)


def as_known_at(now: float, times: np.ndarray) -> np.ndarray:
    """Hide from a column of times what had not happened yet."""
    return np.where(times <= now, times, np.nan)


def stream(n: int, data: Arrays) -> Arrays:
    """Evidence at the first sends, given only what had happened by the last of them."""
    sent, verified, excused = data[0][:n], data[1][:n], data[2][:n]
    now = sent[-1] if n else 0.0
    model = stats.ConversionModel(LAW)
    known = as_known_at(now, verified)
    return (stats.conversion_stream(sent, known, 0.6, model, excused_s=as_known_at(now, excused)),)


def delays(n: int, data: Arrays) -> Arrays:
    """Evidence on delays up to the moment of the n-th send."""
    now = data[0][n - 1] if n else -1.0
    sent = data[0][data[0] <= now]
    run = stats.delay_law_gap(sent, as_known_at(now, data[1][: sent.size]), LAW)
    return tuple(column[run.known_at_s <= now] for column in run)


WALKS: dict[str, Walk] = {
    "sr_mixture": Walk(
        lambda rng: (rng.normal(-0.2, 1.0, (3, SERIES, STEPS)),),
        lambda n, d: (stats.sr_mixture(d[0][:, :, :n]).log_e,),
    ),
    "volume_edetector": Walk(
        lambda rng: (counts(rng), rng.gamma(1.0, 1.0, (SERIES, STEPS))),
        lambda n, d: (stats.volume_edetector(d[0][:, :n], d[1][:, :n], 2.0).log_e,),
    ),
    "poisson_stream": Walk(
        lambda rng: (np.cumsum(rng.exponential(3.0, STEPS)),),
        lambda n, d: (stats.poisson_stream(d[0][:n], 0.1, origin_s=0.0, size=3.0).log_e[None, :],),
    ),
    "level_baseline": Walk(
        lambda rng: (counts(rng),),
        lambda n, d: tuple(stats.level_baseline(d[0][:, :n], 1.0, np.ones(SERIES), half_life_windows=9.0)),
    ),
    "volume_watch": Walk(
        lambda rng: (counts(rng),),
        lambda n, d: tuple(
            stats.volume_watch(
                d[0][:, :n], 1.0, np.ones(SERIES), threshold_nats=5.0, half_life_windows=9.0, quiet_windows=3
            )
        ),
    ),
    "share_edetector": Walk(
        lambda rng: (counts(rng), rng.poisson(50.0, (SERIES, STEPS))),
        lambda n, d: (stats.share_edetector(d[0][:, :n], (d[0] + d[1])[:, :n], 0.1, concentration=50.0).log_e,),
    ),
    "conversion_cells": Walk(
        labelled,
        lambda n, d: (stats.conversion_cells(d[0][:, :n], d[1][:, :n], d[2][:, :n], stats.ConversionModel(LAW)),),
    ),
    "conversion_baseline": Walk(
        labelled,
        lambda n, d: tuple(
            stats.conversion_baseline(d[0][:, :n], d[1].sum(axis=2)[:, :n], 0.6, half_life_windows=20.0)
        ),
    ),
    "spend_cusum": Walk(
        lambda rng: (rng.gamma(0.5, 2.0, (SERIES, STEPS)),), lambda n, d: (stats.spend_cusum(d[0][:, :n], 1.0),)
    ),
    "conversion_stream": Walk(events, lambda n, d: tuple(x[None, :] for x in stream(n, d))),
}


@pytest.mark.parametrize("name", WALKS)
@given(st.integers(0, 2**32 - 1), st.integers(0, STEPS))
@settings(max_examples=20, deadline=None)
def test_a_truncated_input_gives_the_truncated_result(name: str, seed: int, cut: int) -> None:
    """Prefix law: f(first n steps) = first n steps of f(all), bit for bit but for rounding."""
    walk = WALKS[name]
    data = walk.make(np.random.default_rng(seed))
    for part, whole in zip(walk.run(cut, data), walk.run(data[0].shape[-1], data), strict=True):
        np.testing.assert_allclose(part, whole[..., :cut], rtol=1e-9, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(0, STEPS * 5))
@settings(max_examples=20, deadline=None)
def test_the_stream_does_not_know_what_had_not_happened(seed: int, cut: int) -> None:
    """Evidence at a send is the same whether or not later sends, verifications and failures are in the data."""
    data = events(np.random.default_rng(seed))
    np.testing.assert_allclose(stream(cut, data)[0], stream(data[0].size, data)[0][:cut], rtol=1e-9, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, STEPS * 5))
@settings(max_examples=20, deadline=None)
def test_the_test_of_delays_does_not_know_what_had_not_happened(seed: int, cut: int) -> None:
    """Everything known at a moment is the same whether or not later sends and verifications are in the data."""
    data = events(np.random.default_rng(seed))
    part, whole = delays(cut, data), delays(data[0].size, data)
    for known, later in zip(part, whole, strict=True):
        np.testing.assert_allclose(known, later[: known.size], rtol=1e-9, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(0, STEPS))
@settings(max_examples=20, deadline=None)
def test_labels_beyond_the_last_window_are_not_used(seed: int, cut: int) -> None:
    """Verifications that would fall after the last window may be anything."""
    sent, labels, p0 = labelled(np.random.default_rng(seed))
    hidden = labels.copy()
    for age in range(1, 3):
        hidden[:, max(0, cut - age) : cut, age] = 0
    model = stats.ConversionModel(LAW)
    one, two = (stats.conversion_cells(sent[:, :cut], x[:, :cut], p0[:, :cut], model) for x in (labels, hidden))
    np.testing.assert_allclose(one, two, rtol=1e-12)
