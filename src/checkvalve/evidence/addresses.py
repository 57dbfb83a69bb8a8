"""What is known of the addresses that asked for messages: since when, which network, and which watch list names them.

Addresses are few where requests are many, so each is looked at once, outside the engine, which has no address type.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import numpy as np

from checkvalve.evidence.store import Store

PROVIDER = """CASE WHEN contains(network, ':')
         THEN split_part(network, ':', 1) || ':' || split_part(network, ':', 2)
         ELSE split_part(network, '.', 1) || '.' || split_part(network, '.', 2) END"""
"""SQL: what registries hand out to one provider (/16, of IPv6 /32); not every log tells the ASN."""
_FOREVER_S = float("inf")
_BITS = {4: 32, 6: 128}
_NETWORK_BITS = {4: 24, 6: 64}


def place_addresses(store: Store) -> None:
    """Make the table ``addresses`` of the linked requests' addresses.

    Columns: ``ip``, ``first_s`` (when it was first seen in the whole evidence; an address of IPv6 with all others of
    its /64, for a customer has all of them and changes among them), ``network`` (its /24 or /64), and where a watch
    list names it or a network that holds it: ``listed`` (the list) and ``listed_until_s``.
    """
    found = store.rows(
        """SELECT r.ip, min(epoch(r.occurred_at)) FROM request_rows AS r
        WHERE r.ip IN (SELECT q.ip FROM links AS l JOIN request_rows AS q ON l.request = q.rowid)
        GROUP BY r.ip"""
    )
    lists, first_s = _watched(store), _first_of_customers(store, found)
    listed = [lists.entry(ip) for ip, _ in found]
    store.connection.register(
        "placed",
        {
            "ip": np.array([ip for ip, _ in found], dtype=object),
            "first_s": np.array(first_s, dtype=np.float64),
            "network": np.array([network_of(ip) for ip, _ in found], dtype=object),
            "listed": np.array([entry[0] if entry else None for entry in listed], dtype=object),
            "listed_until_s": np.array([entry[1] if entry else 0.0 for entry in listed], dtype=np.float64),
        },
    )
    store.run(
        """CREATE OR REPLACE TABLE addresses AS
        SELECT ip::VARCHAR AS ip, first_s, network::VARCHAR AS network, listed::VARCHAR AS listed, listed_until_s
        FROM placed"""
    )
    store.connection.unregister("placed")


def _first_of_customers(store: Store, found: Sequence[tuple[str, float]]) -> list[float]:
    """When was each of the addresses first seen, or another of the same /64?"""
    wanted = {network_of(ip) for ip, _ in found if ":" in ip}
    if not wanted:
        return [first_s for _, first_s in found]
    earliest: dict[str | None, float] = {}
    others = "SELECT ip, min(epoch(occurred_at)) FROM request_rows WHERE contains(ip, ':') GROUP BY ip"
    for ip, first_s in store.rows(others):
        network = network_of(ip)
        if network in wanted:
            earliest[network] = min(first_s, earliest.get(network, first_s))
    return [earliest.get(network_of(ip), first_s) if ":" in ip else first_s for ip, first_s in found]


def network_of(text: str) -> str | None:
    """Which network of a customer's size does an address belong to? None for what is no address.

    >>> network_of("203.0.113.7"), network_of("2001:db8::1"), network_of("2001:db8:0:1:2::3"), network_of("-")
    ('203.0.113.0/24', '2001:db8::/64', '2001:db8:0:1::/64', None)
    """
    address = _address(text)
    if address is None:
        return None
    bits = _NETWORK_BITS[address.version]
    low = int(address) >> (_BITS[address.version] - bits) << (_BITS[address.version] - bits)
    return f"{type(address)(low)}/{bits}"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one also where it is written as IPv6."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


_Entry = tuple[str, float]


@dataclass(slots=True)
class Watched:
    """Addresses and networks of watch lists, by their length and first bits."""

    _lengths: dict[tuple[int, int], dict[int, _Entry]] = field(default_factory=dict)

    def add(self, value: str, name: str, until_s: float) -> None:
        """Take in an address or a network; of two entries for the same, the one that holds longer."""
        try:
            network = ip_network(value, strict=False)
        except ValueError:
            return
        shift = _BITS[network.version] - network.prefixlen
        entries = self._lengths.setdefault((network.version, shift), {})
        head = int(network.network_address) >> shift
        if head not in entries or entries[head][1] < until_s:
            entries[head] = (name, until_s)

    def entry(self, text: str) -> _Entry | None:
        """Which list names the address, and until when? Of several, the one that holds longest."""
        address = _address(text)
        if address is None:
            return None
        found = (
            entries.get(int(address) >> shift)
            for (version, shift), entries in self._lengths.items()
            if version == address.version
        )
        return max((one for one in found if one is not None), key=lambda one: one[1], default=None)


def _watched(store: Store) -> Watched:
    lists = Watched()
    entries: Iterable[tuple[str, str | None, float | None]] = store.rows(
        """SELECT value, coalesce(label, list), epoch(valid_until) FROM watchlist WHERE kind IN ('ip', 'network')"""
    )
    for value, name, until_s in entries:
        lists.add(value, name or "watch list", _FOREVER_S if until_s is None else until_s)
    return lists
