"""Requests are told where they came from; logs that show a proxy in place of the clients are told too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkvalve.errors import Usage
from checkvalve.events import Request, Send, Verification
from checkvalve.evidence.origins import (
    describe_agents,
    hidden_clients,
    know_origins,
    network_owners,
    place_requests,
)
from checkvalve.evidence.store import Store
from tests.evidence.filling import at, put
from tests.indicators.test_requests import found, origin, put_watch, scene
from tests.network.mmdb import write_mmdb
from tests.network.test_agents import CHROME
from tests.network.test_places import COUNTRIES, NETWORKS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store(tmp_path) as made:
        yield made


@pytest.fixture
def databases(tmp_path: Path) -> tuple[str, str]:
    """A data base of countries, and one of networks."""
    countries = write_mmdb(tmp_path / "country.mmdb", COUNTRIES)
    return str(countries), str(write_mmdb(tmp_path / "asn.mmdb", NETWORKS, "Test-ASN"))


def test_requests_get_country_and_network(store: Store, databases: tuple[str, str]) -> None:
    """What the record itself says stays; what it leaves open is filled in; the rest stays unknown."""
    addresses = ("203.0.113.7", "192.0.2.1", None)
    put(store, [Request(occurred_at=at(number), ip=ip) for number, ip in enumerate(addresses)])
    put(store, [Request(occurred_at=at(9), ip="203.0.113.7", country="KZ", asn=1)])
    told = place_requests(store, databases)
    rows = store.rows("SELECT ip, country, asn FROM request_rows ORDER BY occurred_at")
    assert rows == [
        ("203.0.113.7", "UZ", 64500),
        ("192.0.2.1", None, None),
        (None, None, None),
        ("203.0.113.7", "KZ", 1),
    ]
    assert network_owners(store) == {"64500": "Example Mobile"}
    assert told == [
        "countries and networks of 1 of 2 addresses are from Test-Country of 2026-05-01, Test-ASN of 2026-05-01"
    ]


def test_nothing_is_filled_without_data_bases(store: Store) -> None:
    """Without data bases nothing is known of an address, and nothing is said."""
    put(store, [Request(occurred_at=at(0), ip="203.0.113.7")])
    assert know_origins(store, ()) == []
    assert store.row("SELECT country, asn FROM request_rows") == (None, None)
    assert network_owners(store) == {}


def test_a_listed_network_is_met_through_the_data_base(databases: tuple[str, str]) -> None:
    """Requests whose log names no ASN count for a list of bad ASNs, and their ASN is named among the origins."""
    with scene([f"203.0.113.{nth}" for nth in range(60)]) as one:
        put_watch(one.store, "asn", "64500")
        before = found(one)
        place_requests(one.store, databases)
        after = found(one)
    named = origin(after, "asn", "64500")
    assert (before.listed, after.listed) == (0, 60)
    assert named is not None
    assert (named.requests, named.others, named.listed) == (60, 0, "on a watch list")


def test_an_empty_store(store: Store, databases: tuple[str, str]) -> None:
    """An investigation without requests stays one."""
    assert know_origins(store, databases)
    assert store.row("SELECT count(*) FROM agents") == (0,)


def test_a_data_base_that_is_not_there(store: Store) -> None:
    """A data base that cannot be read stops the run with its name."""
    with pytest.raises(Usage, match=r"none\.mmdb cannot be read"):
        know_origins(store, ("none.mmdb",))


def test_each_agent_once(store: Store) -> None:
    """The agents of all logs stand in one table, each once, with what it says of itself."""
    put(store, [Request(occurred_at=at(number), user_agent="curl/8.5.0") for number in range(3)])
    put(store, [Verification(occurred_at=at(0), kind="started", user_agent=CHROME)])
    put(store, [Send(send_id="1", provider="p", user_agent=CHROME)])
    describe_agents(store)
    assert store.rows("SELECT user_agent, kind, family, os FROM agents ORDER BY kind") == [
        (CHROME, "browser", "Chrome", "Windows 10"),
        ("curl/8.5.0", "library", "curl", None),
    ]


@pytest.mark.parametrize(
    "proxy",
    [
        "10.0.0.5",
        "100.64.3.1",
        "127.0.0.1",
        "172.31.0.9",
        "192.168.1.1",
        "fd00::5",
        "FCff::1",
        "::1",
        "0:0:0:0:0:0:0:1",
    ],
)
def test_a_proxy_that_hides_the_clients(proxy: str, store: Store) -> None:
    """A log in which most requests come from an inner address is told, with the setting that helps."""
    put(store, [Request(occurred_at=at(number), ip=proxy, forwarded_for="192.0.2.9") for number in range(12)])
    put(store, [Request(occurred_at=at(number), ip=f"203.0.113.{number}") for number in range(8)])
    [told] = hidden_clients(store)
    assert f"12 of 20 requests come from {proxy}, most likely a proxy of your own" in told
    assert "logs.trusted_proxies" in told


def test_two_proxies_are_told_once(store: Store) -> None:
    """Of two inner addresses that share a log evenly, one is told."""
    for proxy in ("10.0.0.6", "10.0.0.5"):
        put(store, [Request(occurred_at=at(number), ip=proxy) for number in range(10)])
    [told] = hidden_clients(store)
    assert "10 of 20 requests come from 10.0.0.5" in told


def test_a_proxy_that_tells_nothing(store: Store) -> None:
    """Where the log has no X-Forwarded-For, the proxy itself has to be changed."""
    put(store, [Request(occurred_at=at(number), ip="192.168.1.1") for number in range(20)])
    assert "have the proxy pass X-Forwarded-For on" in hidden_clients(store)[0]


def test_a_few_requests_tell_nothing(store: Store) -> None:
    """A developer's own machine in a log of a few lines is not called a proxy."""
    put(store, [Request(occurred_at=at(number), ip="127.0.0.1") for number in range(5)])
    assert hidden_clients(store) == []


def test_a_busy_client_is_no_proxy(store: Store) -> None:
    """A public address that makes most requests is a client, and said elsewhere."""
    put(store, [Request(occurred_at=at(number), ip="203.0.113.7") for number in range(20)])
    assert hidden_clients(store) == []
