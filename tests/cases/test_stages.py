"""Drafts that are judged beside each other are judged as one after the other."""

import pytest

from checkvalve.cases.stages import Gathered, cases_of, world_of
from checkvalve.settings import Settings
from tests.cases.worlds import ATTACK_S, SENDING
from tests.indicators.synthetic import DAY_S, Messages, ask, honest, pool, store_of

SENT: tuple[Messages, ...] = (
    honest(1, days=10.0, per_day=300.0, countries=("PL", "ES", "UZ")),
    pool(ATTACK_S, count=120),
    pool(ATTACK_S + 2 * DAY_S, prefix="99890155", digits=12, count=120, seed=4),
)


def told(linked: bool, apart: bool) -> list[tuple[str, float, list[str]]]:
    """Verdict, confidence and ranges of the cases; ``apart``: with a second way to the evidence."""
    with store_of(*SENT) as store, store.aside() as other:
        if linked:
            for sent in SENT:
                ask(store, sent.at_s - 1, [f"198.51.{nth % 200}.{nth // 200}" for nth in range(len(sent))])
            store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
        gathered = Gathered([], [], [SENDING] if linked else [])
        judged, _ = cases_of(world_of(store, Settings(), gathered, other if apart else None))
        return sorted((one.verdict, one.confidence, [each.prefix for each in one.scene.ranges]) for one in judged)


@pytest.mark.parametrize("linked", [True, False])
def test_two_ways_to_the_evidence_tell_the_same(linked: bool) -> None:
    """Several cases are the same with one connection and with two, whether requests are linked to messages or not."""
    one_by_one = told(linked, apart=False)
    assert len(one_by_one) >= 2
    assert told(linked, apart=True) == one_by_one
