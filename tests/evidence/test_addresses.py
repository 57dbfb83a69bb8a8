"""Networks of addresses, and the watch lists that name them."""

from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.evidence.addresses import Watched, network_of


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
