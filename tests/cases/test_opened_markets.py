"""A market stays once it opened: what it costs from then on is explained by its opening."""

from dataclasses import replace

import pytest

from checkvalve.cases.assess import judge
from checkvalve.cases.leftover import leftover
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft, rival, world_of
from tests.indicators.synthetic import DAY_S, Messages, honest, store_of

SETTLED = honest(1, days=16.0, countries=("ES",))
ENDS_S = ATTACK_S + 4 * DAY_S


def _market(later_usd: float) -> Messages:
    """A dear country that opens on the sixth day and stays; its surge is over, and its price may change, four on."""
    opened = honest(2, days=10.0, per_day=200, countries=("PL",), start_s=ATTACK_S, blocks=500)
    dear = replace(opened, price_usd=opened.price_usd * 0 + 0.5)
    dear.price_usd[dear.at_s > ENDS_S] = later_usd
    return dear


@pytest.mark.parametrize(
    ("later_usd", "verdict", "open_"), [(0.5, "benign", False), (3.0, "benign", True), (0.5, "attack", True)]
)
def test_what_a_market_costs_after_its_launch_is_explained(later_usd: float, verdict: str, open_: bool) -> None:
    """Nobody asks after days that cost what the launch did; several times as much is left over, and after no launch."""
    with store_of(SETTLED, _market(later_usd)) as store:
        world = world_of(store)
        surge = alarm("surge", Level.COUNTRY, country_index("PL"), onset_s=ATTACK_S, end_s=ENDS_S)
        found = judge(draft(surge), world)
        assert (found.verdict, rival(found, "launch").status) == ("benign", "accepted")
        assert leftover(world, []).open
        assert leftover(world, [replace(found, verdict=verdict)]).open is open_
