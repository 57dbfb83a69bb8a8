"""Which ranges and origins does an attempt belong to, and under which key is each remembered?

A key is a whole number below 2^64: 58 bits of value, 6 of kind. Numbers, accounts and texts are keyed by a digest
with the guard's secret, so that no snapshot holds a whole number; blocks and addresses are what they are.
"""

import re
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from socket import AF_INET, inet_pton
from typing import NamedTuple

from checkvalve.errors import Unusable
from checkvalve.guard.attempt import Attempt
from checkvalve.numbering import Length, classify_one, e164, main_country, network_index
from checkvalve.numbering.plan import Facts


class Kind(IntEnum):
    """What is watched: ranges of numbers from the deepest up, then origins from the narrowest up."""

    NUMBER = 0
    BLOCK100 = 1
    BLOCK1000 = 2
    BLOCK10000 = 3
    NETWORK = 4
    COUNTRY = 5
    ADDRESS = 8
    ADDRESSES = 9
    """The /24 or /48 of an address."""
    ACCOUNT = 10
    ASN = 11
    JA4 = 12
    AGENT = 13
    DOMAIN = 14


RANGES = (Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000, Kind.NETWORK, Kind.COUNTRY)
NARROW = frozenset({Kind.ADDRESS, Kind.ADDRESSES, Kind.ACCOUNT})
"""Origins that belong to one person, household or office: to be blocked without asking who else is there."""
BLOCKING = frozenset({Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000, Kind.ADDRESS, Kind.ACCOUNT})
"""What may be blocked. Wider ranges and shared origins are challenged at most: too many honest people are in them."""

_MASK = (1 << 58) - 1
_V6 = 1 << 57


class Place(NamedTuple):
    """Where an attempt belongs."""

    number: int
    country: int
    keys: tuple[tuple[Kind, int], ...]
    """Ranges from the deepest up, then origins."""
    digest: int
    """What the number is known by."""
    unassigned: bool
    """The country has assigned no such number."""


class Places:
    """Finds the places of attempts; texts are digested with ``secret``."""

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret[:64]
        self._keyed = blake2b(digest_size=8, key=self._secret)
        self._common = lru_cache(maxsize=1 << 14)(self.digest)

    def of(self, attempt: Attempt) -> Place:
        """Every range and origin of an attempt; raises `Unusable` for what is no number."""
        number, facts = _number(attempt.phone)
        country = _country_of(facts.country, facts.calling_code)
        network = network_index(number)
        keys = [
            (_BLOCK100, (number // 100) << 6 | _BLOCK100),
            (_BLOCK1000, (number // 1_000) << 6 | _BLOCK1000),
            (_BLOCK10000, (number // 10_000) << 6 | _BLOCK10000),
        ]
        if network:  # without a holder the "network" is the rest of a country
            keys.append((_NETWORK, (country << 16 | network) << 6 | _NETWORK))
        keys.append((_COUNTRY, country << 6 | _COUNTRY))
        self._add_origins(keys, attempt)
        unassigned = not facts.valid and facts.length is Length.POSSIBLE
        return Place(number, country, tuple(keys), self.digest(str(number)), unassigned)

    def _add_origins(self, keys: list[tuple[Kind, int]], attempt: Attempt) -> None:
        if attempt.ip:
            narrow, wide = addresses(attempt.ip)
            if narrow:
                keys.append((_ADDRESS, (narrow & _MASK) << 6 | _ADDRESS))
                keys.append((_ADDRESSES, (wide & _MASK) << 6 | _ADDRESSES))
        if attempt.account_id:
            keys.append((_ACCOUNT, self.digest(attempt.account_id) << 6 | _ACCOUNT))
        if attempt.asn:
            keys.append((_ASN, key(_ASN, attempt.asn)))
        if attempt.ja4:
            keys.append((_JA4, self._common(attempt.ja4) << 6 | _JA4))
        if attempt.user_agent:
            keys.append((_AGENT, self._common(attempt.user_agent) << 6 | _AGENT))
        if attempt.email_domain:
            keys.append((_DOMAIN, self._common(attempt.email_domain) << 6 | _DOMAIN))

    def digest(self, text: str) -> int:
        """What a number (its digits), account or text is known by: 58 bits, keyed with the secret."""
        keyed = self._keyed.copy()
        keyed.update(text.encode("utf-8", "replace"))
        return int.from_bytes(keyed.digest(), "big") & _MASK


def _number(phone: str) -> tuple[int, Facts]:
    """The number that a text means, and what is known of it; raises `Unusable` where it means none."""
    if _CANONICAL.fullmatch(phone):
        number = int(phone[1:])
        facts = classify_one(number)
        if facts.canonical and facts.possible:
            return number, facts
    found = e164(phone)
    if found is None:
        raise Unusable("bad_number", "phone must be an international number, as in +15005550006")
    return found, classify_one(found)


_CANONICAL = re.compile(r"\+[1-9][0-9]{4,17}", re.ASCII)
_BLOCK100, _BLOCK1000, _BLOCK10000 = Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000
_NETWORK, _COUNTRY = Kind.NETWORK, Kind.COUNTRY
_ADDRESS, _ADDRESSES, _ACCOUNT, _ASN = Kind.ADDRESS, Kind.ADDRESSES, Kind.ACCOUNT, Kind.ASN
_JA4, _AGENT, _DOMAIN = Kind.JA4, Kind.AGENT, Kind.DOMAIN


def key(kind: Kind, value: int) -> int:
    """The key of a place.

    >>> key(Kind.COUNTRY, 1) != key(Kind.NETWORK, 1)
    True
    """
    return ((value & _MASK) << 6) | kind


@lru_cache(maxsize=1 << 12)
def _main(calling_code: int) -> int:
    import numpy as np

    return int(main_country(np.array([calling_code], np.uint16))[0])


@lru_cache(maxsize=1 << 16)
def _country_of(name: str | None, calling_code: int) -> int:
    from checkvalve.numbering import country_index

    return country_index(name) if name else _main(calling_code)


def facts_country(number: int) -> int:
    """The index of the country of a number; of the calling code's main country where its own is unknown.

    >>> facts_country(998939412345) == facts_country(998939410000)
    True
    """
    facts = classify_one(number)
    return _country_of(facts.country, facts.calling_code)


def addresses(text: str) -> tuple[int, int]:
    """An address and its network as whole numbers: IPv4 and its /24, IPv6 its /64 and its /48. 0, 0 for neither.

    >>> addresses("203.0.113.7")[1] == addresses("203.0.113.99")[1], addresses("nonsense")
    (True, (0, 0))
    """
    try:
        whole = int.from_bytes(inet_pton(AF_INET, text), "big")
        return whole + 1, (whole >> 8) + 1
    except (OSError, ValueError):
        pass  # IPv6, leading zeros, or no address
    parts = text.split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        a, b, c, d = map(int, parts)
        if max(a, b, c, d) < 256:
            whole = (a << 24) | (b << 16) | (c << 8) | d
            return whole + 1, (whole >> 8) + 1
    try:
        address = ip_address(text)
    except ValueError:
        return 0, 0
    if address.version == 6 and address.ipv4_mapped is not None:
        return addresses(str(address.ipv4_mapped))
    wide = int(address) >> 80
    # a /64 is kept by 57 bits of it: the first six say little within what is assigned (2000::/3)
    return ((int(address) >> 64) & (_V6 - 1)) | _V6, wide | _V6
