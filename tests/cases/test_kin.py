"""What turns out to be one cause only when cases are judged."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.assess import Judged, judge
from checkvalve.cases.drafts import Draft
from checkvalve.cases.kin import united
from checkvalve.cases.unconfirmed import Among
from checkvalve.indicators.base import Range
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, judged_in, world_of
from tests.indicators.synthetic import DAY_S, Messages, ask, honest, messages, pool, store_of

PEOPLE = honest(1, days=14)


def cases(sent: Sequence[Messages], ips: Sequence[Sequence[str]] = ()) -> tuple[list[Judged], list[Judged]]:
    """The cases of some pools beside people, as judged alone and united."""
    with store_of(PEOPLE, *sent) as store:
        if ips:
            ask(store, PEOPLE.at_s - 1, [f"198.51.100.{nth % 250}" for nth in range(len(PEOPLE))])
        for some, addresses in zip(sent, ips, strict=False):
            ask(store, some.at_s - 1, list(addresses))
        world = world_of(store)
        alone = judged_in(world)
        return alone, united(alone, world)


def fleet(nth: int) -> Messages:
    """Forty neighbouring numbers whose codes come back, on a day of their own."""
    return pool(ATTACK_S + nth * DAY_S, prefix=f"48501{60 + nth}", count=40, conversion=0.9, seed=nth)


@pytest.mark.parametrize(("count", "verdicts"), [(1, {"benign"}), (6, {"attack"})])
def test_one_firm_is_harmless_and_six_in_a_row_are_not(count: int, verdicts: set[str]) -> None:
    """Groups of neighbouring numbers that all convert are one case once they are more than firms bring."""
    alone, found = cases([fleet(nth) for nth in range(count)])
    assert {one.verdict for one in alone} == {"benign"}
    assert len(alone) == count
    assert len(found) == 1
    assert {one.verdict for one in found} == verdicts
    assert (found[0].finding("recurrence") is not None) == (count > 1)


def test_a_group_taken_for_a_firm_belongs_to_the_groups_that_were_not() -> None:
    """One more group of neighbours beside a case of many such groups in its country is one of them, not a firm."""
    with store_of(PEOPLE, *(fleet(nth) for nth in range(6))) as store:
        world = world_of(store)
        first, *others = judged_in(world)
        draft = replace(
            first.draft,
            alarms=[alarm for one in others for alarm in one.draft.alarms],
            blocks=set().union(*(one.draft.blocks for one in others)),
        )
        many = replace(judge(draft, world), verdict="attack")
        neighbours = {"sequential": 190.0, "numbers": 200.0, "fullest": 40.0}
        shape = [replace(one, facts=neighbours) if one.id == "destinations" else one for one in many.findings]
        (whole,) = united([first, replace(many, findings=shape)], world)
        assert whole.verdict == "attack"
        assert len(whole.scene.ranges) == 6
        strewn = replace(many, findings=[*(one for one in many.findings if one.id != "destinations")])
        assert {one.verdict for one in united([first, strewn], world)} == {"benign", "attack"}


@pytest.mark.parametrize(("excess", "left"), [(100.0, 1), (200.0, 2)])
def test_a_surge_of_everything_is_told_by_the_attack_that_made_it(excess: float, left: int) -> None:
    """Where an attack's ranges hold most of what came too much everywhere, that is no case beside it."""
    attack = pool(ATTACK_S, count=80)
    with store_of(PEOPLE, attack) as store:
        world = world_of(store)
        (block,) = judged_in(world)
        surge = alarm("surge", Level.ALL, 0, end_s=attack.end_s, observed=30.0 + excess, expected=30.0)
        draft = Draft([replace(surge, country=0)])
        wide = replace(block, draft=draft, scene=replace(block.scene, alarms=draft.alarms, ranges=[], countries=[]))
        assert len(united([block, replace(wide, verdict="benign")], world)) == left


@pytest.mark.parametrize(("shared", "expected"), [(True, 1), (False, 2)])
def test_bursts_from_the_same_new_addresses_are_one_case(shared: bool, expected: int) -> None:
    """Two bursts a day apart to different blocks are one campaign when the same addresses asked for both."""
    bursts = [pool(ATTACK_S, count=60), pool(ATTACK_S + DAY_S, prefix="4860133", count=60, seed=2)]
    ips = [[f"203.0.{113 if shared else 113 + burst}.{nth % 20}" for nth in range(60)] for burst in range(2)]
    alone, found = cases(bursts, ips)
    assert len(alone) == 2
    assert len(found) == expected
    assert sum(len(one.scene.ranges) for one in found) == 2


def test_what_is_kin_to_two_cases_together_belongs_to_them() -> None:
    """A burst that shares two addresses with each of two others shares four with both, once these are one case."""
    ours = [f"203.0.113.{nth}" for nth in range(50)]
    used = [ours[:20], [*ours[:10], *ours[20:30]], [*ours[10:12], *ours[20:22], *ours[30:46]]]
    bursts = [
        pool(ATTACK_S + 2 * nth * DAY_S, prefix=f"48601{nth}3", count=60, seed=nth + 1) for nth in range(len(used))
    ]
    ips = [[some[nth % 20] for nth in range(60)] for some in used]
    assert len(cases([bursts[0], bursts[2]], [ips[0], ips[2]])[1]) == 2
    assert len(cases(bursts[1:], ips[1:])[1]) == 2
    alone, (whole,) = cases(bursts, ips)
    assert len(alone) == len(whole.scene.ranges) == 3


@pytest.mark.parametrize(("later_h", "expected"), [(0.0, 1), (30.0, 2)])
def test_what_is_sprayed_over_a_country_while_blocks_fill_elsewhere_belongs_to_them(
    later_h: float, expected: int
) -> None:
    """One timetable has one cause; what fills no block comes then, or it is another case."""
    rng = np.random.default_rng(4)
    begin_s = ATTACK_S + 3600.0 * later_h
    numbers = 351_910_000_000 + rng.choice(9_000_000, 250, replace=False)
    sprayed = messages(np.sort(begin_s + rng.uniform(0, 3000.0, 250)), numbers)
    alone, found = cases([pool(ATTACK_S, count=100, every_s=30.0), sprayed])
    assert len(alone) == 2
    assert {one.verdict for one in alone} == {"attack"}
    assert len(found) == expected
    assert max(len(one.draft.countries) for one in found) == 3 - expected
    assert all(abs(one.scene.end_s - one.scene.start_s - 3000.0) < 600.0 for one in found)


@pytest.mark.parametrize(("country", "expected"), [("PL", 1), ("ES", 2)])
def test_a_block_that_stands_out_of_fraud_told_number_by_number_is_no_case_of_its_own(
    country: str, expected: int
) -> None:
    """A block lies in the country whose numbers another case names one by one, at that time: both are one fraud."""
    with store_of(PEOPLE, pool(ATTACK_S, count=60)) as store:
        world = world_of(store)
        (block,) = judged_in(world)
        block = replace(block, findings=[one for one in block.findings if one.id != "conversion"])
        start_s, end_s = block.scene.start_s, block.scene.end_s
        person = PEOPLE.number[PEOPLE.at_s.searchsorted(start_s)]
        number = Range(str(person), 11, country_index("PL"), 1.0, 0.1)
        place = alarm("surge", Level.COUNTRY, country_index(country), country)
        singly = replace(
            block,
            draft=replace(block.draft, from_wide=True),
            scene=replace(block.scene, ranges=[number]),
            among=[Among(place, [number], start_s, end_s)],
        )
        assert len(united([block, singly], world)) == expected
