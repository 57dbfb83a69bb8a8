"""The world of honest people: its numbers, addresses, rhythm and manners."""

import ipaddress

import numpy as np
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.simulation.scenarios.burst import PATHS
from checkvalve.simulation.traffic.agents import agents_of, is_app
from checkvalve.simulation.traffic.arrivals import Arrivals, day_shape, week_shape
from checkvalve.simulation.traffic.conditions import Conditions, Outage, Surge
from checkvalve.simulation.traffic.countries import COUNTRIES, countries
from checkvalve.simulation.traffic.draws import choose, stream, traits
from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.networks import addresses_of
from checkvalve.simulation.traffic.numbers import live_blocks, numbers_of, random_blocks
from checkvalve.simulation.traffic.tenant import SIZES, Tenant

PEOPLE = np.arange(400, dtype=np.int64)


def small_tenant(sends_per_day: float = 60.0) -> Tenant:
    """A tenant of three countries."""
    return Tenant(app="Lumen", sends_per_day=sends_per_day, countries=countries("GB DE MM"), paths=PATHS)


@pytest.mark.parametrize("iso", sorted(COUNTRIES))
def test_numbers_are_valid_in_their_country(iso: str) -> None:
    """Nearly every number is a valid one of its own country, as the public number plan has it."""
    numbers, _ = numbers_of(COUNTRIES[iso], PEOPLE, 3)
    parsed = [phonenumbers.parse(f"+{number}") for number in numbers]
    assert all(phonenumbers.is_possible_number(one) for one in parsed)
    assert sum(phonenumbers.is_valid_number_for_region(one, iso) for one in parsed) > 0.97 * len(parsed)


@pytest.mark.parametrize("iso", sorted(COUNTRIES))
def test_carrier_shares_add_up(iso: str) -> None:
    """The carriers of a country share the whole market."""
    assert sum(carrier.share for carrier in COUNTRIES[iso].carriers) == pytest.approx(1.0)


def test_blocks_are_unevenly_full() -> None:
    """A carrier has many live blocks, and the fullest holds a multiple of what the emptiest holds."""
    country = COUNTRIES["GB"]
    blocks, occupancy = live_blocks(country, country.carriers[0], 3)
    assert len(blocks) == len(set(blocks)) > 100
    assert occupancy.max() > 4 * occupancy.min()


@given(seed=st.integers(0, 50), count=st.integers(1, 8), iso=st.sampled_from(sorted(COUNTRIES)))
def test_random_blocks_are_the_carriers_own(seed: int, count: int, iso: str) -> None:
    """A block has the carrier's prefix and four digits less than a number."""
    country = COUNTRIES[iso]
    carrier = country.carriers[seed % len(country.carriers)]
    for block in random_blocks(country, carrier, count, stream(seed, "test")):
        assert len(block) == len(country.calling_code) + carrier.digits - 4
        assert block.startswith(tuple(country.calling_code + prefix for prefix in carrier.prefixes))


def test_a_person_keeps_number_and_agent() -> None:
    """Number, carrier and agent belong to the person, whoever else is asked about."""
    country = COUNTRIES["DE"]
    everybody, some = numbers_of(country, PEOPLE, 3)[0], numbers_of(country, PEOPLE[17:19], 3)[0]
    assert everybody[17:19] == some
    assert agents_of(PEOPLE, "Lumen", 0.4, 3)[17:19] == agents_of(PEOPLE[17:19], "Lumen", 0.4, 3)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50), st.text(max_size=5))
def test_traits_are_shares(people: list[int], name: str) -> None:
    """A trait is a number of [0, 1) that depends on the person and the trait's name only."""
    array = np.array(people, dtype=np.int64)
    values = traits(array, name)
    assert ((values >= 0) & (values < 1)).all()
    assert (values == traits(array, name)).all()


def test_streams_are_frozen() -> None:
    """The first draws of a stream are those that committed examples were written with."""
    assert stream(7, "arrivals").uniform(size=2).tolist() == pytest.approx([0.87549200, 0.10340096], abs=1e-8)


def test_choose_follows_shares() -> None:
    """Indices come about as often as their shares say."""
    picks = choose(stream(1, "test"), np.array([0.7, 0.2, 0.1]), 20_000)
    assert np.bincount(picks) / 20_000 == pytest.approx([0.7, 0.2, 0.1], abs=0.02)


def test_mobile_networks_share_addresses_and_homes_do_not() -> None:
    """Behind mobile networks many people have one address; at home each has the own one, today and tomorrow."""
    country, carriers = COUNTRIES["ES"], np.zeros(4_000, dtype=np.int64)
    people = np.arange(4_000, dtype=np.int64)
    mobile = addresses_of(country, people, carriers, stream(1, "m"), mobile_share=1.0)
    homes = addresses_of(country, people, carriers, stream(1, "h"), mobile_share=0.0)
    tomorrow = addresses_of(country, people, carriers, stream(2, "h"), mobile_share=0.0)
    assert max(mobile.count(one) for one in set(mobile[:50])) > 10
    assert len(set(homes)) > 0.9 * len(homes)
    assert sum(a == b for a, b in zip(homes, tomorrow, strict=True)) > 0.95 * len(homes)
    assert {ipaddress.ip_address(one).version for one in mobile + homes} == {4, 6}


def test_addresses_are_public() -> None:
    """No address of the world is private, reserved or multicast."""
    for iso in ("GB", "IN", "MM", "US"):
        for text in addresses_of(COUNTRIES[iso], PEOPLE, np.zeros(400, dtype=np.int64), stream(1, iso)):
            address = ipaddress.ip_address(text)
            assert address.is_global


def test_rhythm_keeps_the_mean() -> None:
    """Day and week shapes have a mean of one, so a tenant has the size it states."""
    hours = np.linspace(0, 24, 9_600, endpoint=False)
    assert day_shape(hours).mean() == pytest.approx(1.0, abs=0.01)
    assert week_shape(np.arange(7.0), 0.7).mean() == pytest.approx(1.0)
    assert day_shape(hours).max() > 5 * day_shape(hours).min()


def test_arrivals_follow_the_local_clock() -> None:
    """Evening is evening in the country, not in Greenwich."""
    for iso in ("US", "AU"):
        arrivals = Arrivals(COUNTRIES[iso], 0.0, 20, 1.0, seed=1)
        times = np.concatenate([arrivals.of_day(day, 400.0, np.ones(96)) for day in range(20)])
        local = (times + COUNTRIES[iso].offset_h * 3_600) % 86_400 // 3_600
        assert (local == 19).sum() > 4 * (local == 3).sum()


def test_surge_lifts_its_countries_while_it_lasts() -> None:
    """A surge multiplies arrivals of its countries between start and end and nobody else's."""
    surge = Surge(1_000, 10_000, 5.0, frozenset({"ES"}), ramp_s=100, tail_s=500)
    times = np.array([0.0, 5_000.0, 20_000.0])
    assert surge.factor("ES", times).tolist() == pytest.approx([1.0, 5.0, 1.0], abs=0.01)
    assert surge.factor("FR", times).tolist() == [1.0, 1.0, 1.0]


def test_outage_is_found_by_country_carrier_and_time() -> None:
    """An outage strikes its carrier in its country between start and end."""
    conditions = Conditions(outages=(Outage("NL", "KPN", 10, 20),))
    assert conditions.outage("NL", "KPN", 15) is not None
    assert conditions.outage("NL", "KPN", 20) is None
    assert conditions.outage("NL", "Odido", 15) is None
    assert conditions.outage("BE", "KPN", 15) is None


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_honest_traffic_has_the_stated_size_and_converts(seed: int) -> None:
    """A tenant sends about what it states and most codes are delivered and entered."""
    events = Honest(small_tenant(), 0.0, 14, seed).events()
    sends = [event for event in events if isinstance(event, Message)]
    assert 0.7 < len(sends) / (60 * 14) < 1.35
    assert sum(send.delivered_s is not None for send in sends) / len(sends) > 0.88
    assert 0.6 < sum(send.verified_s is not None for send in sends) / len(sends) < 0.92
    assert all(send.campaign is None for send in sends)


def test_honest_events_are_sorted_and_sessions_agree() -> None:
    """Events come in order of time, a session has one number and one account, and only its last code is entered."""
    events = list(Honest(small_tenant(), 0.0, 10, 4).events())
    assert [event.at for event in events] == sorted(event.at for event in events)
    sessions: dict[str, list[Message]] = {}
    for event in events:
        if isinstance(event, Message):
            sessions.setdefault(event.session, []).append(event)
    assert any(len(sends) > 1 for sends in sessions.values())
    for sends in sessions.values():
        assert len({(send.number, send.account, send.address) for send in sends}) == 1
        assert all(send.verified_s is None for send in sends[:-1])
        assert [send.resend for send in sends] == [False] + [True] * (len(sends) - 1)


def test_people_come_back() -> None:
    """A good part of the numbers of a later day was seen before."""
    sends = [event for event in Honest(small_tenant(300.0), 0.0, 12, 4).events() if isinstance(event, Message)]
    before = {send.number for send in sends if send.at < 10 * 86_400}
    after = {send.number for send in sends if send.at >= 10 * 86_400}
    assert len(before & after) > 0.05 * len(after)


def test_apps_load_no_pages() -> None:
    """An app's agent is told from a browser's."""
    agents = agents_of(PEOPLE, "Lumen", 0.5, 1)
    assert 0.35 < sum(map(is_app, agents)) / len(agents) < 0.65


def test_tenant_sizes_and_prices() -> None:
    """The four sizes grow, shares add up, and every carrier of the world has a price."""
    assert list(SIZES.values()) == sorted(SIZES.values())
    tenant = small_tenant()
    assert tenant.shares().sum() == pytest.approx(1.0)
    prices = tenant.prices(3)
    assert len(prices) == sum(len(country.carriers) for country in COUNTRIES.values())
    assert min(prices.values()) > 0
