"""Who comes back to the same block days later is the same cause, not a second one."""

from checkvalve.cases.drafts import drafts
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.indicators.synthetic import DAY_S, POOL, START, honest, pool, rows_of

ATTACK_S = START + 3 * DAY_S
LATER_S = ATTACK_S + 1.6 * DAY_S
ROWS = rows_of(honest(1) + pool(ATTACK_S, count=100) + pool(LATER_S, count=6, seed=2))
POLAND = country_index("PL")


def on_pool() -> Alarm:
    """The alarm on the block, over before the second wave begins."""
    end_s = ATTACK_S + 3_000
    return Alarm("volume", Level.BLOCK10000, int(POOL), POLAND, ATTACK_S, ATTACK_S + 60, end_s, 90.0, 100.0, 1.0)


def on_country(onset_s: float, observed: float) -> Alarm:
    """A surge of the country for an hour."""
    end_s = onset_s + 3_600
    return Alarm("surge", Level.COUNTRY, POLAND, POLAND, onset_s, end_s, end_s, 20.0, observed, 2.0)


def test_a_second_wave_to_the_same_block_is_the_same_cause() -> None:
    """A surge a day and a half later, most of it in the block of the first, joins the first's draft."""
    (draft,) = drafts([on_pool(), on_country(LATER_S - 60, 8.0)], ROWS)
    assert len(draft.alarms) == 2


def test_a_later_surge_elsewhere_is_another_cause() -> None:
    """A surge whose excess the block does not hold, or one that was over before, stays a draft of its own."""
    rest = pool(LATER_S, prefix="4860133", count=80, seed=3)
    elsewhere = rows_of(honest(1) + pool(ATTACK_S, count=100) + pool(LATER_S, count=6, seed=2) + rest)
    assert len(drafts([on_pool(), on_country(LATER_S - 60, 86.0)], elsewhere)) == 2
    assert len(drafts([on_pool(), on_country(ATTACK_S - DAY_S, 8.0)], ROWS)) == 2
