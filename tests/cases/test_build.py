"""The case as the result file holds it."""

import pytest

from checkvalve.investigation import Costs
from tests.cases.worlds import ATTACK_S, case_in, judgement
from tests.indicators.synthetic import DAY_S, START, honest, pool


def costs(count: int, *, every_s: float, days: float) -> Costs:
    """Of a pool of dead numbers at $0.50 a message, among people of so many days."""
    with judgement(honest(1, days=days), pool(ATTACK_S, count=count, every_s=every_s, price_usd=0.5)) as found:
        built = case_in(found.only, found.world).costs
    assert built is not None
    return built


@pytest.mark.parametrize(("count", "every_s"), [(40, 15.0), (100, 20.0)])
def test_what_has_run_for_minutes_goes_on_as_it_began(count: int, every_s: float) -> None:
    """In its first hour a running case is counted by the minutes that it has run, not as if the hour were over."""
    found = costs(count, every_s=every_s, days=(ATTACK_S + count * every_s - START) / DAY_S)
    assert found.ongoing
    assert found.per_hour_usd == pytest.approx(0.5 * 3600 / every_s, rel=0.1)
    assert found.projected_30d_usd == pytest.approx(720 * found.per_hour_usd, rel=0.001)


def test_what_was_over_within_an_hour_lost_no_more_in_any() -> None:
    """A case of ten minutes that has ended is not said to have lost six times as much in an hour."""
    found = costs(40, every_s=15.0, days=14.0)
    assert not found.ongoing
    assert 0.85 * found.so_far_usd <= found.per_hour_usd <= found.so_far_usd
    assert found.projected_30d_usd == 0
