"""Networks of addresses, and the watch lists that name them."""

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.events import Request
from checkvalve.evidence.addresses import Watched, network_of, place_addresses
from checkvalve.evidence.store import Store
from tests.evidence.filling import at, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store(tmp_path) as made:
        yield made


@given(st.ip_addresses())
def test_a_network_holds_its_address_however_that_is_written(address) -> None:  # type: ignore[no-untyped-def] # either kind of address
    """Short, long and upper-case texts of one address lie in one network of the customer's size, which holds it."""
    network = network_of(str(address))
    assert network is not None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    assert (mapped or address) in ip_network(network)
    assert ip_network(network).prefixlen == (64 if isinstance(address, IPv6Address) and not mapped else 24)
    assert {network_of(address.exploded), network_of(str(address).upper())} == {network}


@pytest.mark.parametrize("text", ["", "-", "host.example.org", "203.0.113.300", "2001:db8::/32"])
def test_what_is_no_address_has_no_network(text: str) -> None:
    """A name, a broken address or a network is no address, and no list names it."""
    lists = Watched()
    lists.add("0.0.0.0/1", "everything", 1.0)
    assert network_of(text) is None
    assert lists.entry(text) is None


@given(
    st.lists(st.tuples(st.ip_addresses(), st.integers(0, 128), st.floats(0, 100)), min_size=1, max_size=12),
    st.ip_addresses(),
)
def test_lists_are_matched_as_networks_are(entries, address) -> None:  # type: ignore[no-untyped-def] # either kind of address
    """An address is listed exactly when a listed network holds it, until the last of those entries ends."""
    lists, holding = Watched(), []
    first = entries[0][0]
    for base, bits, until_s in entries:
        network = ip_network((base, min(bits, base.max_prefixlen)), strict=False)
        lists.add(str(network), "list", until_s)
        holding.append((network, until_s))
    for asked in (address, first):
        plain = getattr(asked, "ipv4_mapped", None) or asked
        until = [until_s for network, until_s in holding if plain in network]
        entry = lists.entry(str(asked))
        assert (entry is None) == (not until)
        assert entry is None or entry[1] == max(until)


def test_what_a_list_holds_besides_addresses_is_passed_over() -> None:
    """A broken entry names nothing and breaks nothing."""
    lists = Watched()
    lists.add("not an address", "list", 1.0)
    assert lists.entry(str(ip_address("203.0.113.1"))) is None


def test_addresses_of_one_customer_are_known_together(store: Store) -> None:
    """A customer of IPv6 has all addresses of a /64: each was first seen when the first of them was."""
    put(store, [Request(occurred_at=at(0), ip="2001:db8:0:1::1"), Request(occurred_at=at(5), ip="2001:db8:0:2::1")])
    put(store, [Request(occurred_at=at(100 + number), ip=f"2001:db8:0:1::{number}") for number in (2, 3)])
    put(store, [Request(occurred_at=at(200), ip="203.0.113.7")])
    store.run("CREATE TABLE links AS SELECT 0 AS message, rowid AS request FROM request_rows")
    place_addresses(store)
    seen = dict(store.rows("SELECT ip, first_s FROM addresses"))
    begin_s = at(0).timestamp()
    assert {ip: first_s - begin_s for ip, first_s in seen.items()} == {
        "2001:db8:0:1::1": 0,
        "2001:db8:0:1::2": 0,
        "2001:db8:0:1::3": 0,
        "2001:db8:0:2::1": 5,
        "203.0.113.7": 200,
    }
