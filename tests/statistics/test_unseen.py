"""What was never seen, estimated from what was seen once."""

import numpy as np

from checkvalve.statistics.unseen import unseen_share


def test_the_estimate_is_near_the_truth() -> None:
    """On draws from an uneven law the estimate comes near the share of what is still unseen."""
    rng = np.random.default_rng(2)
    shares = 1 / np.arange(1, 2_001) ** 0.7
    shares /= shares.sum()
    seen = rng.choice(2_000, 1_500, p=shares)
    truth = 1 - shares[np.unique(seen)].sum()
    assert abs(unseen_share(seen) - truth) < 0.05


def test_nothing_seen_means_everything_is_new() -> None:
    """Without draws whatever comes is new; of one kind only, hardly anything."""
    assert unseen_share(np.array([], np.int64)) == 1.0
    assert unseen_share(np.full(99, 3)) == 0.01
