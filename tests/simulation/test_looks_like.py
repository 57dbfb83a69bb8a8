"""The families of the catalogue look like what they are named after."""

import itertools
from collections import Counter
from statistics import mean

import pytest

from checkvalve.simulation.catalogue.families import FAMILIES
from checkvalve.simulation.catalogue.world import MOST_FRAUD
from checkvalve.simulation.traffic.behaviour import Manners, Person
from checkvalve.simulation.traffic.conditions import Conditions, Outage
from checkvalve.simulation.traffic.countries import COUNTRIES
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Hit, Message
from checkvalve.simulation.traffic.tenant import SIZES


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A business of forty messages a day, whose campaigns have at most four hundred."""
    monkeypatch.setitem(SIZES, "tiny", 40)
    monkeypatch.setitem(MOST_FRAUD, "tiny", 400)


def messages(family: str, seed: int = 4) -> list[Message]:
    """All messages of a member of a family."""
    return [one for one in FAMILIES[family].plan(seed, "tiny").events() if isinstance(one, Message)]


def fraud(family: str, seed: int = 4) -> list[Message]:
    """The fraudulent messages of a member of a family."""
    return [one for one in messages(family, seed) if one.campaign is not None]


def converted(sends: list[Message]) -> float:
    """The share of messages whose code was entered."""
    return mean(one.verified_s is not None for one in sends)


def test_a_smash_is_over_within_minutes() -> None:
    """Ten to fifty a second to at most three blocks of one carrier, hardly a code entered."""
    sends = fraud("smash_and_grab")
    assert sends[-1].at - sends[0].at < 600
    assert len({one.number[:-4] for one in sends}) <= 3
    assert converted(sends) < 0.06


def test_a_hopper_stays_below_eight_a_block() -> None:
    """No block gets more than seven messages."""
    assert max(Counter(one.number[:-4] for one in fraud("block_hopper")).values()) <= 7


def test_clockwork_keeps_time() -> None:
    """All pauses are equal to the millisecond."""
    times = [one.at for one in fraud("clockwork")]
    pauses = {round(b - a, 1) for a, b in itertools.pairwise(times)}
    assert max(pauses) - min(pauses) <= 0.11


def test_faked_conversion_is_too_good_and_shows_no_life() -> None:
    """Most codes are entered, and hardly anybody looks at the account afterwards."""
    sends = fraud("fake_conversion")
    assert converted(sends) > 0.6
    hits = [one for one in FAMILIES["fake_conversion"].plan(4, "tiny").events() if isinstance(one, Hit)]
    looked = [one for one in hits if one.campaign is not None and one.target == "/account"]
    assert len(looked) < 0.05 * len(sends)


def test_blended_numbers_are_alive_and_convert_as_others() -> None:
    """Numbers lie in blocks that honest people have too, and codes are entered as often as theirs."""
    every = messages("blended_conversion", seed=6)
    bad = [one for one in every if one.campaign is not None]
    good = [one for one in every if one.campaign is None and one.purpose != "notify"]
    assert abs(converted(bad) - converted(good)) < 0.15
    assert len({one.number for one in bad}) > 0.9 * len(bad)


def test_a_farm_uses_accounts_up() -> None:
    """Each account sends no more than its quota, each message to another number, and no code is asked back."""
    sends = fraud("account_farm")
    accounts = Counter(one.account for one in sends)
    assert len(set(list(accounts.values())[:-1])) == 1
    assert len({one.number for one in sends}) > 0.98 * len(sends)
    assert {one.purpose for one in sends} == {"notify"}


def test_aged_numbers_are_old_customers() -> None:
    """Each number enters a code long before it begins to come back day after day."""
    sends = fraud("aged_numbers")
    first: dict[str, Message] = {}
    for one in sends:
        first.setdefault(one.number, one)
    later = [one for one in sends if one.purpose == "login"]
    assert len(later) > len(first)
    assert mean(one.at - first[one.number].at > 3 * 86_400 for one in later) > 0.6
    assert len({one.account for one in sends}) == len(first)


def test_a_stolen_key_leaves_no_request() -> None:
    """The web server never hears of messages that the gateway was handed with a stolen key."""
    events = FAMILIES["stolen_key"].plan(4, "tiny").events()
    assert not [one for one in events if isinstance(one, Hit) and one.campaign is not None]


def test_a_reset_wave_is_of_known_numbers() -> None:
    """While it lasts nearly all messages are resets of numbers that exist already."""
    sends = [one for one in messages("reset_wave") if one.purpose != "notify"]
    busiest = Counter(int(one.at // 3_600) for one in sends if one.purpose == "reset").most_common(3)
    for hour, _ in busiest:
        inside = [one for one in sends if int(one.at // 3_600) == hour]
        assert mean(one.purpose == "reset" for one in inside) > 0.6


def test_guests_come_from_everywhere_to_one_address() -> None:
    """One address asks for codes in at least fifteen countries within hours, and most are entered."""
    guests = [one for one in messages("conference") if one.key.startswith("group.")]
    assert len({one.address for one in guests}) == 1
    assert len({one.country.iso for one in guests}) >= 15
    assert converted(guests) > 0.6


def test_a_silent_outage_has_receipts_and_no_codes() -> None:
    """What the carrier loses it reports as delivered, so that receipts do not excuse the lost conversion."""
    country = COUNTRIES["GB"]
    outage = Outage("GB", country.carriers[0].name, 0.0, 1e9, receipts="delivered")
    manners = Manners(country, Conditions(outages=(outage,)), seed=3)
    person = Person("447700900001", "a", "203.0.113.1", "x", wrong_number=False)
    random = stream(3, "test")
    codes = [one for _ in range(50) for one in manners.session(100.0, person, country.carriers[0], "login", random)]
    assert all(one.verified_s is None and one.failure is None for one in codes)
    assert all(one.receipt and one.claimed_s is not None for one in codes)
