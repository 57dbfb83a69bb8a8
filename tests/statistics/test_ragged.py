"""Very many sparse series: the closed forms, the order of time, false alarms under honest traffic, power."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from checkvalve.native import walks
from checkvalve.statistics import ragged
from checkvalve.statistics.edetector import sr_mixture
from checkvalve.statistics.grouping import starts_of
from checkvalve.statistics.ragged import (
    CONTAMINATIONS,
    RATE_FACTORS,
    Walk,
    rate_walk,
    share_walk,
)

Floats = NDArray[np.float64]
SURE = 1e12
"""A prior of so many hits: the share is known, one of ``children``."""

gaps = st.lists(st.integers(1, 400), min_size=1, max_size=14)
several = st.lists(gaps, min_size=1, max_size=4)


@pytest.fixture(scope="module", autouse=True, params=["compiled", "numpy"])
def _either_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every law holds for the compiled walks and for those of numpy."""
    if request.param == "numpy":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ragged, "walks", None)
            yield
    elif walks is None:
        pytest.skip("the loops were not built: there was no C compiler")
    else:
        yield


def floats(values: ArrayLike) -> Floats:
    """The values as an array of floats."""
    return np.asarray(values, dtype=np.float64)


def one_by_one(series: list[list[int]]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Starts, hits and the parent's count for series of single hits, so many events of the parent apart."""
    keys = np.repeat(np.arange(len(series)), [len(one) for one in series])
    after = np.concatenate([np.cumsum(one) for one in series])
    return starts_of(keys), np.ones(len(after)), floats(after)


def traffic(rng: np.random.Generator, shares: Floats, events: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Starts, the parent's count and the children known, of honest traffic with these shares, each event a cell."""
    child = rng.choice(len(shares), events, p=shares)
    fresh = np.zeros(events)
    fresh[np.unique(child, return_index=True)[1]] = 1.0
    order = np.argsort(child, kind="stable")
    return starts_of(child[order]), floats(order + 1), np.maximum(np.cumsum(fresh)[order], 20.0)


def zipf(children: int, exponent: float) -> Floats:
    """Shares of uneven children."""
    weight = floats(np.arange(1, children + 1)) ** -exponent
    return floats(weight / weight.sum())


def highest(walk: Walk, starts: NDArray[np.int64]) -> Floats:
    """The most evidence of each series."""
    most: Floats = np.maximum.reduceat(walk.log_e, starts[:-1])
    return most


@given(gaps, st.floats(0.0005, 0.5), st.sampled_from([1.0, 2.0, 3.0]))
def test_known_share_is_the_recursion_step_by_step(apart: list[int], share: float, dispersion: float) -> None:
    """Each event of the parent is a step of the mixture e-detector: a hit gives ln(p1/s), a miss ln(1 - f)."""
    starts, hits, after = one_by_one([apart])
    walk = share_walk(starts, hits, after, np.full(len(after), 1 / share), prior_hits=SURE, dispersion=dispersion)
    steps = []
    for f in CONTAMINATIONS:
        miss, hit = math.log1p(-f) / dispersion, math.log((share + (1 - share) * f) / share) / dispersion
        steps.append([[step for gap in apart for step in [miss] * (gap - 1) + [hit]]])
    slow = sr_mixture(steps).log_e[0]
    at = np.cumsum(apart) - 1
    np.testing.assert_allclose(walk.log_e, slow[at], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(walk.expected, share * np.asarray(apart), rtol=1e-5)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=8))
def test_a_crowded_cell_is_one_step(cells: list[tuple[int, int, int]]) -> None:
    """What comes between two cells are steps; what a cell holds (misses and hits in any order) is one step."""
    before = np.cumsum([gap for gap, _, _ in cells]) + np.concatenate(
        [[0], np.cumsum([misses + hits for _, misses, hits in cells])[:-1]]
    )
    after = before + [misses + hits for _, misses, hits in cells]
    walk = share_walk(
        np.array([0, len(cells)]),
        np.array([float(hits) for _, _, hits in cells]),
        after.astype(float),
        np.full(len(cells), 50.0),
        parent_before=before.astype(float),
        prior_hits=SURE,
    )
    share, steps = 0.02, []
    for f in CONTAMINATIONS:
        miss, hit, row = math.log1p(-f), math.log((share + (1 - share) * f) / share), []
        for gap, misses, hits in cells:
            row += [miss] * gap + [misses * miss + hits * hit]
        steps.append([row])
    at = np.cumsum([gap + 1 for gap, _, _ in cells]) - 1
    np.testing.assert_allclose(walk.log_e, sr_mixture(steps).log_e[0][at], rtol=1e-5, atol=1e-4)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12), st.floats(0.05, 0.9))
def test_rate_is_the_recursion_step_by_step(cells: list[tuple[int, int]], usual: float) -> None:
    """Each cell is a step of the mixture e-detector with the likelihood ratio of its successes and failures."""
    good, bad = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    walk = rate_walk(np.array([0, len(cells)]), good, bad, np.full(len(cells), usual))
    steps = [[good * math.log(k) + bad * math.log((1 - k * usual) / (1 - usual))] for k in RATE_FACTORS]
    np.testing.assert_allclose(walk.log_e, sr_mixture(np.array(steps)).log_e[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(walk.expected, usual * (good + bad))


@given(several, st.integers(1, 14))
def test_later_cells_change_nothing_before_them(series: list[list[int]], cut: int) -> None:
    """The values of the first cells of each series are the same when the others have not happened yet."""
    starts, hits, after = one_by_one(series)
    whole = share_walk(starts, hits, after, np.full(len(after), 30.0))
    short = [one[:cut] for one in series]
    starts_short, hits_short, after_short = one_by_one(short)
    part = share_walk(starts_short, hits_short, after_short, np.full(len(after_short), 30.0))
    rate_whole, rate_part = (
        rate_walk(s, (a % 3 == 0).astype(float), (a % 3 > 0).astype(float), np.full(len(a), 0.6))
        for s, a in ((starts, after), (starts_short, after_short))
    )
    for (a, _), (b, c) in zip(pairwise(starts), pairwise(starts_short), strict=True):
        for long, now in ((whole, part), (rate_whole, rate_part)):
            for one, other in zip(long, now, strict=True):
                np.testing.assert_array_equal(one[a : a + c - b], other[b:c])


@given(several, st.randoms(use_true_random=False))
def test_order_of_series_does_not_matter(series: list[list[int]], random) -> None:  # type: ignore[no-untyped-def] # hypothesis' own Random
    """Each series is judged by itself: shuffled, each keeps its values."""
    order = list(range(len(series)))
    random.shuffle(order)
    results = []
    for chosen in (series, [series[nth] for nth in order]):
        starts, hits, after = one_by_one(chosen)
        walk = share_walk(starts, hits, after, np.full(len(after), 30.0))
        results.append([walk.log_e[a:b] for a, b in pairwise(starts)])
    for place, nth in enumerate(order):
        np.testing.assert_array_equal(results[1][place], results[0][nth])


@given(st.integers(0, 3000), st.integers(1, 40), st.integers(1, 40), st.integers(1, 500))
def test_more_hits_never_mean_less_evidence(past: int, hits: int, more: int, misses: int) -> None:
    """Of so many events of the parent, more that are the child's say more against chance."""
    both = [
        share_walk(
            np.array([0, 1]),
            np.array([float(number)]),
            np.array([float(past + hits + more + misses)]),
            np.array([200.0]),
            parent_before=np.array([float(past)]),
            prior_hits=prior,
        ).log_e[0]
        for prior in (SURE, 0.5)
        for number in (hits, hits + more)
    ]
    assert both[1] >= both[0]
    assert both[3] >= both[2] - 2.0, "a learned share may rise with the hits, yet not by much"


@given(st.lists(st.integers(1, 30), min_size=1, max_size=10), st.integers(100, 5000), st.integers(2, 9))
def test_hits_in_one_cell_or_one_by_one_say_nearly_the_same(sizes: list[int], past: int, children: int) -> None:
    """Counted in one cell, hits that follow each other give no more evidence, and hardly less, than one by one."""
    total = sum(sizes)
    single = share_walk(
        np.array([0, total]),
        np.ones(total),
        past + np.arange(1.0, total + 1),
        np.full(total, 100.0 * children),
        prior_hits=SURE,
    )
    after = past + np.cumsum(sizes).astype(float)
    celled = share_walk(
        np.array([0, len(sizes)]),
        np.array(sizes, dtype=float),
        after,
        np.full(len(sizes), 100.0 * children),
        prior_hits=SURE,
    )
    assert celled.log_e[-1] <= single.log_e[-1] + 1e-9
    assert celled.log_e[-1] == pytest.approx(single.log_e[-1], abs=1.0)


def windows(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], Walk]:
    """The walk over a table (children, windows) of counts, one cell for each window in which a child had any."""
    until = np.cumsum(counts.sum(axis=0)).astype(float)
    children, at = np.nonzero(counts)
    starts = starts_of(children)
    before = until - counts.sum(axis=0)
    known = np.full(len(at), float(len(counts)))
    return starts, share_walk(
        starts, counts[children, at].astype(float), until[at], known, parent_before=before[at]
    )


def test_a_surge_of_the_whole_parent_cancels() -> None:
    """Twenty times the traffic in every child for a while is no news; in one child alone it is."""
    rng = np.random.default_rng(1)
    mean = np.outer(zipf(100, 0.5), np.full(300, 50.0))
    mean[:, 200:220] *= 20
    starts, walk = windows(rng.poisson(mean))
    assert highest(walk, starts).max() < 14.0
    mean[7, 100:110] *= 20
    starts, walk = windows(rng.poisson(mean))
    assert highest(walk, starts).argmax() == 7
    assert highest(walk, starts)[7] > 100.0


@pytest.mark.parametrize("per_minute", [5, 500])
def test_honest_networks_stay_quiet_at_any_rate(per_minute: int) -> None:
    """Cells of a minute with hundreds of events of few large children raise no more alarms than cells of five."""
    rng = np.random.default_rng(2)
    minutes, shares = 400, np.array([0.45, 0.3, 0.2, 0.05])
    starts, walk = windows(rng.multinomial(per_minute, shares, minutes).T)
    assert highest(walk, starts).max() < 12.0


def test_average_run_length_with_a_known_share_reaches_its_guarantee() -> None:
    """E_inf[events of the parent until a false alarm] >= 1/alpha, here 1,000 events, at several shares."""
    rng = np.random.default_rng(3)
    for share in (0.002, 0.02, 0.2):
        events = 4000
        hit = rng.random((300, events)) < share
        series, at = np.nonzero(hit)
        starts = starts_of(series)
        walk = share_walk(starts, np.ones(len(at)), floats(at + 1), np.full(len(at), 1 / share), prior_hits=SURE)
        length = np.full(300, float(events))
        for one, (a, b) in zip(np.unique(series), pairwise(starts), strict=True):
            over = np.flatnonzero(walk.log_e[a:b] >= math.log(1000))
            if len(over):
                length[one] = at[a + over[0]] + 1.0
        assert length.mean() >= 1000
        assert (length < events).any()


@pytest.mark.parametrize(("exponent", "children"), [(0.5, 2000), (1.0, 3000), (1.2, 3000)])
def test_false_alarms_with_learned_shares_stay_within_the_promise(exponent: float, children: int) -> None:
    """Of uneven children whose shares are learned as they come, no more alarm than alpha x children x events."""
    events, runs = 10_000, 8
    over = {9.0: 0, 12.0: 0, 15.0: 0, 18.0: 0}
    for seed in range(runs):
        starts, after, known = traffic(np.random.default_rng(seed), zipf(children, exponent), events)
        most = highest(share_walk(starts, np.ones(events), after, known), starts)
        over = {nats: number + int((most >= nats).sum()) for nats, number in over.items()}
    for nats, number in over.items():
        assert number <= runs * children * events * math.exp(-nats)
    assert over[9.0] > 0


def test_a_rate_at_its_usual_value_keeps_the_guarantee() -> None:
    """E_inf[outcomes until a false alarm] >= 1/alpha while the true rate is p0, or better."""
    rng = np.random.default_rng(4)
    for usual, true in ((0.45, 0.45), (0.8, 0.8), (0.45, 0.6)):
        series, outcomes = 200, 3000
        good = (rng.random(series * outcomes) < true).astype(float)
        walk = rate_walk(np.arange(series + 1) * outcomes, good, 1 - good, np.full(len(good), usual))
        alarmed = walk.log_e.reshape(series, outcomes) >= math.log(1000)
        length = np.where(alarmed.any(axis=1), alarmed.argmax(axis=1) + 1, outcomes)
        assert length.mean() >= 1000


@pytest.mark.parametrize(("past_hits", "most"), [(0, 7), (5, 8), (50, 16)])
def test_a_block_under_attack_alarms_after_few_hits(past_hits: int, most: int) -> None:
    """Every second new number of a country of 2,000 goes to one block: 20 nats within a handful of them."""
    rng = np.random.default_rng(5)
    past = np.sort(rng.choice(2000, past_hits, replace=False)) + 1.0
    after = floats(np.concatenate([past, 2000.0 + 2.0 * np.arange(1.0, 40.0)]))
    walk = share_walk(np.array([0, len(after)]), np.ones(len(after)), after, np.full(len(after), 500.0))
    assert walk.log_e[past_hits - 1 if past_hits else 0] < 12.0
    assert 2 <= int(np.argmax(walk.log_e >= 20.0)) - past_hits + 1 <= most


def test_a_trickle_is_found_too() -> None:
    """One in fifty of a country's new numbers goes to one block that was silent: found within thirty."""
    after = floats(3000 + 50 * np.arange(1, 60))
    walk = share_walk(np.array([0, len(after)]), np.ones(len(after)), after, np.full(len(after), 800.0))
    assert 3 <= int(np.argmax(walk.log_e >= 20.0)) + 1 <= 30


def test_an_attack_does_not_become_its_own_baseline() -> None:
    """Evidence of a share that stays high goes on growing instead of fading into what is usual."""
    after = floats(np.concatenate([np.arange(1, 21) * 100.0, 2000 + 3.0 * np.arange(1, 1500)]))
    walk = share_walk(np.array([0, len(after)]), np.ones(len(after)), after, np.full(len(after), 100.0))
    assert walk.log_e[-1] >= walk.log_e[200] > 100


def test_dead_codes_alarm_within_a_handful() -> None:
    """No code of twelve comes back where 65 % do: over ln(1e4); at 30 % of the usual rate within forty."""
    dead = rate_walk(np.array([0, 12]), np.zeros(12), np.ones(12), np.full(12, 0.65))
    assert int(np.argmax(dead.log_e >= math.log(1e4))) + 1 <= 12
    rng = np.random.default_rng(6)
    good = (rng.random(200) < 0.2).astype(float)
    poor = rate_walk(np.array([0, 200]), good, 1 - good, np.full(200, 0.65))
    assert 0 < int(np.argmax(poor.log_e >= math.log(1e4))) + 1 <= 40


def test_nothing_gives_nothing() -> None:
    """Without cells there are no series and no evidence."""
    none = np.zeros(0)
    assert starts_of(np.zeros(0, np.int64)).tolist() == [0]
    assert all(len(column) == 0 for column in share_walk(starts_of(np.zeros(0, np.int64)), none, none, none))
    assert all(len(column) == 0 for column in rate_walk(starts_of(np.zeros(0, np.int64)), none, none, none))


CELLS = st.lists(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=9),
    max_size=7,
)


@given(CELLS, st.sampled_from([1.0, 2.0, 3.0]), st.floats(0.01, 0.99))
def test_compiled_and_numpy_say_the_same(
    series: list[list[tuple[int, int, int]]], dispersion: float, usual: float
) -> None:
    """However many hits, misses before and misses within a cell: both walks give the same figures."""
    if walks is None:
        pytest.skip("the loops were not built: there was no C compiler")
    starts = np.cumsum([0, *map(len, series)])
    hits, before, within = (floats([cell[nth] for one in series for cell in one]) for nth in range(3))
    began = [np.cumsum([hit + apart + inside for hit, apart, inside in one]) for one in series]
    after = np.concatenate([np.zeros(0), *began])
    found = []
    for compiled in (walks, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ragged, "walks", compiled)
            found += [
                share_walk(
                    starts, hits, after, np.full(len(hits), 20.0), parent_before=after - hits - within,
                    dispersion=dispersion,
                ),
                rate_walk(starts, hits, before, np.full(len(hits), usual)),
            ]  # fmt: skip
    for one, other in ((found[0], found[2]), (found[1], found[3])):
        np.testing.assert_allclose(one.log_e, other.log_e, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(one.expected, other.expected, rtol=1e-12)
