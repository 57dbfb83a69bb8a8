"""From when to when a case without ranges lasts."""

import numpy as np
import pytest

from checkvalve.cases.suspects import suspects
from checkvalve.cases.wide_bounds import wide_bounds
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft
from tests.indicators.synthetic import DAY_S, Messages, honest, messages, rows_of

HOUR_S = 3600.0
PEOPLE = honest(1, days=14, countries=("PL",))
RNG = np.random.default_rng(5)
SPRAYED = messages(
    np.sort(ATTACK_S + RNG.uniform(0, HOUR_S, 400)), 48_500_000_000 + RNG.choice(90_000_000, 400, replace=False)
)
HOURS = alarm("surge", Level.COUNTRY, 0, onset_s=ATTACK_S - HOUR_S, end_s=ATTACK_S + 14 * HOUR_S)


def test_hours_of_a_surge_are_bounded_by_its_messages() -> None:
    """Lost codes of people before and after it do not belong to what came densely."""
    rows, wide = rows_of(PEOPLE + SPRAYED), draft(HOURS)
    begun_s, ended_s = wide_bounds(rows, wide, suspects(rows, wide))
    assert begun_s == pytest.approx(SPRAYED.at_s[0], abs=60.0)
    assert ended_s == pytest.approx(SPRAYED.at_s[-1], abs=600.0)


@pytest.mark.parametrize("sent", [PEOPLE, PEOPLE.where(PEOPLE.at_s > ATTACK_S - DAY_S / 2) + SPRAYED])
def test_what_is_hardly_denser_or_has_no_past_keeps_its_hours(sent: Messages) -> None:
    """Where nothing tells what is usual, or little came beyond it, the alarms' time is all that is known."""
    rows, wide = rows_of(sent), draft(HOURS)
    assert wide_bounds(rows, wide, suspects(rows, wide)) == (HOURS.onset_s, HOURS.end_s)
