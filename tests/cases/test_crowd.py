"""Many who come at once are people where codes or customers of before say so, and the likeliest crowd is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.assess import Judged
from checkvalve.cases.crowd import are_people, came_back, likeliest
from checkvalve.cases.kin import united
from checkvalve.cases.rivals import by_status, weigh
from checkvalve.cases.same_cause import told_once
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.base import Finding
from checkvalve.indicators.scene import Scene
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import judgement
from tests.indicators.scenes import alarm, scene_of
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, messages, pool, store_of

HOUR_S = 3600.0
NOON_S = START + 6 * DAY_S + 12 * HOUR_S
PEOPLE = honest(1, days=6.0, countries=("PL",), per_day=300, audience=0)


def crowd(hours: float, count: int, new: float) -> Messages:
    """So many numbers in so many hours; of them this part never got a message, the others are customers."""
    rng = np.random.default_rng(4)
    strangers = honest(5, days=1.0, countries=("PL",), per_day=4 * count, returning=0.0, audience=3)
    known = rng.choice(np.unique(PEOPLE.number), count, replace=len(np.unique(PEOPLE.number)) < count)
    fresh = np.setdiff1d(strangers.number, PEOPLE.number)[:count]
    number = np.where(rng.random(count) < new, rng.permutation(fresh), known)
    times = NOON_S + np.sort(rng.uniform(0, hours * HOUR_S, count))
    some = strangers.where(np.arange(len(strangers)) < count)
    return replace(some, at_s=times, number=number, receipt_s=times, verified_s=np.full(count, np.nan))


@contextmanager
def scene(hours: float, new: float, count: int = 200) -> Iterator[Scene]:
    """A week of people, and the crowd with the surge that it made."""
    surge = alarm("surge", Level.COUNTRY, country_index("PL"), observed=float(count), expected=count / 10)
    with store_of(PEOPLE, crowd(hours, count, new)) as store:
        yield scene_of(store, NOON_S, NOON_S + hours * HOUR_S, alarms=[surge])


@pytest.mark.parametrize(
    ("hours", "new", "expected"),
    [
        (0.5, 0.7, "ticket_sale"),
        (12.0, 0.9, "campaign"),
        (12.0, 0.3, "reset_wave"),
        (24.0, 0.95, "campaign"),
        (200.0, 0.1, "campaign"),
    ],
)
def test_what_brought_them_is_told_by_length_and_newness(hours: float, new: float, expected: str) -> None:
    """A sale is over within the hour, a campaign brings new people for hours, a reset brings known ones back."""
    with scene(hours, new) as one:
        assert likeliest(one) == expected


def test_customers_show_that_they_are_people() -> None:
    """Where no log knows of codes, many customers of before among them say that they are people; strangers do not."""
    with scene(3.0, 0.3) as one:
        told = are_people(one, 0, 0)
        assert told is not None
        assert "customers of before" in told
    with scene(3.0, 1.0) as one:
        assert are_people(one, 0, 0) is None


def test_codes_that_come_back_too_well_show_nobody() -> None:
    """Codes that come back as usual are people's; nearly all of many codes are not."""
    with scene(3.0, 1.0) as one:
        assert "70% of the codes" in str(are_people(one, 70, 100))
        assert are_people(one, 99, 100) is None
        assert are_people(one, 20, 20) is not None


def unknown(sent: Messages) -> Messages:
    """The same where no log knows of codes."""
    return replace(sent, known=np.zeros(len(sent), np.bool_), verified_s=np.full(len(sent), np.nan))


def united_cases(*sent: Messages) -> list[Judged]:
    """The cases of messages alone."""
    with judgement(*(unknown(one) for one in sent)) as found:
        return told_once(united(found.cases, found.world), found.world)


def test_a_blast_to_customers_is_a_campaign() -> None:
    """Crowded blocks are a campaign's audience where customers of before are written to as often as ever."""
    base = honest(1, days=14, per_day=150, returning=0.3)
    early = np.unique(base.number[base.at_s < START + 9 * DAY_S])
    others = honest(10, days=14, per_day=150, returning=0.0)
    everyone = np.union1d(early, others.number)
    blocks, counts = np.unique(everyone // 10_000, return_counts=True)
    audience = everyone[np.isin(everyone // 10_000, blocks[np.argsort(-counts)[:6]])]
    times = START + 10 * DAY_S + 22 * HOUR_S + np.arange(len(audience))
    audience = np.random.default_rng(1).permutation(audience)
    for one in united_cases(base, messages(times, audience)):
        assert one.verdict == "benign"
        assert "campaign" in {rival.id for rival in by_status(one.rivals, "accepted")}
    strangers = audience // 10_000 * 10_000 + np.arange(len(audience)) * 17 % 10_000
    assert "attack" in {one.verdict for one in united_cases(base, messages(times, strangers))}


def test_who_writes_to_a_whole_block_meets_the_customers_in_it() -> None:
    """Where hardly anybody comes twice, a few customers among all numbers of a block make no audience of them."""
    base = honest(1, days=14, per_day=150, returning=0.0)
    there = int(POOL) * 10_000 + np.random.default_rng(2).choice(10_000, 8, replace=False)
    customers = messages(START + DAY_S * (1 + np.arange(8)), there)
    everybody = int(POOL) * 10_000 + np.random.default_rng(3).permutation(10_000)[:9_500]
    cases = united_cases(base, customers, messages(START + 10 * DAY_S + 0.4 * np.arange(9_500), everybody))
    (found,) = [one for one in cases if POOL in {which.prefix for which in one.scene.ranges}]
    assert found.verdict == "attack"


def test_whom_an_attack_wrote_to_before_is_no_customer() -> None:
    """A second wave over the numbers of the first is the same attack, however long the pause."""
    base = honest(1, days=14, per_day=150, returning=0.3)
    first = pool(START + 3 * DAY_S, count=150)
    again = replace(first, at_s=first.at_s + 6 * DAY_S, receipt_s=first.at_s + 6 * DAY_S)
    cases = united_cases(base, first, again)
    assert cases
    assert {one.verdict for one in cases} == {"attack"}


@pytest.mark.parametrize(("verified", "new", "expected"), [(50, 0.3, True), (12, 0.3, False), (50, 1.0, False)])
def test_customers_who_are_called_back_and_do_not_all_care(verified: int, new: float, expected: bool) -> None:
    """Half the usual codes are a reset wave where customers of before came; not of strangers, and not of dead codes."""
    with scene(12.0, new) as one:
        assert (came_back(one, verified, 100, 0.8) is not None) is expected
        codes = {"verified": verified, "of": 100, "usual": 0.8, "heard": 1.0}
        found = Weighed(one, {"conversion": Finding("conversion", 8.0, "", "", "", facts=codes)}, None)
        accepted = [rival.id for rival in by_status(weigh(found), "accepted")]
        assert accepted == (["reset_wave"] if expected else [])


def test_an_evening_says_nothing_of_weeks() -> None:
    """A surge that holds the lesser part of a case's messages does not show that the others were called back."""
    with scene(12.0, 0.3) as one:
        assert came_back(one, 50, 100, 0.8) is not None
        one.alarms = [replace(each, observed=60.0, expected=6.0) for each in one.alarms]
        assert came_back(one, 50, 100, 0.8) is None
