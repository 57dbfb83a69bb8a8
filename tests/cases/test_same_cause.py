"""What one accepted rival explains in one place and time is told as one case."""

from dataclasses import replace

from checkvalve.cases.assess import judge
from checkvalve.cases.same_cause import told_once
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft, world_of
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
