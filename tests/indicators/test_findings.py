"""What each indicator says of a case: its facts, and the sign of its evidence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from checkvalve.indicators import conversion, cost, delivery, destinations, volume
from checkvalve.indicators.base import Finding
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import CAP_NATS
from checkvalve.numbering.tree import Level
from tests.indicators.scenes import alarm, pool_range, scene_of
from tests.indicators.synthetic import DAY_S, START, Messages, honest, messages, pool, store_of

ATTACK_S = START + 5 * DAY_S + 40_000.0


@contextmanager
def attacked(attack: Messages, *, expected: float = 0.1, people: Messages | None = None) -> Iterator[Scene]:
    """Honest traffic of a week and a pool, which the scene names."""
    with store_of(people or honest(1), attack) as store:
        yield scene_of(
            store,
            attack.begin_s,
            attack.end_s,
            ranges=[pool_range(attack, expected=expected)],
            alarms=[alarm("volume", nats=25.0)],
        )


@contextmanager
def wide(sent: Messages, start_s: float, end_s: float) -> Iterator[Scene]:
    """The whole country's traffic of some time as a scene that names no range."""
    with store_of(sent) as store:
        surge = alarm("surge", Level.COUNTRY, nats=25.0, observed=300.0, expected=40.0)
        yield scene_of(store, start_s, end_s, alarms=[surge])


def said(finding: Finding | None) -> Finding:
    """A finding that must be there."""
    assert finding is not None
    return finding


def test_volume_counts_against_the_past() -> None:
    """A named range speaks for it with its numbers against what was expected, up to the cap."""
    with attacked(pool(ATTACK_S)) as scene:
        found = said(volume.finding(scene))
    assert found.facts == {"observed": 60, "expected": 0.1}
    assert found.nats == CAP_NATS


def test_a_surge_of_a_country_weighs_half() -> None:
    """Without a named range a surge is told with its own counts, and weighs less: campaigns surge too."""
    with wide(honest(1), ATTACK_S, ATTACK_S + 3600) as scene:
        found = said(volume.finding(scene))
        assert found.facts == {"observed": 300, "expected": 40}
        assert 0 < found.nats <= CAP_NATS / 2
        scene.alarms = []
        assert volume.finding(scene) is None


def test_dead_codes_speak_for_it() -> None:
    """No code of sixty where three quarters are usual: all nats that one indicator may give, and all counts."""
    with attacked(pool(ATTACK_S)) as scene:
        found = said(conversion.finding(scene))
    assert (found.facts["verified"], found.nats) == (0, CAP_NATS)
    assert found.facts["of"] == 60
    assert found.facts["usual"] == pytest.approx(0.75, abs=0.08)


def test_an_attack_that_is_all_of_a_country_does_not_set_what_is_usual_there() -> None:
    """Ten days of poor codes in a country without other traffic are held against the floor, not against themselves."""
    attack = pool(START + DAY_S, prefix="99890177", digits=12, count=600, every_s=1200.0, conversion=0.05)
    people = honest(1, days=10, countries=("ES",))
    with store_of(people, attack) as store:
        ranges = [pool_range(attack, "99890177", 12)]
        scene = scene_of(store, attack.begin_s, attack.end_s, ranges=ranges, countries=("UZ",))
        found = said(conversion.finding(scene))
    assert 0.45 <= found.facts["usual"] < 0.55
    assert found.nats == CAP_NATS


def test_codes_that_come_back_speak_against_it() -> None:
    """As many codes as usual are evidence of people."""
    with attacked(pool(ATTACK_S, conversion=0.75)) as scene:
        found = said(conversion.finding(scene))
    assert found.nats < -4


def test_too_good_conversion_speaks_for_nobody() -> None:
    """Where nearly every code comes back, machines may enter them: no evidence either way."""
    with attacked(pool(ATTACK_S, count=80, conversion=1.0)) as scene:
        found = said(conversion.finding(scene))
    assert found.nats == 0.0


def test_unknown_codes_say_nothing() -> None:
    """Where no log knows of codes, or no code's time is over, there is no finding."""
    with attacked(replace(pool(ATTACK_S), known=np.zeros(60, np.bool_))) as scene:
        assert conversion.finding(scene) is None
    with attacked(pool(START + 7 * DAY_S, every_s=1.0)) as scene:
        assert conversion.finding(scene) is None


def test_codes_of_a_few_messages_hardly_speak_for_the_rest() -> None:
    """However many codes come back, of a case nine tenths of which had none they weigh a tenth of what they can."""
    attack = pool(ATTACK_S, count=1_000, every_s=3.0, conversion=0.75)
    told = np.arange(1_000) % 10 == 0
    with attacked(replace(attack, known=told, verified_s=np.where(told, attack.verified_s, np.nan))) as scene:
        assert said(conversion.finding(scene)).nats == pytest.approx(-CAP_NATS / 10, rel=0.05)


def test_late_codes_count_as_entered_in_the_end() -> None:
    """Looking back, a code that came after its time still speaks for a person."""
    attack = pool(ATTACK_S)
    late = replace(attack, verified_s=np.where(np.arange(60) % 4 > 0, attack.at_s + 3000.0, np.nan))
    with attacked(late) as scene:
        assert said(conversion.finding(scene)).facts["verified"] == 45


def test_a_full_block_speaks_for_a_pool() -> None:
    """Sixty numbers of one block, where honest ones put a few into one, and in sequence: evidence up to the cap."""
    attack = pool(ATTACK_S)
    run = messages(attack.at_s, attack.number.min() + np.arange(60))
    for sent in (attack, run):
        with attacked(sent) as scene:
            found = said(destinations.finding(scene))
        assert found.facts["numbers"] == found.facts["fullest"] == 60
        assert found.facts["crowded"] == 1
        assert found.nats == CAP_NATS
    assert found.facts["sequential"] == 59


def test_scattered_numbers_speak_against_a_pool() -> None:
    """A campaign's numbers lie as the country's always did."""
    people = honest(2, per_day=400)
    campaign = honest(3, days=0.2, per_day=1500, countries=("PL",), start_s=ATTACK_S, steady=True, returning=0.0)
    with wide(people + campaign, ATTACK_S, ATTACK_S + 0.2 * DAY_S) as scene:
        found = said(destinations.finding(scene))
    assert found.facts["crowded"] == 0
    assert found.nats < 1


def test_the_fullest_of_hundreds_of_blocks_is_full_by_chance() -> None:
    """Of newcomers in hundreds of blocks six fall into one by chance: that crowds nothing, and speaks for no pool."""
    heads = 48_500_000_000 + 10_000 * np.arange(1, 181)
    numbers = np.concatenate([heads + 17, heads[:1] + 1000 * np.arange(1, 6)])
    newcomers = messages(ATTACK_S + 60.0 * np.arange(len(numbers)), numbers)
    before = messages(START + 600.0 * np.arange(400), 48_600_000_000 + 10_000 * np.arange(400))
    with wide(before + newcomers, ATTACK_S, ATTACK_S + 0.2 * DAY_S) as scene:
        found = said(destinations.finding(scene))
    assert found.facts["fullest"] > 2 * found.facts["usual_fullest"]
    assert found.facts["crowded"] == 0
    assert found.nats < 1


@pytest.mark.parametrize("others", [60, 300])
def test_one_group_does_not_tell_how_people_lie(others: int) -> None:
    """Where most others of the country are one block's numbers too, it is measured by other countries."""
    people, group = honest(2, countries=("ES",)), pool(ATTACK_S - DAY_S, prefix="4850188", count=others)
    with attacked(pool(ATTACK_S), people=people + group) as scene:
        assert said(destinations.finding(scene)).facts["usual_fullest"] < 30


def test_unassigned_numbers_speak_for_a_pool() -> None:
    """Numbers in ranges that nobody was ever given are told, and weigh even where blocks say little."""
    ghosts = messages(ATTACK_S + 10.0 * np.arange(12), 48_000_000_000 + 7_000_001 * np.arange(12))
    with attacked(ghosts) as scene:
        scene.ranges = [pool_range(ghosts, prefix="480")]
        found = said(destinations.finding(scene))
    assert found.facts["invalid"] >= 10


def test_three_numbers_have_no_shape() -> None:
    """So few numbers say nothing of where they come from."""
    with attacked(pool(ATTACK_S, count=3)) as scene:
        assert destinations.finding(scene) is None


def test_cost_counts_what_is_too_much() -> None:
    """Money to the ranges, against what they cost before and what all else costs a day."""
    dear = replace(pool(ATTACK_S), price_usd=np.full(60, 2.0))
    with attacked(dear) as scene:
        found = said(cost.finding(scene))
    assert found.facts["usd"] == pytest.approx(120.0)
    assert found.facts["expected_usd"] == 0
    assert found.facts["daily_usd"] == pytest.approx(0.05 * 200, rel=0.25)
    assert found.facts["estimated_usd"] == 0
    assert 1 < found.nats <= 6


def test_cost_as_before_is_no_finding() -> None:
    """Ranges that cost the same before are nothing to speak of."""
    steady = pool(START + 60.0, count=330, every_s=1800.0)
    with store_of(honest(1), steady) as store:
        scene = scene_of(store, ATTACK_S, ATTACK_S + 2 * DAY_S, ranges=[pool_range(steady)])
        found = cost.finding(scene)
    assert found is None or found.nats < 0.5


def test_cost_without_prices_is_estimated_and_says_so() -> None:
    """Messages without a price are counted at the evidence's own prices, as an estimate."""
    unpriced = replace(pool(ATTACK_S), price_usd=np.full(60, np.nan))
    with attacked(unpriced) as scene:
        found = said(cost.finding(scene))
    assert found.facts["usd"] == found.facts["estimated_usd"] == pytest.approx(60 * 0.05)
    assert "estimated" in found.explanation


def test_cost_of_everything_is_held_against_the_days_before() -> None:
    """A scene that is limited to no country still has other messages to compare with: those of other times."""
    sent = honest(1)
    with wide(sent, ATTACK_S, ATTACK_S + 7200) as scene:
        scene.countries = []
        found = cost.finding(scene)
    assert found is None or found.facts["daily_usd"] > 5


def test_failed_deliveries_are_told_and_weigh_nothing() -> None:
    """Outages fail and so do numbers that nobody has: the share is told, the nats are none."""
    attack = replace(pool(ATTACK_S), failed=np.arange(60) % 2 == 0)
    with attacked(attack) as scene:
        found = said(delivery.finding(scene))
    assert (found.nats, found.facts["failed"], found.facts["of"]) == (0.0, 30, 60)
    assert 0 < found.facts["usual"] < 0.1
    with attacked(pool(ATTACK_S), people=honest(1, failing=0.0)) as scene:
        assert delivery.finding(scene) is None


def test_every_example_can_be_run() -> None:
    """The SQL that a finding gives as its evidence runs in the store and has rows."""
    with attacked(pool(ATTACK_S)) as scene:
        for module in (volume, conversion, destinations, cost, delivery):
            for example in said(module.finding(scene)).examples:
                assert scene.store.rows(example.query), example.claim
