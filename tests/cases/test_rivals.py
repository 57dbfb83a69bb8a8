"""Harmless explanations, each weighed against what it predicts and what it cannot explain."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.one_address import MOST_IN_A_DAY, MOST_IN_OFFICE
from checkvalve.cases.rivals import EXPLAINS, by_status, supported, weigh
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.afterwards import Afterwards
from checkvalve.indicators.base import Alarm, Finding
from checkvalve.indicators.requests import OriginCount, Origins
from checkvalve.indicators.scene import Scene
from checkvalve.investigation import Rival
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, complain, plan_activity
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, Messages, honest, messages, pool, store_of

HOUR_S = 3600.0


@contextmanager
def scene(
    *sent: Messages, hours: float = 1.0, ranged: bool = False, alarms: tuple[Alarm, ...] = ()
) -> Iterator[Scene]:
    """Polish messages of some hours as a scene, with a named range or without."""
    with store_of(*sent) as store:
        ranges = [pool_range(sent[-1])] if ranged else []
        yield scene_of(store, ATTACK_S, ATTACK_S + hours * HOUR_S, ranges=ranges, alarms=alarms)


def weighed(
    one: Scene,
    *,
    verified: int | None = 75,
    numbers: int = 100,
    fullest: int = 3,
    accused: int = 0,
    origins: Origins | None = None,
) -> Weighed:
    """A scene with findings: of a hundred codes so many came back (None: unknown), so full is the fullest block."""
    crowded = fullest > 10
    facts = {"numbers": numbers, "fullest": fullest, "crowded": float(crowded)}
    found = [Finding("destinations", 8.0 if crowded else -2.0, "", "", "", facts=facts)]
    if verified is not None:
        codes = {"verified": verified, "of": 100, "usual": 0.75}
        found.append(Finding("conversion", 8.0 if verified < 50 else -8.0, "", "", "", facts=codes))
    if accused:
        found.append(Finding("provider_verdict", min(2.0 * accused, 8.0), "", "", "", facts={"fraud": accused}))
    return Weighed(one, {finding.id: finding for finding in found}, origins)


def status(found: Weighed, name: str) -> str:
    """What became of one rival."""
    return rival(found, name).status


def rival(found: Weighed, name: str) -> Rival:
    """One rival."""
    return next(one for one in weigh(found) if one.id == name)


PEOPLE = honest(1)


def test_a_planned_campaign_is_accepted() -> None:
    """An activity at that time and place, numbers as always, codes that come back: a campaign."""
    with scene(PEOPLE) as one:
        plan_activity(one.store, ATTACK_S - HOUR_S, ATTACK_S + HOUR_S, ["PL"])
        found = rival(weighed(one), "campaign")
        assert found.status == "accepted"
        assert "Spring sale" in found.why
        assert "marketing" in found.why
        assert "come back" in found.why
        assert "no log says" in rival(weighed(one, verified=None), "campaign").why


def test_a_plan_does_not_explain_strange_numbers_of_which_nothing_is_known() -> None:
    """Where no log knows of codes, numbers unlike an audience's leave the campaign open."""
    with scene(PEOPLE) as one:
        plan_activity(one.store, ATTACK_S - HOUR_S, ATTACK_S + HOUR_S)
        assert status(weighed(one, verified=None), "campaign") == "accepted"
        found = weighed(one, verified=None)
        strewn = replace(found.findings["destinations"], nats=5.0)
        assert status(replace(found, findings={"destinations": strewn}), "campaign") == "possible"


def test_a_plan_does_not_explain_dead_codes_or_full_blocks_or_a_verdict() -> None:
    """A campaign brings people: whose codes come back, who live everywhere, whom no provider calls fraud."""
    with scene(PEOPLE, pool(ATTACK_S), ranged=True) as one:
        plan_activity(one.store, ATTACK_S - HOUR_S, ATTACK_S + HOUR_S)
        assert status(weighed(one, verified=10), "campaign") == "excluded"
        assert status(weighed(one, fullest=60), "campaign") == "excluded"
        assert status(weighed(one, accused=3), "campaign") == "possible"


@pytest.mark.parametrize(
    ("begin_h", "countries", "expected"),
    [
        (0.0, ("PL", "ES"), "accepted"),
        (0.0, (), "accepted"),
        (0.0, ("ES",), "possible"),
        (48.0, ("PL",), "possible"),
    ],
)
def test_a_plan_must_fit_time_and_place(begin_h: float, countries: tuple[str, ...], expected: str) -> None:
    """An activity elsewhere or at another time explains nothing, yet one may be missing in the calendar."""
    with scene(PEOPLE) as one:
        begin_s = ATTACK_S + begin_h * HOUR_S
        plan_activity(one.store, begin_s, begin_s + HOUR_S, countries)
        assert status(weighed(one), "campaign") == expected


def test_without_a_calendar_a_campaign_is_possible() -> None:
    """Nobody was asked: possible while codes come back, excluded when they do not."""
    with scene(PEOPLE) as one:
        assert status(weighed(one), "campaign") == "possible"
        assert status(weighed(one, verified=5), "campaign") == "excluded"


def test_a_launch_is_accepted_only_in_a_new_country_that_converts() -> None:
    """New countries, spread numbers and codes that come back are a launch; the same without codes is not."""
    launch = honest(2, days=0.2, per_day=2000, countries=("MA",), start_s=ATTACK_S, steady=True)
    with scene(PEOPLE, launch) as one:
        assert status(weighed(one), "launch") == "excluded"
        one.countries = [country_index("MA")]
        assert status(weighed(one), "launch") == "accepted"
        assert status(weighed(one, verified=None), "launch") == "possible"
        assert status(weighed(one, accused=2), "launch") == "possible"
        assert status(weighed(one, verified=5), "launch") == "excluded"


@pytest.mark.parametrize(("beside", "expected"), [(600, "accepted"), (100, "excluded")])
def test_the_fullest_blocks_of_a_launch_are_the_launch(beside: int, expected: str) -> None:
    """Days after a country opened, a crowded block that converts is explained by many more beside it."""
    launch = honest(3, days=4, per_day=beside, countries=("MA",), start_s=ATTACK_S - 3 * DAY_S, returning=0.0)
    block = pool(ATTACK_S, prefix="21266177", digits=12, count=300, every_s=60.0, conversion=0.75)
    with store_of(PEOPLE, launch, block) as store:
        ranges = [pool_range(block, "21266177", 12)]
        one = scene_of(store, block.begin_s, block.end_s, ranges=ranges, countries=("MA",))
        found = weighed(one, numbers=300, fullest=300)
        assert status(found, "launch") == expected
        assert status(weighed(one, numbers=300, fullest=300, verified=5), "launch") == "excluded"


@pytest.mark.parametrize(
    ("prefix", "beside", "expected"),
    [("21266177", 1, "excluded"), ("21266177", 300, "accepted"), ("212", 1, "accepted"), ("212", 300, "accepted")],
)
def test_a_market_does_not_lie_in_a_few_blocks(prefix: str, beside: int, expected: str) -> None:
    """Blocks that stand out by little hold no launch where they hold most of its new numbers; a whole country may."""
    launch = honest(3, days=1, per_day=beside, countries=("MA",), start_s=ATTACK_S, returning=0.0)
    block = pool(ATTACK_S, prefix="21266177", digits=12, count=100, conversion=0.75)
    with store_of(PEOPLE, launch, block) as store:
        ranges = [pool_range(block, prefix, 12)]
        one = scene_of(store, ATTACK_S, ATTACK_S + DAY_S, ranges=ranges, countries=("MA",))
        assert status(weighed(one), "launch") == expected


def test_a_school_enrols_within_a_day() -> None:
    """Hundreds of neighbours that enter codes within a day are a fleet; over days, or without mistakes, a pool."""
    with scene(PEOPLE, pool(ATTACK_S, count=400), ranged=True) as one:
        assert status(weighed(one, numbers=400, fullest=400), "fleet_onboarding") == "accepted"
        assert status(weighed(one, numbers=400, fullest=400, verified=99), "fleet_onboarding") == "possible"
        one.end_s += 2 * DAY_S
        assert status(weighed(one, numbers=400, fullest=400), "fleet_onboarding") == "possible"


def failing(share: float) -> Messages:
    """A week of people, with some part of the deliveries of one hour lost."""
    lost = (PEOPLE.at_s >= ATTACK_S) & (PEOPLE.at_s <= ATTACK_S + 6 * HOUR_S)
    lost &= np.random.default_rng(1).random(len(PEOPLE)) < share
    return replace(PEOPLE, failed=PEOPLE.failed | lost)


def test_an_outage_is_accepted_where_deliveries_fail() -> None:
    """An alarm on deliveries, and a fair part of them lost, to the usual numbers: the carrier."""
    lost = alarm("delivery", Level.COUNTRY, country_index("PL"))
    with scene(failing(0.8), hours=6.0, alarms=(lost,)) as one:
        assert status(weighed(one, verified=5), "carrier_outage") == "accepted"
        complain(one.store, ATTACK_S + HOUR_S)
        assert "1 user" in rival(weighed(one, verified=5), "carrier_outage").why
        one.alarms = []
        assert status(weighed(one, verified=5), "carrier_outage") == "possible"
        assert status(weighed(one), "carrier_outage") == "excluded"


def test_an_outage_does_not_explain_new_numbers() -> None:
    """Failures to a full block, to ten times as many numbers as before, or to numbers that the provider calls fraud."""
    lost = alarm("delivery", Level.COUNTRY, country_index("PL"))
    surge = alarm("surge", Level.COUNTRY, country_index("PL"), observed=400.0, expected=40.0)
    with scene(failing(0.8), hours=6.0, alarms=(lost, surge)) as one:
        assert status(weighed(one, verified=5), "carrier_outage") == "excluded"
        one.alarms = [lost]
        assert status(weighed(one, verified=5, accused=4), "carrier_outage") == "excluded"
    with scene(failing(0.8), pool(ATTACK_S), hours=6.0, ranged=True, alarms=(lost,)) as one:
        assert status(weighed(one, verified=5, fullest=60), "carrier_outage") == "excluded"


def origin(requests: int) -> Origins:
    """A hundred linked requests, so many of one address."""
    one = OriginCount("ip", "203.0.113.1", requests, 0, ATTACK_S, known_before=False)
    return Origins(100, 100, 30, 20, 0.2, 0, 0, 0.1, 0, [one])


def test_one_address_of_many_people_is_told_from_one_attacker() -> None:
    """A heavy address whose codes come back is a shared one; whose codes do not, is not."""
    with scene(PEOPLE) as one:
        assert status(weighed(one, origins=origin(60)), "shared_nat") == "accepted"
        assert status(weighed(one, origins=origin(60), accused=1), "shared_nat") == "possible"
        assert status(weighed(one, origins=origin(60), verified=None, accused=1), "shared_nat") == "possible"
        assert status(weighed(one, origins=origin(60), verified=3), "shared_nat") == "excluded"
        assert status(weighed(one, origins=origin(10)), "shared_nat") == "excluded"
        assert status(weighed(one), "shared_nat") == "possible"


def test_numbers_in_a_row_are_no_crowd_behind_one_address() -> None:
    """People who share an address bought their numbers anywhere."""
    with scene(PEOPLE) as one:
        found = weighed(one, origins=origin(60))
        facts = found.findings["destinations"].facts
        for sequential, expected in ((10, "accepted"), (90, "excluded")):
            found.findings["destinations"] = replace(
                found.findings["destinations"], facts={**facts, "sequential": sequential}
            )
            assert status(found, "shared_nat") == expected


def test_a_rush_of_buyers_is_short_and_converts() -> None:
    """Something on sale is over within hours, and buyers enter their codes."""
    with scene(PEOPLE) as one:
        assert status(weighed(one), "ticket_sale") == "possible"
        assert status(weighed(one, verified=3), "ticket_sale") == "excluded"
        one.end_s = one.start_s + 5 * HOUR_S
        assert status(weighed(one), "ticket_sale") == "excluded"


def test_a_reset_wave_is_of_known_users() -> None:
    """A wave of resets goes to numbers that got messages before; new ones exclude it."""
    early = pool(ATTACK_S - 2 * DAY_S, count=80)
    again = replace(early, at_s=early.at_s + 2 * DAY_S)
    for sent, verified, expected in (
        (again, 70, "possible"),
        (again, 3, "excluded"),
        (pool(ATTACK_S), 70, "excluded"),
    ):
        with scene(PEOPLE, early.where(early.at_s > 0), sent, ranged=True) as one:
            assert status(weighed(one, verified=verified), "reset_wave") == expected, expected


def test_tests_use_a_handful_of_numbers() -> None:
    """A load test is possible for up to fifty numbers."""
    with scene(PEOPLE) as one:
        assert status(weighed(one, numbers=12), "load_test") == "possible"
        assert status(weighed(one, numbers=51), "load_test") == "excluded"


def test_bombing_goes_to_one_person() -> None:
    """Only alarms on single numbers, and hardly any of them, may be somebody harassed; it is never just accepted."""
    number = alarm("reuse", Level.NUMBER, 48501000001)
    with scene(PEOPLE, alarms=(number,)) as one:
        assert status(weighed(one, numbers=1), "sms_bombing") == "possible"
        assert status(weighed(one, numbers=40), "sms_bombing") == "excluded"
        one.alarms = [number, alarm("volume")]
        assert status(weighed(one, numbers=1), "sms_bombing") == "excluded"


def test_a_fleet_lies_together_and_converts() -> None:
    """A company's numbers in one block whose codes come back are a fleet, up to a size; else a pool."""
    with scene(PEOPLE, pool(ATTACK_S), ranged=True) as one:
        assert status(weighed(one, fullest=60), "fleet_onboarding") == "accepted"
        assert status(weighed(one, fullest=60, accused=1), "fleet_onboarding") == "possible"
        assert status(weighed(one, fullest=60, verified=None), "fleet_onboarding") == "possible"
        assert status(weighed(one, fullest=60, numbers=MOST_IN_A_DAY + 1), "fleet_onboarding") == "possible"
        assert status(weighed(one, fullest=60, verified=3), "fleet_onboarding") == "excluded"
        assert status(weighed(one), "fleet_onboarding") == "excluded"


def test_every_rival_is_told_and_only_known_ones_are_accepted() -> None:
    """Each rival appears once with a reason; each that may be accepted says what it explains."""
    with scene(PEOPLE) as one:
        found = weigh(weighed(one))
    assert len({one.id for one in found}) == len(found) == 10
    assert all(one.why.endswith(".") for one in found)
    assert {one.id for one in found} >= set(EXPLAINS)
    assert by_status(found, "accepted") == [one for one in found if one.status == "accepted"]


def told_agents(one: Scene, agent: str, kind: str, share: int = 90) -> Origins:
    """A hundred linked requests, most of them of one address and one agent of that kind."""
    one.store.run("CREATE TABLE IF NOT EXISTS agents (user_agent VARCHAR, kind VARCHAR)")
    one.store.run("INSERT INTO agents VALUES (?, ?)", [agent, kind])
    top = [
        OriginCount("ip", "203.0.113.1", share, 0, ATTACK_S, known_before=False),
        OriginCount("user_agent", agent, share, 0, ATTACK_S, known_before=False),
    ]
    return Origins(100, 100, 30, 20, 0.2, 0, 0, 0.1, 0, top)


@pytest.mark.parametrize(
    ("step", "share", "agent", "price", "expected"),
    [
        (1, 90, "library", 0.05, "accepted"),
        (1, 90, "browser", 0.05, "possible"),
        (1, 50, "library", 0.05, "possible"),
        (1, 90, "library", 0.5, "possible"),
        (500, 90, "library", 0.05, "possible"),
    ],
)
def test_a_test_of_ones_own_is_told_by_its_program_place_and_price(
    step: int, share: int, agent: str, price: float, expected: str
) -> None:
    """A program at one address, a few neighbours of a served country, the usual price: only that is one's own test."""
    numbers = 48_501_770_010 + step * np.tile(np.arange(6), 10)
    hammered = messages(ATTACK_S + 20.0 * np.arange(60), numbers, price_usd=price)
    with scene(PEOPLE, hammered, ranged=True) as one:
        found = weighed(one, verified=0, numbers=6, origins=told_agents(one, "some agent", agent, share))
        assert status(found, "load_test") == expected


@pytest.mark.parametrize(
    ("fullest", "agent", "expected"), [(98, "browser", "accepted"), (98, "library", "possible")]
)
def test_a_school_is_told_where_no_log_knows_of_codes(fullest: int, agent: str, expected: str) -> None:
    """Neighbours behind one address with browsers, at the usual price, enrol; with a program they may not."""
    with scene(PEOPLE, pool(ATTACK_S, count=100), ranged=True) as one:
        origins = told_agents(one, "some agent", agent)
        found = weighed(one, verified=None, fullest=fullest, origins=origins)
        assert status(found, "fleet_onboarding") == expected


@pytest.mark.parametrize(
    ("shift_h", "price", "numbers", "expected"),
    [
        (0.0, 0.05, 100, "accepted"),
        (12.0, 0.05, 100, "possible"),
        (0.0, 0.5, 100, "possible"),
        (0.0, 0.05, MOST_IN_OFFICE + 1, "possible"),
    ],
)
def test_an_office_writes_by_day_at_the_usual_price(
    shift_h: float, price: float, numbers: int, expected: str
) -> None:
    """One address that writes to many by day, to a served country, at the usual price, is an office; else ask."""
    rng = np.random.default_rng(3)
    guests = rng.choice(np.unique(PEOPLE.number), 80, replace=False)
    begin_s = ATTACK_S + shift_h * HOUR_S
    invited = messages(begin_s + 30.0 * np.arange(80), guests, price_usd=price, known=False)
    with store_of(PEOPLE, invited) as store:
        one = scene_of(store, begin_s, begin_s + HOUR_S)
        one.start_s, one.end_s = begin_s, begin_s + HOUR_S
        heavy = [OriginCount("ip", "203.0.113.1", 90, 0, begin_s, known_before=False)]
        origins = Origins(100, 100, 30, 20, 0.2, 0, 0, 0.1, 0, heavy)
        assert status(weighed(one, verified=None, numbers=numbers, origins=origins), "shared_nat") == expected


def test_life_after_the_message_stands_in_for_codes() -> None:
    """Where no log knows of codes, what people do after the message says what codes would: people, or nobody."""
    people, nobody = Afterwards(70, 100, 0.7), Afterwards(2, 100, 0.7)
    with scene(PEOPLE, pool(ATTACK_S), ranged=True) as one:
        found = weighed(one, fullest=60, verified=None)
        assert status(replace(found, life=people), "fleet_onboarding") == "accepted"
        assert status(replace(found, life=nobody), "fleet_onboarding") == "excluded"
        assert status(replace(weighed(one, fullest=60, verified=3), life=people), "fleet_onboarding") == "excluded"


def test_one_person_under_cheap_codes_is_harassed() -> None:
    """A served country's number at the usual price pays no pumper for a few dollars; for many dollars nobody knows."""
    number = alarm("reuse", Level.NUMBER, 48501000001)
    with scene(PEOPLE, alarms=(number,)) as one:
        cheap, dear = (weighed(one, numbers=1) for _ in range(2))
        cheap.findings["conversion"] = dear.findings["conversion"] = Finding(
            "conversion", 3.0, "", "", "", facts={"verified": 0.0, "of": 20.0, "usual": 0.75}
        )
        cheap.findings["cost"] = Finding("cost", 0.1, "", "", "", facts={"usd": 3.0})
        dear.findings["cost"] = Finding("cost", 0.1, "", "", "", facts={"usd": 300.0})
        assert (status(cheap, "sms_bombing"), status(dear, "sms_bombing")) == ("accepted", "possible")


def test_a_planned_launch_is_a_launch() -> None:
    """A new country that the calendar announces is a launch, though no log knows of codes."""
    settled = honest(1, countries=("ES",))
    opened = honest(2, days=1.0, countries=("PL",), start_s=ATTACK_S)
    with store_of(settled.where(settled.at_s < ATTACK_S), opened) as store:
        one = scene_of(store, ATTACK_S, ATTACK_S + DAY_S)
        assert status(weighed(one, verified=None), "launch") == "possible"
        plan_activity(store, ATTACK_S, ATTACK_S + DAY_S, ["PL"])
        assert status(weighed(one, verified=None), "launch") == "accepted"
        assert status(weighed(one, verified=None, accused=1), "launch") == "possible"


def test_codes_of_a_few_do_not_speak_for_all() -> None:
    """Where most messages of a case had no code at all, the codes of the others tell only if they surely fail."""
    with scene(PEOPLE) as one:
        found = weighed(one)
        assert found.converts is True
        found.findings["conversion"].facts["heard"] = 0.1
        assert found.converts is None
        found.findings["conversion"].facts["verified"] = 2
        for nats, expected in ((1.4, None), (8.0, False)):
            found.findings["conversion"] = replace(found.findings["conversion"], nats=nats)
            assert found.converts is expected


def test_numbers_that_live_elsewhere_are_no_office_and_no_crowd() -> None:
    """Whose numbers lie where no customer ever was, is neither an office that invites nor an audience."""
    begin_s = ATTACK_S
    guests = np.unique(PEOPLE.number)[:80]
    invited = messages(begin_s + 30.0 * np.arange(80), guests, price_usd=0.05, known=False)
    with store_of(PEOPLE, invited) as store:
        one = scene_of(
            store, begin_s, begin_s + HOUR_S, alarms=[alarm("surge", Level.COUNTRY, country_index("PL"))]
        )
        heavy = [OriginCount("ip", "203.0.113.1", 90, 0, begin_s, known_before=False)]
        found = weighed(one, verified=None, origins=Origins(100, 100, 30, 20, 0.2, 0, 0, 0.1, 0, heavy))
        assert status(found, "shared_nat") == "accepted"
        assert supported(found) == ["shared_nat"]
        elsewhere = replace(found, at_home=False)
        assert status(elsewhere, "shared_nat") == "possible"
        assert supported(elsewhere) == []
        assert replace(weighed(one), at_home=False).crowd is None


def test_of_a_new_market_some_block_is_the_fullest() -> None:
    """In a country that opened a block with few codes among many that convert is chance, while it is few codes."""
    launch = honest(3, days=4, per_day=600, countries=("MA",), start_s=ATTACK_S - 3 * DAY_S, returning=0.0)
    block = pool(ATTACK_S, prefix="21266177", digits=12, count=20, every_s=60.0, conversion=0.35)
    with store_of(PEOPLE, launch, block) as store:
        one = scene_of(
            store, block.begin_s, block.end_s, ranges=[pool_range(block, "21266177", 12)], countries=("MA",)
        )
        found = weighed(one, verified=35, numbers=20, fullest=20)
        found.findings["conversion"] = replace(found.findings["conversion"], nats=1.3)
        assert status(found, "launch") == "accepted"
        found.findings["conversion"] = replace(found.findings["conversion"], nats=6.0)
        assert status(found, "launch") == "excluded"


def test_more_than_a_firm_but_no_more_than_a_school_behind_one_address() -> None:
    """Where people are known by what they do afterwards, a school may be larger than a firm too."""
    with scene(PEOPLE, pool(ATTACK_S, count=100), ranged=True) as one:
        found = weighed(
            one, verified=None, numbers=332, fullest=332, origins=told_agents(one, "some agent", "browser")
        )
        people = replace(found, life=Afterwards(70, 100, 0.7))
        assert status(people, "fleet_onboarding") == "accepted"
        assert status(replace(people, origins=None), "fleet_onboarding") == "possible"


@pytest.mark.parametrize(
    ("agent", "life", "expected"),
    [("browser", 70, "accepted"), ("library", 70, "possible"), ("browser", None, "possible")],
)
def test_a_school_whose_pupils_use_the_site_may_live_where_messages_are_dear(
    agent: str, life: int | None, expected: str
) -> None:
    """What a message costs tells nothing more where people are known by what they do afterwards."""
    with scene(PEOPLE, pool(ATTACK_S, count=100, price_usd=0.5), ranged=True) as one:
        origins = told_agents(one, "some agent", agent)
        found = weighed(one, verified=None, numbers=332, fullest=332, origins=origins)
        found = found if life is None else replace(found, life=Afterwards(life, 100, 0.7))
        assert status(found, "fleet_onboarding") == expected
