"""From alarms to a judged case: verdicts, times and probabilities on small evidence, end to end."""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.assess import Judged, _usual_per_s
from checkvalve.cases.rivals import by_status
from checkvalve.events import WatchEntry
from tests.cases.worlds import ATTACK_S, alarm, attack, draft, judged_in, judgement, plan_activity, rival, world_of
from tests.indicators.synthetic import DAY_S, POOL, START, ask, honest, load, messages, pool, rows_of, store_of

HOUR_S = 3600.0


def accepted(one: Judged) -> set[str]:
    """The harmless explanations that were accepted."""
    return {found.id for found in by_status(one.rivals, "accepted")}


def test_a_pool_of_dead_numbers_is_an_attack() -> None:
    """One case, the pool's block, the attack's time, found after a few messages, no harmless explanation left."""
    people, dead = attack()
    with judgement(people, dead) as found:
        one = found.only
    assert one.verdict == "attack"
    assert one.confidence > 0.99
    assert [named.prefix for named in one.scene.ranges] == [POOL]
    assert (one.scene.start_s, one.scene.end_s) == (dead.begin_s, dead.end_s)
    assert dead.at_s[3] <= one.detectable_s <= dead.at_s[8]
    assert accepted(one) == set()
    assert one.p_unverified > 0.95


def test_messages_to_a_number_that_gets_hundreds_are_surely_fraud() -> None:
    """Of single numbers messages are counted, not days: hundreds to one number are not three that a person asks for."""
    few = pool(ATTACK_S, count=4).number
    rain = messages(ATTACK_S + 30.0 * np.arange(400), np.tile(few, 100), price_usd=0.5)
    with judgement(honest(1), rain) as found:
        one = found.only
    assert one.verdict == "attack"
    assert one.p_unverified > 0.9


def test_honest_traffic_is_no_case() -> None:
    """Two weeks of people give no case at all."""
    with judgement(honest(2, days=14, per_day=300)) as found:
        assert found.cases == []


def test_a_planned_campaign_is_benign() -> None:
    """A surge that the calendar explains, in the usual blocks, with the usual codes, is a benign case."""
    surge = honest(3, days=0.2, per_day=9000, countries=("PL", "ES"), start_s=ATTACK_S, steady=True, returning=0.0)
    with store_of(honest(1, days=9), surge) as store:
        plan_activity(store, ATTACK_S - HOUR_S, ATTACK_S + 5 * HOUR_S, ["PL", "ES"])
        found = judged_in(world_of(store))
    assert found
    assert {one.verdict for one in found} == {"benign"}
    assert accepted(found[0]) >= {"campaign"}
    assert all(one.confidence > 0.5 for one in found)
    assert all((one.p_unverified, one.p_verified) == (0.0, 0.0) for one in found)


def test_an_outage_is_benign() -> None:
    """Hours in which a network loses nearly everything are a benign case, explained by the carrier."""
    people = honest(4, days=9, per_day=900, countries=("PL",), returning=0.7)
    lost = (people.number // 10**6 == 48501) & (people.at_s > ATTACK_S) & (people.at_s < ATTACK_S + 6 * HOUR_S)
    broken = replace(people, failed=people.failed | lost, verified_s=np.where(lost, np.nan, people.verified_s))
    with judgement(broken) as found:
        one = found.only
    assert one.verdict == "benign"
    assert accepted(one) == {"carrier_outage"}
    assert one.confidence > 0.5


def test_a_fleet_is_benign() -> None:
    """Sixty numbers of one block whose codes come back are a company's."""
    with judgement(honest(1), pool(ATTACK_S, conversion=0.8)) as found:
        one = found.only
    assert one.verdict == "benign"
    assert "fleet_onboarding" in accepted(one)


def test_a_large_pool_that_enters_its_codes_is_not_benign() -> None:
    """Hundreds of numbers of one block are no fleet, though their codes come back: pumpers can type."""
    dear = pool(ATTACK_S, count=900, every_s=10.0, conversion=0.8, price_usd=0.4)
    with judgement(honest(1), dear) as found:
        one = found.only
    assert one.verdict in ("suspicious", "attack")
    assert accepted(one) == set()
    assert one.p_verified > 0.5
    assert one.scene.counts_verified


def test_a_pool_of_which_nothing_is_known_is_still_seen() -> None:
    """Without any log of codes, volume, shape and money speak alone."""
    people, dead = attack()
    unknown = replace(people, known=np.zeros(len(people), np.bool_), verified_s=np.full(len(people), np.nan))
    silent = replace(dead, known=np.zeros(len(dead), np.bool_), price_usd=np.full(len(dead), 0.4))
    with judgement(unknown, silent) as found:
        one = found.only
    assert one.verdict in ("suspicious", "attack")
    assert one.finding("conversion") is None
    assert rival(one, "fleet_onboarding").status == "possible"


def test_a_whole_country_that_never_had_traffic_is_seen() -> None:
    """A pool in a country without other traffic has no share to compare with, and is found all the same."""
    with judgement(honest(1), pool(ATTACK_S, prefix="99890177", digits=12, count=100)) as found:
        one = found.only
    assert one.verdict == "attack"
    assert [named.prefix for named in one.scene.ranges] == ["99890177"]


def test_one_number_over_and_over_is_a_case() -> None:
    """Hundreds of messages to one number that enters no code: a case of that number, bombing not excluded."""
    again = messages(ATTACK_S + 30.0 * np.arange(700), 48501000001)
    with judgement(honest(1), again) as found:
        one = found.only
    assert [named.prefix for named in one.scene.ranges] == ["48501000001"]
    assert one.verdict != "benign"
    assert rival(one, "sms_bombing").status == "possible"


def test_two_attacks_far_apart_are_two_cases() -> None:
    """Other ranges, days later: another case."""
    first = pool(START + 2 * DAY_S, prefix="4860199", count=80)
    with judgement(honest(1), first, pool(START + 6 * DAY_S, count=80)) as found:
        assert [one.scene.ranges[0].prefix for one in found.cases] == ["4860199", POOL]
        assert {one.verdict for one in found.cases} == {"attack"}


def test_nothing_later_makes_a_case_detectable_earlier() -> None:
    """When half of the attack is yet to come, it is due at the same moment."""
    people, dead = attack()
    moments = []
    for part in (dead, dead.where(np.arange(len(dead)) < 50)):
        with judgement(people, part) as found:
            moments.append(found.only.detectable_s)
    assert moments[0] == pytest.approx(moments[1], abs=90.0)


def test_origins_are_weighed_where_a_web_log_shows_them() -> None:
    """With requests beside the messages, a single new address is evidence, and shared addresses are excluded."""
    people, dead = attack()
    with store_of(people, dead) as store:
        ask(store, people.at_s - 1, [f"198.51.100.{nth % 250}" for nth in range(len(people))])
        ask(store, dead.at_s - 1, "203.0.113.9")
        (one,) = judged_in(world_of(store))
    requests = one.finding("requests")
    assert requests is not None
    assert requests.nats >= 3
    assert rival(one, "shared_nat").status == "excluded"


@pytest.mark.parametrize(("conversion", "cases"), [(0.0, 1), (1.0, 0)])
def test_a_few_dead_numbers_of_a_listed_prefix_are_a_case(conversion: float, cases: int) -> None:
    """What no test would notice is a case where a list names the prefix; numbers whose codes come back are none."""
    few = pool(ATTACK_S, count=6, every_s=40_000.0 / 6, conversion=conversion)
    with store_of(honest(1), few) as store:
        world = world_of(store)
        assert judged_in(world) == []
        load(store, WatchEntry, {}, kind="'number_prefix'", value=f"'+{POOL}'", list="'bad numbers'")
        found = [one for one in judged_in(world) if not one.idle]
    assert [one.verdict != "benign" for one in found] == [True] * cases
    assert [[named.prefix for named in one.scene.ranges] for one in found] == [[POOL]] * cases


def test_detection_looks_at_blocks_that_stand_before_the_case_is_known() -> None:
    """A hundred numbers that a case names afterwards are no sooner noticed than the thousand around them."""
    near = int(POOL) * 10_000 + 500
    busy = messages(START + 40_000.0 * np.arange(10), near + np.arange(10), START + 40_000.0 * np.arange(10) + 30.0)
    dead = pool(ATTACK_S, prefix=f"{POOL}01", count=60, every_s=300.0)
    with judgement(honest(1), dead) as alone, judgement(honest(1) + busy, dead) as beside:
        early, late = alone.only, beside.only
    assert early.scene.ranges[0].low // 1_000 == near // 1_000
    assert early.detectable_s < late.detectable_s


def test_a_code_that_comes_back_after_the_alarm_ends_no_run() -> None:
    """One person who asks 25 times and then enters the code alarms, and is judged without a suspect message."""
    again = ATTACK_S + 30.0 * np.arange(25)
    verified = np.full(25, np.nan)
    verified[-1] = again[-1] + 20
    with judgement(honest(1), messages(again, 48501000001, verified)) as found:
        assert {one.verdict for one in found.cases} <= {"benign", "suspicious"}


def test_one_number_over_and_over_may_be_a_test() -> None:
    """A load test is not excluded because too few numbers are there to look at."""
    with judgement(honest(1), messages(ATTACK_S + 30.0 * np.arange(60), 48501000001)) as found:
        assert rival(found.only, "load_test").status == "possible"


def test_a_case_in_ranges_of_many_customers_is_as_long_as_the_fraud() -> None:
    """A block to which people's messages come every hour begins and ends as the case does, within a few minutes."""
    rng = np.random.default_rng(5)
    people_s = np.sort(rng.uniform(START, START + 8 * DAY_S, 200))
    customers = messages(people_s, int(POOL) * 10_000 + rng.choice(10_000, 200, replace=False), people_s + 30.0)
    with judgement(honest(1, days=8), customers, pool(ATTACK_S, count=600, every_s=5.0)) as found:
        (one,) = [each for each in found.cases if each.verdict == "attack"]
    assert [named.prefix for named in one.scene.ranges] == [POOL]
    assert one.scene.start_s == pytest.approx(ATTACK_S, abs=300.0)
    assert one.scene.end_s == pytest.approx(ATTACK_S + 599 * 5.0, abs=300.0)


def test_what_is_usual_is_told_by_numbers_for_numbers_and_by_messages_for_messages() -> None:
    """Who asks three times is one number, and no sign that a case goes on."""
    asked_s = START + 7200.0 * np.repeat(np.arange(60), 3) + np.tile([0.0, 20.0, 40.0], 60)
    rows = rows_of(messages(asked_s, int(POOL) * 10_000 + np.repeat(np.arange(60), 3)))
    by_rows, by_messages = _usual_per_s(rows, np.ones(len(rows), np.bool_), draft(alarm("volume")))
    assert by_rows == pytest.approx(60.5 / (5 * DAY_S + 40_000.0 - 60.0))
    assert by_messages == pytest.approx(180.5 / (5 * DAY_S + 40_000.0 - 60.0))
