"""Blocks, neighbours, runs, pools and digits: quiet on people's numbers, loud on generated ones."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.statistics import (
    blank_occupancy,
    digit_bias,
    effective_live_numbers,
    fullest_block,
    neighbour_gaps,
    pool_size,
    repeats,
    running_steps,
)

LOUD = math.log(1e6)


class TestFullestBlock:
    """Scan for the fullest block."""

    def test_false_alarms_of_learned_uneven_blocks_are_rare(self) -> None:
        """Zipf-like blocks whose unevenness was learned: p <= 0.02 comes at most 1 time in 50."""
        rng = np.random.default_rng(1)
        share = np.arange(1, 201.0) ** -0.6
        share /= share.sum()
        hits = 0
        for _ in range(300):
            history = rng.multinomial(5000, share)
            found = fullest_block(rng.multinomial(200, share), history + blank_occupancy(200))
            hits += bool(found.surprise.log_p <= math.log(0.02))
        assert hits / 300 <= 0.03

    def test_fresh_carriers_are_not_suspected_for_being_uneven(self) -> None:
        """Blocks never seen before, used like Zipf(0.5): no evidence above ln(100) in 200 tries."""
        rng = np.random.default_rng(2)
        share = rng.permutation(np.arange(1, 501.0) ** -0.5)
        weights = np.full(500, blank_occupancy(500))
        nats = [
            float(fullest_block(rng.multinomial(300, share / share.sum()), weights).surprise.nats)
            for _ in range(200)
        ]
        assert max(nats) < math.log(100.0)

    def test_an_attack_on_one_block_is_named(self) -> None:
        """Thirty of 230 messages in a block that holds one in 200: that block, beyond a millionth."""
        rng = np.random.default_rng(3)
        counts = rng.multinomial(200, np.full(200, 1 / 200))
        counts[77] += 30
        found = fullest_block(counts, rng.multinomial(5000, np.full(200, 1 / 200)) + 1.0)
        assert found.block == 77
        assert found.surprise.nats > LOUD
        assert float(found.surprise.observed) == counts[77]

    @given(st.lists(st.integers(0, 50), min_size=2, max_size=10), st.integers(0, 2**32 - 1))
    @settings(max_examples=40)
    def test_order_of_blocks_does_not_matter(self, counts: list[int], seed: int) -> None:
        """Shuffling the blocks shuffles the answer only."""
        order = np.random.default_rng(seed).permutation(len(counts))
        weight = np.arange(1.0, len(counts) + 1.0)
        one = fullest_block(counts, weight)
        two = fullest_block(np.array(counts)[order], weight[order])
        assert float(two.surprise.log_p) == pytest.approx(float(one.surprise.log_p), abs=1e-9)

    def test_blank_weights_have_the_unevenness_they_claim(self) -> None:
        """The expected collision share of the symmetric Dirichlet equals Zipf's."""
        share = np.arange(1, 301.0) ** -0.5
        share /= share.sum()
        a = blank_occupancy(300, 0.5)
        assert (a + 1) / (300 * a + 1) == pytest.approx(float((share**2).sum()))
        assert blank_occupancy(300, 0.0) == 1e6


class TestNeighbours:
    """Gaps and running steps."""

    def test_share_of_neighbours_follows_the_formula(self) -> None:
        """A thousand of ten million numbers: 0.01 %, 0.1 %, 1 % have a next neighbour within 1, 10, 100."""
        for distance, share in ((1, 1e-4), (10, 1e-3), (100, 1e-2)):
            found = neighbour_gaps(np.arange(1000) * 9999, 1e7, [distance])
            assert float(found.surprise.expected) == pytest.approx(share, rel=0.01)

    def test_random_numbers_are_quiet_and_false_alarms_rare(self) -> None:
        """Numbers drawn at random: p <= 0.02 comes at most 1 time in 40, over 400 draws."""
        rng = np.random.default_rng(4)
        p = [float(neighbour_gaps(rng.integers(0, 10**6, 300), 1e6).surprise.log_p) for _ in range(400)]
        assert (np.array(p) <= math.log(0.02)).mean() <= 0.025

    def test_a_small_block_among_honest_numbers_is_seen(self) -> None:
        """Twenty numbers of one block of a hundred among five hundred at random."""
        rng = np.random.default_rng(5)
        numbers = np.concatenate([rng.integers(0, 10**7, 500), 5_000_000 + rng.choice(100, 20, replace=False)])
        assert neighbour_gaps(numbers, 1e7).surprise.nats > LOUD

    def test_repeated_numbers_are_no_neighbours(self) -> None:
        """One person who asks a hundred times is not a dense block."""
        assert neighbour_gaps([436991234567] * 100, 1e6).surprise.nats < 0.0

    def test_counting_up_and_an_equal_stride_are_told_apart(self) -> None:
        """Steps of one are near, steps of seven are a stride, random steps are neither."""
        rng = np.random.default_rng(6)
        near = running_steps(1000 + np.cumsum(rng.integers(1, 4, 12)), 1e6)
        stride = running_steps(1000 + 70 * np.arange(12), 1e6)
        chance = running_steps(rng.integers(0, 10**6, 1000), 1e6)
        assert (near.pattern, stride.pattern) == ("near", "stride")
        assert min(float(near.surprise.nats), float(stride.surprise.nats)) > LOUD
        assert chance.surprise.nats < math.log(1e3)

    def test_downwards_is_running_too(self) -> None:
        """Counting down says what counting up says."""
        up = running_steps(5000 + np.arange(15), 1e6).surprise.nats
        assert running_steps(5000 - np.arange(15), 1e6).surprise.nats == up

    @given(st.integers(2, 60), st.integers(-(10**9), 10**9))
    @settings(max_examples=30)
    def test_where_the_numbers_lie_does_not_matter(self, n: int, shift: int) -> None:
        """Adding a constant to all numbers changes nothing."""
        numbers = np.random.default_rng(n).integers(0, 1000, n)
        one, two = neighbour_gaps(numbers, 1e5), neighbour_gaps(numbers + shift, 1e5)
        assert one.surprise == two.surprise
        assert running_steps(numbers, 1e5).surprise == running_steps(numbers + shift, 1e5).surprise

    def test_effective_live_numbers_of_even_and_uneven_blocks(self) -> None:
        """Ten even blocks of a thousand count as ten thousand numbers, one full block as one thousand."""
        assert effective_live_numbers(np.full(10, 5000), 1000) == pytest.approx(10_000, rel=0.001)
        assert effective_live_numbers([50_000, 0, 0], 1000) == pytest.approx(1000, rel=0.001)


class TestPools:
    """Repetitions and pool sizes."""

    def test_pool_size_is_found_and_its_interval_holds(self) -> None:
        """Draws of 300 from 5,000: the 95 % interval holds the truth in at least 90 of 100 tries."""
        rng = np.random.default_rng(7)
        held = 0
        for _ in range(100):
            counts = np.unique(rng.integers(0, 5000, 300), return_counts=True)[1]
            estimate = pool_size(counts)
            held += estimate.low <= 5000 <= estimate.high
        assert held >= 90

    def test_without_a_repetition_only_a_lower_bound_is_known(self) -> None:
        """A hundred different ones: the pool may be endless, but not tiny."""
        estimate = pool_size(np.ones(100))
        assert (estimate.size, estimate.high) == (np.inf, np.inf)
        assert 1000 < estimate.low < 2000

    def test_repetitions_from_a_large_pool_are_no_surprise(self) -> None:
        """The bound on the tail is valid: p <= 0.05 comes at most 1 time in 20."""
        rng = np.random.default_rng(8)
        distinct = [np.unique(rng.integers(0, 20_000, 400)).size for _ in range(400)]
        assert (repeats(400, distinct, 20_000).log_p <= math.log(0.05)).mean() <= 0.05

    def test_a_small_pool_is_loud_and_usual_resends_are_not(self) -> None:
        """1,000 sends to 200 numbers against a million; 1,000 sends of which one in ten is a resend."""
        assert repeats(1000, 200, 1e6).nats > LOUD
        assert repeats(1000, 900, 1e6, usual_repeats=0.1).nats < 1.0

    @given(st.integers(2, 500), st.data())
    def test_fewer_different_numbers_are_never_less_surprising(self, n: int, data: st.DataObject) -> None:
        """Evidence falls as the number of distinct ones rises."""
        d = data.draw(st.integers(1, n - 1))
        assert repeats(n, d, 1e5).nats >= repeats(n, d + 1, 1e5).nats


class TestDigits:
    """Bias of last digits."""

    def test_random_digits_are_no_evidence(self) -> None:
        """Over 300 honest groups of 150 numbers the mean of e is about one or less, and p <= 0.02 is rare."""
        rng = np.random.default_rng(9)
        runs = [digit_bias(rng.integers(0, 10**7, 150)).surprise for _ in range(300)]
        assert np.mean([math.exp(float(r.nats)) for r in runs]) < 1.5
        assert np.mean([bool(r.log_p <= math.log(0.02)) for r in runs]) <= 0.04

    @pytest.mark.parametrize("place", [1, 2, 3, 4])
    def test_a_fixed_digit_is_found_where_it_is(self, place: int) -> None:
        """Thirty numbers with one of the last four digits held: that place, beyond a millionth."""
        numbers = np.random.default_rng(place).integers(0, 10**7, 30)
        unit = 10 ** (place - 1)
        numbers = numbers - numbers // unit % 10 * unit + 7 * unit
        found = digit_bias(numbers)
        assert found.place == place
        assert found.surprise.nats > LOUD
        assert found.shares[place - 1, 7] == 1.0

    def test_a_known_preference_is_no_surprise(self) -> None:
        """Against its own usual shares a biased digit says nothing."""
        rng = np.random.default_rng(10)
        numbers = rng.integers(0, 10**6, 2000) * 10 + rng.choice(10, 2000, p=[0.55] + [0.05] * 9)
        usual = np.full((1, 10), 0.05)
        usual[0, 0] = 0.55
        assert digit_bias(numbers, places=1).surprise.nats > LOUD
        assert digit_bias(numbers, places=1, reference=usual).surprise.nats < 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: fullest_block([1.0], [0.0]),
        lambda: fullest_block([1.0, 2.0], [1.0]),
        lambda: blank_occupancy(0),
        lambda: effective_live_numbers([1], 100),
        lambda: neighbour_gaps([1, 2], 0.0),
        lambda: running_steps([1, 2, 3], 0.0),
        lambda: repeats(1, 2, 100.0),
        lambda: digit_bias([1], places=0),
        lambda: digit_bias([1], places=2, reference=np.full((1, 10), 0.1)),
    ],
)
def test_what_cannot_be_computed_is_refused(call: Any) -> None:
    """Empty pools, wrong shapes, more distinct than drawn raise ValueError."""
    with pytest.raises(ValueError, match=r"must|cannot"):
        call()


@pytest.mark.parametrize("numbers", [[], [436991234567]])
def test_one_number_proves_nothing(numbers: list[int]) -> None:
    """With no or one number there is no evidence of any pattern."""
    assert neighbour_gaps(numbers, 1e6).surprise.nats < 0.0
    assert running_steps(numbers, 1e6).surprise.nats < 0.0
    assert abs(float(digit_bias(numbers).surprise.nats)) < 1e-9
