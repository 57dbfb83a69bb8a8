"""Alarms of nodes that only got their share back after a flood beside them."""

import numpy as np
import pytest

from checkvalve.indicators import volume
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.regained import without_regained
from checkvalve.numbering.tree import Level
from tests.indicators.lookahead import assert_no_lookahead
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, messages, pool, rows_of

THRESHOLD = 18.0
FLOOD_S = START + 8 * DAY_S
PEOPLE = honest(1, days=21.0, per_day=150.0, countries=("PL",), blocks=120, returning=0.2)


def flood(prefix: str, count: int, begin_s: float = FLOOD_S, seed: int = 2) -> Messages:
    """Numbers all over a network, within half a day."""
    rng = np.random.default_rng(seed)
    size = 10 ** (11 - len(prefix))
    return messages(begin_s + rng.uniform(0, DAY_S / 2, count), int(prefix) * size + rng.integers(0, size, count))


def raised(sent: Messages, levels: tuple[Level, ...] = volume.LEVELS) -> list[Alarm]:
    """The alarms on volume as the test on shares makes them."""
    rows = rows_of(sent)
    return [alarm for level in levels for alarm in volume.alarms(rows, level, THRESHOLD)]


def settled(sent: Messages) -> list[Alarm]:
    """Those that are left."""
    return without_regained(raised(sent), rows_of(sent), THRESHOLD)


def networks(found: list[Alarm]) -> set[int]:
    """The networks that alarmed."""
    return {one.key for one in found if one.level is Level.NETWORK}


FLOODED = networks(raised(flood("48501", 6_000) + PEOPLE.until(FLOOD_S)))


def test_a_share_that_comes_back_after_a_flood_is_no_alarm() -> None:
    """Networks that a flood made small alarm when it is over; but they only have their old share."""
    sent = PEOPLE + flood("48501", 6_000)
    assert len(networks(raised(sent))) > 1
    assert networks(settled(sent)) == FLOODED
    assert len(FLOODED) == 1


def test_a_second_flood_beside_the_first_stays() -> None:
    """A network that is flooded after another one alarms as before, when its flood comes."""
    second_s = FLOOD_S + 3 * DAY_S
    sent = PEOPLE + flood("48501", 6_000) + flood("48601", 3_000, second_s, seed=3)
    (alarm,) = (one for one in settled(sent) if one.level is Level.NETWORK and one.key not in FLOODED)
    assert second_s <= alarm.alarm_s <= second_s + DAY_S / 2
    assert alarm.end_s >= alarm.alarm_s


def test_a_pool_beside_a_flood_stays() -> None:
    """A block in which nobody was before the flood had no share that could come back."""
    sent = PEOPLE + flood("48601", 6_000) + pool(FLOOD_S + 2 * DAY_S)
    assert int(POOL) in {one.key for one in settled(sent)}


def test_without_a_flood_nothing_changes() -> None:
    """Alarms beside which nothing came that would make a share small are left as they are."""
    sent = PEOPLE + pool(FLOOD_S)
    assert settled(sent) == raised(sent) != []


@pytest.mark.parametrize("days", [8.3, 10.0, 12.0])
def test_what_comes_later_changes_no_alarm(days: float) -> None:
    """What was due by a moment is the same whether the rest has happened yet or not."""
    sent = PEOPLE + flood("48501", 6_000) + flood("48601", 3_000, FLOOD_S + 3 * DAY_S, seed=3)
    assert_no_lookahead(settled, sent, START + days * DAY_S)
