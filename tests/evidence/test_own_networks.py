"""Who asked for a message through the network of the number, told by the evidence itself."""

import numpy as np
import pytest

from checkvalve.evidence.own_networks import asked_through
from tests.indicators.mobile import FRAUD_S, PEOPLE, STRANGERS, asking, linked, together
from tests.indicators.synthetic import DAY_S, START


def test_a_carriers_network_is_the_own_one_of_its_numbers_alone() -> None:
    """Of people so many ask through their own network as use their telephone's line; a home is nobody's own."""
    with linked(PEOPLE) as (store, rows):
        found = asked_through(store, rows)
        assert found is not None
        assert len(found.row) > 0.9 * len(rows)
        assert abs(found.own.mean() - 0.6) < 0.05


def test_numbers_that_were_chosen_by_chance_hardly_match() -> None:
    """Numbers of strangers meet the network that they are asked for through by chance only."""
    with linked(together(PEOPLE, STRANGERS)) as (store, rows):
        found = asked_through(store, rows)
        assert found is not None
        strange = np.isin(rows.number[found.row], STRANGERS[0].number)
        assert found.own[strange].mean() < 0.2
        assert found.own[~strange].mean() > 0.5


def test_forms_by_which_others_are_asked_for_tell_nothing() -> None:
    """Where networks and numbers never agree, as of invitations, nothing is told."""
    with linked(asking("PL", 60.0, 0.8, matched=False)) as (store, rows):
        assert asked_through(store, rows) is None


def test_a_crowd_behind_one_address_is_left_out() -> None:
    """Guests of one network, whoever their carriers are, are not counted as strangers."""
    guests, _ = asking("PL", 80.0, 0.0, begin_s=FRAUD_S, end_s=FRAUD_S + DAY_S, seed=3)
    with linked(together(PEOPLE, (guests, ["99.1.1.1"] * len(guests)))) as (store, rows):
        found = asked_through(store, rows)
        assert found is not None
        assert not np.isin(rows.number[found.row], guests.number).any()


@pytest.mark.parametrize("days", [0.0, 0.5])
def test_too_little_tells_nothing(days: float) -> None:
    """A few requests teach nobody's network."""
    with linked(asking("PL", 20.0, 0.6, end_s=START + days * DAY_S + 3_600)) as (store, rows):
        assert asked_through(store, rows) is None
