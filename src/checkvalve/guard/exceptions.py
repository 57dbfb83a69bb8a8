"""Who is never challenged or blocked: the policy's allow-list, made ready to be asked."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from checkvalve.guard.places import address_of
from checkvalve.guard.policy import Allow
from checkvalve.numbering import countries, e164
from checkvalve.numbering.tree import prefix_digits

_MAPPED = 96
"""So many bits say that an IPv6 address holds one of IPv4 (RFC 4291, 2.5.5.2)."""


class Exceptions:
    """The entries of an allow-list by what they name.

    >>> from datetime import date
    >>> kept = Exceptions([Allow("ops", "test phones", date(2026, 12, 31), range="+4477009")])
    >>> kept.entry(447700900123, 1, None, 1_780_000_000.0).owner, kept.entry(4915112345678, 1, None, 1_780_000_000.0)
    ('ops', None)
    """

    def __init__(self, entries: Sequence[Allow]) -> None:
        self._numbers = {e164(one.number): one for one in entries if one.number}
        self._ranges = {prefix_digits(one.range): one for one in entries if one.range}
        self._lengths = sorted({len(prefix) for prefix in self._ranges})
        self._addresses = {address_of(one.address): one for one in entries if one.address}
        self._networks = [(network_of(one.network), one) for one in entries if one.network]
        self._countries: dict[str | None, Allow] = {one.country: one for one in entries if one.country}
        self._any = bool(entries)

    def entry(self, number: int, country: int, address: str | None, now: float) -> Allow | None:
        """The entry that holds for an attempt now, if there is one."""
        if not self._any:
            return None
        return next((one for one in self._found(number, country, address) if now < ends_s(one)), None)

    def _found(self, number: int, country: int, address: str | None) -> list[Allow]:
        text = str(number)
        found = [
            self._numbers.get(number),
            *(self._ranges.get(text[:length]) for length in self._lengths),
            self._countries.get(countries()[country]),
        ]
        if address and (self._addresses or self._networks):
            parsed = address_of(address)
            if parsed is not None:
                found.append(self._addresses.get(parsed))
                found += [one for network, one in self._networks if parsed in network]
        return [one for one in found if one is not None]


def network_of(text: str) -> IPv4Network | IPv6Network:
    """The network that a text means; one of IPv4 in the form of IPv6 is one of IPv4. Raises `ValueError` for none.

    >>> network_of("::ffff:203.0.113.0/120")
    IPv4Network('203.0.113.0/24')
    """
    network = ip_network(text)
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    if mapped is None or network.prefixlen < _MAPPED:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED))


def ends_s(entry: Allow) -> float:
    """Until when, in epoch seconds, does an entry hold: the end of its last day in UTC.

    >>> from datetime import date
    >>> ends_s(Allow("o", "r", date(1970, 1, 1), country="DE"))
    86400.0
    """
    return datetime.combine(entry.expires + timedelta(days=1), time(), UTC).timestamp()
