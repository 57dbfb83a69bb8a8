"""Failed deliveries that excuse, and such as do not."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators import delivery
from checkvalve.indicators.outcomes import outcomes
from checkvalve.indicators.receipts import doubted
from tests.indicators.synthetic import DAY_S, START, Messages, honest, messages, rows_of

STORM_S = START + 6 * DAY_S + 36_000.0
LASTS_S = 6 * 3600.0
THRESHOLD = 12.0
FLOOR = 0.45
PEOPLE = honest(1, days=8, per_day=600, returning=0.6)


def poles(sent: Messages) -> NDArray[np.bool_]:
    """Which messages of the storm's time go to Poland?"""
    when = (sent.at_s >= STORM_S) & (sent.at_s < STORM_S + LASTS_S)
    found: NDArray[np.bool_] = when & (sent.number // 10**9 == 48)
    return found


def struck(sent: Messages) -> Messages:
    """An outage: nothing that is sent to Poland arrives."""
    lost = poles(sent)
    return replace(sent, failed=sent.failed | lost, verified_s=np.where(lost, np.nan, sent.verified_s))


def strangers(count: int, network: int = 48_788_000_000) -> Messages:
    """So many new numbers of a network, all of them said to have failed."""
    rng = np.random.default_rng(2)
    at_s = STORM_S + np.sort(rng.uniform(0, LASTS_S, count))
    return messages(at_s, network + rng.integers(0, 10**6, count), failed=True)


def rows(sent: Messages) -> Destinations:
    """Its rows, with the receipts weighed."""
    found = rows_of(sent)
    return doubted(found, delivery.failing(found, THRESHOLD))


@pytest.mark.parametrize("seed", range(3))
def test_an_outage_excuses(seed: int) -> None:
    """It strikes whoever asks, known or not; every failure of it is believed."""
    sent = struck(honest(seed, days=8, per_day=600, returning=0.6))
    assert rows_of(sent).excused.sum() > 40
    assert rows(sent).doubted_s is None


def test_an_outage_during_a_sale_excuses() -> None:
    """Newcomers to the country as a whole do not make its carrier a liar."""
    sale = honest(4, days=0.25, per_day=2_000, countries=("PL",), start_s=STORM_S, steady=True, returning=0.0)
    assert rows(struck(PEOPLE + sale)).doubted_s is None


def test_failures_that_keep_to_strangers_excuse_nothing() -> None:
    """While those who got messages before get theirs, hundreds of new numbers fail: their codes count as lost."""
    sent = PEOPLE + strangers(200)
    found = rows(sent)
    mine = (found.number // 10**6 == 48_788) & (found.first_s >= STORM_S) & found.excused
    assert found.doubted_s is not None
    assert np.isfinite(found.doubted_s[mine & found.new]).mean() > 0.9
    assert not found.pardoned[mine & found.new].mean() > 0.1
    assert len(outcomes(found, FLOOR).row) > len(outcomes(rows_of(sent), FLOOR).row) + 150


def test_failures_of_known_numbers_are_still_excused() -> None:
    """Only of new numbers the receipts are doubted; whoever got messages before may well have got nothing."""
    found = rows(PEOPLE + strangers(200))
    assert found.doubted_s is not None
    assert np.isinf(found.doubted_s[~found.new]).all()


def test_an_outage_that_brings_a_crowd_of_strangers_to_one_network_excuses_nothing() -> None:
    """Where everybody fails, but the network alone has many times its part of the country's new numbers, it lies."""
    found = rows(struck(PEOPLE + strangers(600)))
    assert found.doubted_s is not None


def test_doubts_use_nothing_later() -> None:
    """A code counts as lost only once the doubt has come; evidence cut off an hour later (a window) says the same."""
    sent = PEOPLE + strangers(200)
    found = rows(sent)
    assert found.doubted_s is not None
    first_s = float(found.doubted_s.min())
    early = rows(sent.until(first_s + 3600))
    assert early.doubted_s is not None
    assert float(early.doubted_s.min()) == pytest.approx(first_s, abs=2 * 3600)
    known = outcomes(found, FLOOR)
    lost = ~np.isnan(found.doubted_s[known.row]) & np.isfinite(found.doubted_s[known.row])
    assert (known.known_s[lost] >= found.doubted_s[known.row][lost]).all()
