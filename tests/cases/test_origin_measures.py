"""Which addresses to shut out."""

from dataclasses import replace

import pytest

from checkvalve.cases.origin_measures import origin_measures
from tests.cases.worlds import ATTACK_S, judged_in, world_of
from tests.indicators.synthetic import ask, honest, pool, store_of

PEOPLE = honest(1)
FRAUD = pool(ATTACK_S, count=60, conversion=0.5)
ELSEWHERE_PREFIX = "4860777"
ELSEWHERE = pool(ATTACK_S + 600.0, prefix=ELSEWHERE_PREFIX, count=40, seed=2)
ADDRESS = "203.0.113.9"


@pytest.mark.parametrize("entered", [False, True])
@pytest.mark.parametrize("other_is_fraud", [False, True])
def test_an_address_is_shut_out_at_the_cost_of_messages_that_no_case_counts(
    entered: bool, other_is_fraud: bool
) -> None:
    """Codes that the case counts though they were entered, and messages of other cases, are no honest ones."""
    with store_of(PEOPLE, FRAUD, ELSEWHERE) as store:
        ask(store, PEOPLE.at_s - 1, [f"198.51.100.{nth % 250}" for nth in range(len(PEOPLE))])
        ask(store, FRAUD.at_s - 1, ADDRESS)
        ask(store, ELSEWHERE.at_s - 1, ADDRESS)
        world = world_of(store)
        (whole,) = judged_in(world)
        ours, others = sorted(whole.scene.ranges, key=lambda one: one.prefix.startswith(ELSEWHERE_PREFIX))
        first = replace(whole, scene=replace(whole.scene, ranges=[ours], counts_verified=entered))
        second = replace(
            whole,
            verdict="attack" if other_is_fraud else "benign",
            scene=replace(whole.scene, ranges=[others], counts_verified=True),
        )
        (one,) = origin_measures(first, [first, second])
        counted = store.row(f"SELECT count(*) FROM send_rows WHERE {first.scene.where_counted}")[0]
        back = store.row(f"SELECT count(*) FROM send_rows WHERE {first.scene.where} AND verified_at IS NOT NULL")[0]
        assert 20 < back < 40
        assert one.target == f"ip {ADDRESS}"
        assert one.stops_sends == counted == 60 - (0 if entered else back)
        assert one.collateral_sends == (0 if entered else back) + (0 if other_is_fraud else 40)
