"""What one accepted rival explains in one place and time is told as one case."""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.assess import judge
from checkvalve.cases.same_cause import told_once
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft, plan_activity, rival, world_of
from tests.indicators.synthetic import DAY_S, honest, store_of

SETTLED = honest(1, countries=("ES",))
OPENED = honest(2, days=2.0, per_day=150, countries=("PL",), start_s=ATTACK_S - 40_000.0)
PLACE = country_index("PL")


def _surge(begin_day: float, end_day: float) -> Alarm:
    return alarm(
        "surge", Level.COUNTRY, PLACE, onset_s=ATTACK_S + begin_day * DAY_S, end_s=ATTACK_S + end_day * DAY_S
    )


def test_a_launch_is_told_once() -> None:
    """Two surges of a country that opened are one launch; of two countries they stay two."""
    with store_of(SETTLED, OPENED) as store:
        world = world_of(store)
        first, second = (judge(draft(_surge(*days)), world) for days in ((0.0, 0.4), (0.8, 1.2)))
        assert {one.verdict for one in (first, second)} == {"benign"}
        (whole,) = told_once([first, second], world)
        assert (whole.scene.start_s, whole.scene.end_s) == (first.scene.start_s, second.scene.end_s)
        elsewhere = replace(second, draft=draft(alarm("surge", Level.COUNTRY, country_index("ES"), "ES")))
        assert len(told_once([first, elsewhere], world)) == 2


def test_guilty_cases_stay_apart() -> None:
    """Cases that nothing explains are not joined for that."""
    with store_of(SETTLED, OPENED) as store:
        world = world_of(store)
        found = [replace(judge(draft(_surge(*days)), world), verdict="attack") for days in ((0.0, 0.4), (0.8, 1.2))]
        assert told_once(found, world) == found


@pytest.mark.parametrize(
    ("called_back", "planned", "cases"), [(False, False, 1), (False, True, 2), (True, False, 2)]
)
def test_a_market_that_grows_is_its_launch(called_back: bool, planned: bool, cases: int) -> None:
    """Newcomers who surge weeks after a launch belong to it; customers called back, and what was planned, do not."""
    later_s = ATTACK_S + 20 * DAY_S
    people = honest(2, days=20.0, per_day=100, countries=("PL",), start_s=ATTACK_S - 40_000.0, blocks=500)
    grown = honest(3, days=2.0, per_day=600, countries=("PL",), start_s=later_s, returning=0.1, blocks=500)
    if called_back:
        grown = replace(grown, number=np.random.default_rng(1).choice(people.number, len(grown)))
    with store_of(SETTLED, people, grown) as store:
        if planned:
            plan_activity(store, later_s, later_s + 2 * DAY_S, ["PL"])
        world = world_of(store)
        found = [judge(draft(_surge(*days)), world) for days in ((0.0, 0.4), (20.0, 22.0))]
        assert [rival(one, "launch").status for one in found] == ["accepted", "excluded"]
        assert {one.verdict for one in found} == {"benign"}
        assert len(told_once(found, world)) == cases
