"""How many more newcomers came, in cases about newcomers."""

import pytest

from tests.cases.worlds import judged_in, world_of
from tests.indicators.mobile import FRAUD_S, PEOPLE, STRANGERS, asking, linked, together


def test_more_newcomers_than_a_countrys_part_tell() -> None:
    """Where strangers double a country's newcomers, that is no chance, and weighs no more than a surge."""
    with linked(together(PEOPLE, STRANGERS)) as (store, _):
        (one,) = (each for each in judged_in(world_of(store)) if each.finding("own_network"))
        found = one.finding("volume")
        assert found is not None
        assert 2.0 <= found.nats <= 4.0
        assert found.facts["observed"] == pytest.approx(2.75 * found.facts["expected"], rel=0.25)


def test_where_everything_grows_nobodys_part_does() -> None:
    """Strangers who come while other countries get as many more people say little by their number."""
    more = asking("ES", 140.0, 0.6, begin_s=FRAUD_S, seed=4)
    with linked(together(PEOPLE, STRANGERS, more)) as (store, _):
        told = [each.finding("volume") for each in judged_in(world_of(store)) if each.finding("own_network")]
        assert all(one is None or one.nats < 2.0 for one in told)
