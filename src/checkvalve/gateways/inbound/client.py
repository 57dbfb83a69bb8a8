"""Who asked, when our own proxies stand in between?

``X-Forwarded-For`` is read from the right: each proxy adds the address that it was asked by, and whatever stands to
the left of the first address that is not ours was written by a stranger. (The logs' reader drops a list of which any
part is no address; here that would let a stranger hide behind our proxy by sending nonsense, so each part counts for
itself.)
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

from checkvalve.errors import Usage
from checkvalve.sources.weblog_values import address


class Clients:
    """Finds the client's address.

    Args:
        trusted: networks of our own proxies.
        header: that they write, in lower case; a list as in ``X-Forwarded-For``, or a single address.

    Raises:
        Usage: for what is no network.

    >>> Clients(["10.0.0.0/8"]).address("10.0.0.5", {"x-forwarded-for": "192.0.2.1, 203.0.113.7, 10.0.0.9"})
    '203.0.113.7'
    >>> Clients([]).address("203.0.113.9", {"x-forwarded-for": "192.0.2.1"})
    '203.0.113.9'
    """

    def __init__(self, trusted: Sequence[str] = (), header: str = "x-forwarded-for") -> None:
        try:
            networks = [ip_network(network.strip(), strict=False) for network in trusted]
        except ValueError as error:
            todo = "write networks such as '10.0.0.0/8' or '2001:db8::/32'"
            raise Usage(str(error), where="trusted_proxies", todo=todo) from error
        self._header, self._named = header.lower(), bool(networks)
        self._inside = lru_cache(maxsize=4096)(lambda text: any(ip_address(text) in one for one in networks))

    def trusts(self, peer: str | None) -> bool:
        """Is this one of our proxies? A socket file is, once proxies are named."""
        if not self._named:
            return False
        found = address(peer) if peer else None
        return self._inside(found) if found else peer is None

    def address(self, peer: str | None, headers: Mapping[str, str]) -> str | None:
        """The first address from the right that is not one of our proxies; None where a proxy does not know it."""
        client = address(peer) if peer else None
        if not self.trusts(peer):
            return client
        for hop in reversed(headers.get(self._header, "").split(",")):
            if not hop.strip():
                break
            client = address(hop.strip().strip('"'))
            if client is None or not self._inside(client):
                break
        return client
