"""Where the requests behind a case's messages come from, against regular operation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from checkvalve.events import WatchEntry
from checkvalve.evidence import links
from checkvalve.evidence.addresses import place_addresses
from checkvalve.evidence.store import Store
from checkvalve.indicators import requests
from checkvalve.indicators.requests import OriginCount, Origins
from checkvalve.indicators.scene import Scene
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, START, ask, honest, load, pool, put, store_of

ATTACK_S = START + 3 * DAY_S + 3600.0
CALM = "Mozilla/5.0 (calm)"
SCRIPT = "python-requests/2.31"


@contextmanager
def scene(
    attack_ips: list[str] | str,
    *,
    agent: str | None = None,
    watch: list[tuple[str, str]] | None = None,
    **more: str,
) -> Iterator[Scene]:
    """Honest messages with requests of 300 addresses, and a pool with requests of the attacker's addresses."""
    people, attack = honest(1, days=4, per_day=150), pool(ATTACK_S)
    with store_of(people, attack) as store:
        own = [f"198.51.{nth % 300 // 100}.{nth % 100}" for nth in range(len(people))]
        agents = f"'{CALM} ' || (at_s::BIGINT % 7)"
        ask(store, people.at_s - 1.0, own, user_agent=agents, asn="64496", ja4="'t13d1516h2_honest'")
        ask(store, attack.at_s - 1.0, attack_ips, user_agent=f"'{agent}'" if agent else agents, **more)
        for kind, value in watch or ():
            put_watch(store, kind, value)
        yield scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])


def put_watch(store: Store, kind: str, value: str, until: str = "NULL") -> None:
    """One entry of a watch list."""
    load(
        store,
        WatchEntry,
        {},
        kind=f"'{kind}'",
        value=f"'{value}'",
        list="'bad'",
        valid_until=until,
    )


def found(one: Scene) -> Origins:
    """The origins of a scene that has some."""
    origins = requests.origins(one)
    assert origins is not None
    return origins


def origin(origins: Origins, kind: str, value: str) -> OriginCount | None:
    """One of the telling origins."""
    return next((one for one in origins.top if (one.kind, one.value) == (kind, value)), None)


def test_figures_of_a_sample_are_scaled_where_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only some messages are linked, shares are those of the sample, and what is shown counts all of them."""
    with scene(["203.0.113.9"] * 60) as one:
        whole = found(one)
        monkeypatch.setattr(links, "MOST_SENDS", -(-one.store.row("SELECT count(*) FROM send_rows")[0] // 3))
        links.link_requests(one.store)
        part = found(one)
        finding = requests.finding(one, part)
    assert (whole.every, whole.sends, part.every, part.sends) == (1, 60, 3, 20)
    assert part.linked == 20
    (top,) = (origin(each, "ip", "203.0.113.9") for each in (part,))
    assert top is not None
    assert top.requests == part.linked
    assert finding is not None
    assert "at least 1 address in all" in finding.explanation


def test_fresh_addresses_speak_for_it() -> None:
    """Requests of sixty addresses never seen before weigh more than regular operation's usual share of new ones."""
    with scene([f"203.0.113.{nth}" for nth in range(60)]) as one:
        origins = found(one)
        finding = requests.finding(one, origins)
    assert (origins.linked, origins.addresses, origins.fresh) == (60, 60, 60)
    assert origins.usual_fresh < 0.7
    assert finding is not None
    assert finding.nats >= 2
    assert finding.facts["fresh"] == 60
    assert finding.facts["heaviest"] < 12


def test_known_addresses_speak_against_it() -> None:
    """Requests of the addresses that were always there take evidence away."""
    with scene([f"198.51.{nth % 3}.{nth}" for nth in range(60)]) as one:
        finding = requests.finding(one, requests.origins(one))
    assert finding is not None
    assert finding.nats < 0


def test_one_address_that_carries_it_is_heavy() -> None:
    """One new address behind all messages is named with its network, its count and what else it asked for."""
    with scene("203.0.113.9", agent=SCRIPT) as one:
        origins = found(one)
        finding = requests.finding(one, origins)
    heavy = origin(origins, "ip", "203.0.113.9")
    assert heavy is not None
    assert (heavy.requests, heavy.others, heavy.known_before, heavy.listed) == (60, 0, False, None)
    assert heavy.first_s == ATTACK_S - 1
    assert origin(origins, "network", "203.0.113.0/24") is not None
    assert finding is not None
    assert finding.nats >= 5
    assert finding.facts["heaviest"] == 60


def test_lockstep_of_one_agent_tells() -> None:
    """One agent and fingerprint over sixty addresses of as many networks is named, though no address is heavy."""
    ips = [f"203.{nth}.113.7" for nth in range(60)]
    with scene(ips, agent=SCRIPT, ja4="'t13d_script'", asn="64500") as one:
        origins = found(one)
        finding = requests.finding(one, origins)
    for kind, value in (("user_agent", SCRIPT), ("ja4", "t13d_script"), ("asn", "64500")):
        named = origin(origins, kind, value)
        assert named is not None
        assert (named.requests, named.others, named.known_before) == (60, 0, False)
    assert finding is not None
    assert finding.facts["lockstep"] == 1


def test_watch_lists_are_met_by_kind() -> None:
    """An address, a network that holds it, an ASN, an agent and a fingerprint on a list are each hit and named."""
    entries = {
        "ip": ("203.0.113.9", "ip"),
        "network": ("203.0.112.0/22", "ip"),
        "asn": ("64500", "asn"),
        "user_agent": (SCRIPT, "user_agent"),
        "ja4": ("t13d_script", "ja4"),
    }
    with scene("203.0.113.9", agent=SCRIPT, ja4="'t13d_script'", asn="64500") as one:
        for kind, (value, named) in entries.items():
            one.store.run("DELETE FROM watchlist")
            for watched, hits in (("1" + value, 0), (value, 60)):
                put_watch(one.store, kind, watched)
                place_addresses(one.store)
                origins = found(one)
                assert origins.listed == hits, kind
                notes = {other.kind for other in origins.top if other.listed == "on a watch list"}
                assert notes == ({named} if hits else set())
        finding = requests.finding(one, origins)
    assert finding is not None
    assert finding.facts["listed"] == 60


def test_ipv6_networks_are_matched_and_named() -> None:
    """An IPv6 network on a list holds short addresses; their /64 is named as people write it."""
    ips = [f"2001:db8:0:1::{nth:x}" for nth in range(1, 61)]
    with scene(ips, watch=[("network", "2001:db8::/32")]) as one:
        origins = found(one)
    assert origins.listed == 60
    network = origin(origins, "network", "2001:db8:0:1::/64")
    assert network is not None
    assert (network.requests, network.known_before) == (60, False)


def test_an_entry_that_has_run_out_is_no_hit() -> None:
    """A list entry counts until its date; requests later than that are not listed by it."""
    with scene("203.0.113.9") as one:
        put_watch(one.store, "ip", "203.0.113.9", "TIMESTAMPTZ '2026-01-01 00:00:00+00'")
        put_watch(one.store, "user_agent", CALM, "TIMESTAMPTZ '2026-01-01 00:00:00+00'")
        later = scene_of(one.store, one.start_s, one.end_s, ranges=one.ranges)
        assert found(later).listed == 0


def test_listed_addresses_are_named_beside_busier_ones() -> None:
    """A listed address with a single request is named though twenty others asked more often."""
    ips = [f"203.0.113.{nth % 29}" for nth in range(58)] + ["192.0.2.1", "192.0.2.2"]
    with scene(ips, watch=[("ip", "192.0.2.1")]) as one:
        named = origin(found(one), "ip", "192.0.2.1")
    assert named is not None
    assert named.listed == "on a watch list"


def test_an_agent_that_people_use_is_known() -> None:
    """An agent seen before with other addresses was part of regular operation."""
    with scene("203.0.113.9", agent=f"{CALM} 3") as one:
        named = origin(found(one), "user_agent", f"{CALM} 3")
    assert named is not None
    assert named.known_before


def test_without_requests_there_are_no_origins() -> None:
    """No endpoint, no requests in the case's time, or too few links: nothing is said."""
    people, attack = honest(1, days=4), pool(ATTACK_S)
    with store_of(people, attack) as store:
        one = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        assert requests.origins(one) is None
        assert requests.finding(one, None) is None
        ask(store, START, "203.0.113.1")
        one = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        assert one.endpoints
        assert requests.origins(one) is None
        ask(store, attack.at_s[:5], "203.0.113.1")
        one = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        assert requests.finding(one, requests.origins(one)) is None


def test_messages_without_a_number_stand_outside_the_case() -> None:
    """A masked number is no message of the case, and its request one of the others'."""
    with scene("203.0.113.9") as one:
        masked = pool(ATTACK_S + 15.0, count=20)
        put(one.store, masked, provider="other")
        one.store.run("UPDATE kept_sends SET number = NULL WHERE provider = 'other'")
        ask(one.store, masked.at_s, "192.0.2.77")
        again = scene_of(one.store, one.start_s, one.end_s, ranges=one.ranges)
        origins = found(again)
    assert origins.linked == 60
    assert origin(origins, "ip", "192.0.2.77") is None


def test_a_customer_of_ipv6_is_one_origin() -> None:
    """Addresses of one /64 are one origin, however many of them are used."""
    with scene([f"2001:db8:7::{nth:x}" for nth in range(60)]) as one:
        origins = found(one)
    assert origins.addresses == 1
    told = origin(origins, "ip", "2001:db8:7::/64")
    assert told is not None
    assert (told.requests, told.known_before) == (60, False)


@pytest.mark.parametrize(("addresses", "telling"), [(10, True), (60, False)])
def test_a_pool_of_new_addresses_that_ask_for_many_numbers_is_told(addresses: int, telling: bool) -> None:
    """Ten new addresses that ask for six numbers each weigh more than sixty that ask for one."""
    with scene([f"203.0.113.{nth % addresses}" for nth in range(60)]) as one:
        origins = found(one)
        finding = requests.finding(one, origins)
    assert finding is not None
    assert (origins.pool, origins.pooled) == ((10, 60) if telling else (0, 0))
    assert ("each for many numbers" in finding.explanation) == telling
    assert finding.nats >= (6 if telling else 2)


def test_whoever_asks_again_for_one_number_is_no_pool() -> None:
    """New addresses that each ask six times for one number are people who got no code, not a pool."""
    people, attack = honest(1, days=4, per_day=150), pool(ATTACK_S)
    attack = replace(attack, number=attack.number[np.arange(len(attack)) % 10])
    with store_of(people, attack) as store:
        ask(store, people.at_s - 1.0, [f"198.51.{nth % 300 // 100}.{nth % 100}" for nth in range(len(people))])
        ask(store, attack.at_s - 1.0, [f"203.0.113.{nth % 10}" for nth in range(len(attack))])
        origins = found(scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)]))
    assert (origins.pool, origins.linked) == (0, 60)


def test_new_is_measured_over_as_much_time() -> None:
    """An address that the case brought is new to it for as long as it lasts, not for an hour."""
    with scene([f"203.0.113.{nth % 10}" for nth in range(60)]) as one:
        one.start_s -= 20 * 3600.0
        origins = found(one)
    assert origins.fresh >= 60
