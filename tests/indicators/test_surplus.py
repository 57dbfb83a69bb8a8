"""Whether lost codes came on top of the usual ones tells pumping from routes and forms that fail."""

import numpy as np
import pytest

from checkvalve.indicators import surplus
from checkvalve.indicators.base import Finding
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S
from tests.indicators.scenes import alarm, pool_range, scene_of
from tests.indicators.synthetic import DAY_S, PREFIXES, START, Messages, honest, messages, store_of

PEOPLE = honest(3, days=9.0, per_day=300.0, returning=0.2, steady=True)
POLAND = (PEOPLE.number // 10**9) == 48
CASE = PEOPLE.at_s >= ATTACK_S


def on_top(count: int) -> Messages:
    """Messages to random numbers of the Poles' networks, none of which enters a code."""
    rng = np.random.default_rng(4)
    heads = np.array([int(one) for one in PREFIXES["PL"]])
    at_s = rng.uniform(ATTACK_S, START + 9 * DAY_S, count)
    return messages(at_s, rng.choice(heads, count) * 10**6 + rng.integers(0, 10**6, count))


def losing(share: float) -> Messages:
    """The people, of whose codes a share is lost in Poland from then on."""
    lost = POLAND & CASE & (np.random.default_rng(5).random(len(PEOPLE)) < share)
    return Messages(**{**vars(PEOPLE), "verified_s": np.where(lost, np.nan, PEOPLE.verified_s)})


def found_in(*sent: Messages, kind: bool = True, ranged: bool = False) -> Finding | None:
    """The finding about Poland since then."""
    alarms = [alarm("conversion", Level.COUNTRY, country_index("PL"))] if kind else []
    with store_of(*sent) as store:
        ranges = [pool_range(sent[0])] if ranged else []
        return surplus.finding(scene_of(store, ATTACK_S, START + 9 * DAY_S, alarms=alarms, ranges=ranges))


def test_lost_codes_beside_as_many_entered_ones_are_pumping() -> None:
    """Where people enter as many codes as before, lost ones on top speak for pumping."""
    found = found_in(PEOPLE, on_top(600))
    assert found is not None
    assert found.nats > 4
    assert found.facts["ratio"] == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("share", [0.4, 0.7])
def test_codes_that_are_lost_are_no_pumping(share: float) -> None:
    """Where people's codes are lost, as many fewer are entered, and that speaks against pumping."""
    found = found_in(losing(share))
    assert found is not None
    assert found.nats < -1
    assert found.facts["ratio"] < 0.8


def test_those_of_before_who_enter_their_codes_speak_for_pumping() -> None:
    """A route does not ask who is new: where only newcomers' codes fail, more speaks for pumping."""
    again = PEOPLE.where(POLAND & ~CASE)
    regulars = messages(again.at_s + 5 * DAY_S, again.number, again.verified_s + 5 * DAY_S)
    strangers, beside = found_in(PEOPLE, on_top(150)), found_in(PEOPLE, regulars, on_top(150))
    assert strangers is not None
    assert beside is not None
    assert beside.nats > strangers.nats + 1
    assert "got messages before" in beside.explanation


def test_those_of_before_who_lose_their_codes_speak_against_it() -> None:
    """Where those who were there before lose their codes too, hardly anything speaks for pumping."""
    again = PEOPLE.where(POLAND & ~CASE)
    lost = messages(again.at_s + 5 * DAY_S, again.number)
    strangers, beside = found_in(PEOPLE, on_top(600)), found_in(PEOPLE, lost, on_top(600))
    assert strangers is not None
    assert beside is not None
    assert beside.nats < min(strangers.nats, 0.0)


def test_those_who_come_back_are_compared_with_those_who_came_back() -> None:
    """Whoever returns enters more codes than newcomers; when he loses some, the higher rate hides it no longer."""
    strangers = honest(3, days=9.0, per_day=600.0, returning=0.0, steady=True, conversion=0.6)
    early = strangers.where(((strangers.number // 10**9) == 48) & (strangers.at_s < ATTACK_S - 2 * DAY_S))
    rng = np.random.default_rng(6)

    def back(after_s: float, share: float) -> Messages:
        at_s = early.at_s + after_s
        return messages(at_s, early.number, np.where(rng.random(len(early)) < share, at_s + 30.0, np.nan))

    failing = found_in(strangers, on_top(400), back(1.5 * DAY_S, 0.95), back(5.5 * DAY_S, 0.65))
    assert failing is not None
    unseen = found_in(strangers, on_top(400))
    assert unseen is not None
    assert failing.nats < unseen.nats


def test_places_that_keep_their_parts_let_more_be_said() -> None:
    """Where other countries keep their parts of all codes, a place is not believed to have drifted by chance."""
    wide = honest(8, days=9.0, per_day=3_000.0, countries=("PL", "ES", "UZ", "MA"), returning=0.0, steady=True)
    few = wide.where(np.isin(wide.number // 10**9, [48, 34]) | (np.random.default_rng(1).random(len(wide)) < 0.001))
    held, lone = found_in(wide, on_top(700)), found_in(few, on_top(700))
    assert held is not None
    assert lone is not None
    assert held.nats > 2 * lone.nats  # more than the other countries' codes, as mere counts, add


def test_nothing_is_said_where_codes_come_back() -> None:
    """Without codes that fail, without an alarm on them, or of ranges, there is no such question."""
    assert found_in(PEOPLE) is None
    assert found_in(PEOPLE, on_top(600), kind=False) is None
    assert found_in(PEOPLE, on_top(600), ranged=True) is None
