"""Where a case's requests came from, told so that thousands of small origins do not hide the few large ones."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from checkvalve.export.formats import percent, plural
from checkvalve.export.wording import NOUNS
from checkvalve.investigation import Case, Origin

_LARGE = 0.01
"""An origin with less of the requests says little by itself."""
_LARGE_KNOWN = 0.2
"""Nor does one that regular operation knows, such as a common browser, unless it carries this much."""
_MOST_LARGE = 8
_ORDER = ("ja4", "user_agent", "asn", "network", "ip", "account", "email_domain")


class Origins(NamedTuple):
    """A case's origins: what is to be said of all, the large ones, the rest; no network that repeats an address."""

    told: str
    large: list[Origin]
    small: list[Origin]

    @property
    def rest(self) -> str:
        """What the small ones are, in short."""
        highest = max((origin.share for origin in self.small if origin.share is not None), default=None)
        noted = sum(origin.note is not None for origin in self.small)
        above = f", none above {percent(highest)}" if highest is not None else ""
        notes = f", {noted:,} of them with a note" if noted else ""
        return plural(len(self.small), "more origin" if self.large else "origin") + above + notes


def origins_of(case: Case) -> Origins:
    """Which origins of the case are worth a line, and what is to be said of all?"""
    kept = sorted(_without_repeats(case.origins), key=_rank)
    telling = [origin for origin in kept if _is_large(origin)]
    large = telling[:_MOST_LARGE]
    small = sorted((*telling[_MOST_LARGE:], *(one for one in kept if not _is_large(one))), key=_rank)
    return Origins(_told(case, large, small), large, small)


def _is_large(origin: Origin) -> bool:
    return origin.share is None or origin.share >= (_LARGE_KNOWN if origin.known_before else _LARGE)


def _rank(origin: Origin) -> tuple[float, int]:
    return (-(1.0 if origin.share is None else origin.share), _ORDER.index(origin.kind))


def _told(case: Case, large: Sequence[Origin], small: Sequence[Origin]) -> str:
    """How many addresses there were, and how much the largest of a kind made where none is large."""
    if case.addresses is None:
        return ""
    where = f"{plural(case.sends, 'message')}, requested from {plural(case.addresses, 'address', 'addresses')}"
    if not case.origins:
        return f"{where}; none of them stands out."
    spread = [kind for kind in ("ip", "network") if not any(origin.kind == kind for origin in large)]
    return "; ".join((where, *filter(None, (_limit(small, kind) for kind in spread)))) + "."


def _limit(origins: Sequence[Origin], kind: str) -> str:
    shares = [one.share for one in origins if one.kind == kind and one.share is not None]
    return f"no {NOUNS[kind][0]} that stands out made more than {percent(max(shares))}" if shares else ""


def _without_repeats(origins: Sequence[Origin]) -> list[Origin]:
    """A network with as many requests as one address inside it says nothing that the address does not."""
    addresses = [origin for origin in origins if origin.kind == "ip"]
    return [
        one
        for one in origins
        if one.kind != "network"
        or not any(one.requests == other.requests and _holds(one.value, other.value) for other in addresses)
    ]


def _holds(network: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False
