"""Which ranges and origins does an attempt belong to, and under which key is each remembered?

A key is a whole number below 2^64: 58 bits of value, 6 of kind. Numbers, accounts and texts are keyed by a digest
with the guard's secret, so that no snapshot holds a whole number; blocks and addresses are what they are.
"""

import re
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, inet_pton
from typing import NamedTuple

import msgspec

from checkvalve.errors import Unusable
from checkvalve.guard.attempt import Attempt
from checkvalve.native import placing
from checkvalve.numbering import (
    Length,
    classify_all,
    classify_one,
    e164,
    main_country,
    network_index,
    network_index_all,
)
from checkvalve.numbering.plan import Facts


class Kind(IntEnum):
    """What is watched: ranges of numbers from the deepest up, then origins from the narrowest up."""

    NUMBER = 0
    BLOCK100 = 1
    BLOCK1000 = 2
    BLOCK10000 = 3
    NETWORK = 4
    COUNTRY = 5
    FORM = 6
    """A network (or a country, where no network is known) at one form, if codes are known to come back from it."""
    ADDRESS = 8
    ADDRESSES = 9
    """The /24 or /48 of an address."""
    ACCOUNT = 10
    ASN = 11
    JA4 = 12
    AGENT = 13
    DOMAIN = 14


RANGES = (Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000, Kind.NETWORK, Kind.COUNTRY, Kind.FORM)
NARROW = frozenset({Kind.ADDRESS, Kind.ADDRESSES, Kind.ACCOUNT})
"""Origins that belong to one person, household or office: to be blocked without asking who else is there."""
BLOCKING = frozenset({Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000, Kind.ADDRESS, Kind.ACCOUNT})
"""What may be blocked. Wider ranges and shared origins are challenged at most: too many honest people are in them."""

KINDS: tuple[Kind, ...] = tuple(Kind(value) if value in set(map(int, Kind)) else Kind.NUMBER for value in range(64))
"""The kind of a key, by its last six bits."""

_MASK = (1 << 58) - 1
_V6 = 1 << 57
UNREADABLE = ((1 << 32) + 1, (1 << 24) + 1)
"""What stands for an address that cannot be read: the one behind the last of IPv4, and behind the last network."""
_AROUND = re.compile(r"\s*(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[\d.]+))(?::\d+)?\s*", re.ASCII)


MARKS, _MARK_AT = 1 << 16, 48
"""Forms are told apart by marks: so many that two hardly ever share one. The rest of a key says where they are."""
MOST_FORMS = 64
"""So few are known at a time that whoever can name endpoints has no new place for each message."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where an attempt belongs."""

    number: int
    country: int
    keys: tuple[int, ...]
    """Of its ranges from the deepest up, then of its origins, at last of its form; the last six bits are its kind."""
    digest: int
    """What the number is known by."""
    unassigned: bool
    """The country has assigned no such number."""


class Places:
    """Finds the places of attempts; texts are digested with ``secret``."""

    _compiled: Callable[..., tuple[tuple[int, ...], int]] | None = None if placing is None else placing.placed
    """Makes the keys of an attempt's places, and the digest of its number, as `_of` does."""

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret[:64]
        self._keyed = blake2b(digest_size=8, key=self._secret).copy
        self._common = lru_cache(maxsize=1 << 14)(self.digest)
        self._begun = b"" if placing is None else placing.keyed(self._secret)
        self.forms: dict[int, None] = {}
        """Marks of the forms whose codes are known to come back; the one that last brought a code is the last."""

    def of(self, attempt: Attempt) -> Place:
        """Every range and origin of an attempt; raises `Unusable` for what is no number."""
        if self._compiled is None:
            return self._of(attempt)
        number, (country, network, unassigned) = number_of(attempt.phone)
        ip = attempt.ip
        address = addresses(ip) if ip else None
        origin = attempt.account_id, attempt.asn, attempt.ja4, attempt.user_agent, attempt.email_domain
        keys, digest = self._compiled(self._begun, number, network, address, origin, attempt.endpoint, self.forms)
        return Place(number, country, keys, digest, unassigned)

    def _of(self, attempt: Attempt) -> Place:
        """The same without what is compiled."""
        number, held = number_of(attempt.phone)
        country, network, unassigned = held
        keys = [
            (number // 100) << 6 | _BLOCK100,
            (number // 1_000) << 6 | _BLOCK1000,
            (number // 10_000) << 6 | _BLOCK10000,
            *network,
        ]
        if ip := attempt.ip:
            narrow, wide = addresses(ip)
            if narrow:
                keys.append((narrow & _MASK) << 6 | _ADDRESS)
                keys.append((wide & _MASK) << 6 | _ADDRESSES)
        if account_id := attempt.account_id:
            keys.append(self.digest(account_id) << 6 | _ACCOUNT)
        if asn := attempt.asn:
            keys.append((asn & _MASK) << 6 | _ASN)
        common = self._common
        if ja4 := attempt.ja4:
            keys.append(common(ja4) << 6 | _JA4)
        if agent := attempt.user_agent:
            keys.append(common(agent) << 6 | _AGENT)
        if domain := attempt.email_domain:
            keys.append(common(domain) << 6 | _DOMAIN)
        if (forms := self.forms) and (mark := self.mark(attempt.endpoint)) in forms:
            keys.append(form_key(mark, network[0]))
        return Place(number, country, tuple(keys), self.digest(str(number)), unassigned)

    def mark(self, endpoint: str) -> int:
        """By which of `MARKS` marks is an endpoint known?"""
        return self._common(endpoint) % MARKS

    def brings(self, endpoint: str) -> None:
        """The codes of a form are known to come back: it is watched for itself."""
        mark, forms = self.mark(endpoint), self.forms
        forms.pop(mark, None)
        if len(forms) >= MOST_FORMS:
            del forms[next(iter(forms))]
        forms[mark] = None

    def ceases(self, endpoint: str) -> None:
        """The codes of a form no longer come back: it is not watched for itself."""
        self.forms.pop(self.mark(endpoint), None)

    def digest(self, text: str) -> int:
        """What a number (its digits), account or text is known by: 58 bits, keyed with the secret."""
        keyed = self._keyed()
        keyed.update(text.encode("utf-8", "replace"))
        return _from_bytes(keyed.digest(), "big") & _MASK


def form_key(mark: int, where: int) -> int:
    """The key of a form in a network or country, which is told by its key.

    >>> len({form_key(1, key(kind, 7)) for kind in (Kind.NETWORK, Kind.COUNTRY)})
    2
    """
    return mark << _MARK_AT | (where >> 6) << 7 | (where & 63 == _COUNTRY) << 6 | _FORM


class _Held(NamedTuple):
    """What the plan says of a number: its country, the keys of its network (if it has one) and country."""

    country: int
    keys: tuple[int, ...]
    unassigned: bool


def number_of(phone: str) -> tuple[int, _Held]:
    """The number that a text means, and what is known of it; raises `Unusable` where it means none."""
    if _canonical(phone):
        number = int(phone)
        held = _of_block(number // 100_000)
        if held is not None:
            return number, held
        facts = classify_one(number)
        if facts.canonical and facts.possible:
            return number, _held(facts, network_index(number))
    found = e164(phone)
    if found is None:
        raise Unusable("bad_number", "phone must be an international number, as in +15005550006")
    return found, _held(classify_one(found), network_index(found))


@lru_cache(maxsize=1 << 14)
def _of_block(block: int) -> _Held | None:
    """What holds for every number of a block of 100,000; None where they differ, or digits may mean another number."""
    facts, network = classify_all(block, 5), network_index_all(block, 5)
    if facts is None or network is None or not (facts.canonical and facts.possible):
        return None
    return _held(facts, network)


def _held(facts: Facts, network: int) -> _Held:
    country = _country_of(facts.country, facts.calling_code)
    whole = country << 6 | _COUNTRY
    # without a holder the "network" is the rest of a country
    keys = ((country << 16 | network) << 6 | _NETWORK, whole) if network else (whole,)
    return _Held(country, keys, not facts.valid and facts.length is Length.POSSIBLE)


_canonical = re.compile(r"\+[1-9][0-9]{4,17}", re.ASCII).fullmatch
_from_bytes = int.from_bytes
_BLOCK100, _BLOCK1000, _BLOCK10000 = int(Kind.BLOCK100), int(Kind.BLOCK1000), int(Kind.BLOCK10000)
_NETWORK, _COUNTRY = int(Kind.NETWORK), int(Kind.COUNTRY)
_FORM = int(Kind.FORM)
_ADDRESS, _ADDRESSES, _ACCOUNT, _ASN = int(Kind.ADDRESS), int(Kind.ADDRESSES), int(Kind.ACCOUNT), int(Kind.ASN)
_JA4, _AGENT, _DOMAIN = int(Kind.JA4), int(Kind.AGENT), int(Kind.DOMAIN)


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


def _bare(text: str) -> str | None:
    """The address in a text that has blanks, brackets or a port around it; None where there is nothing to cut off.

    >>> _bare(" 203.0.113.7:80"), _bare("[2001:db8::1]:443"), _bare("203.0.113.7")
    ('203.0.113.7', '2001:db8::1', None)
    """
    found = _AROUND.fullmatch(text)
    bare = None if found is None else found["v6"] or found["v4"]
    return None if bare == text else bare


def addresses(text: str) -> tuple[int, int]:
    """An address and its network as whole numbers: IPv4 and its /24, IPv6 its /64 and its /48.

    A port, brackets and blanks are cut off. Texts that are no address are all one: who can write what he likes there
    gains nothing by writing nonsense.

    >>> addresses("203.0.113.7")[1] == addresses("203.0.113.99:4711")[1]
    True
    >>> addresses("nonsense") == addresses("203.0.113.7, 10.0.0.1") == UNREADABLE
    True
    """
    try:
        whole = _from_bytes(inet_pton(AF_INET, text), "big")
        return whole + 1, (whole >> 8) + 1
    except (OSError, ValueError):
        pass  # IPv6, leading zeros, or no address
    address = address_of(text)
    if address is None:
        return UNREADABLE
    whole = int(address)
    if address.version == 4:
        return whole + 1, (whole >> 8) + 1
    # a /64 is kept by 57 bits of it: the first six say little within what is assigned (2000::/3)
    return ((whole >> 64) & (_V6 - 1)) | _V6, (whole >> 80) | _V6


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text means, however it is written; None where it means none.

    An IPv4 address in the form of IPv6 is one of IPv4. Leading zeros are passed over.

    >>> address_of("::ffff:203.0.113.7") == address_of("203.0.113.007") == address_of(" 203.0.113.7:80")
    True
    >>> address_of("203.0.113.7, 10.0.0.1")
    """
    parts = text.split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        a, b, c, d = map(int, parts)
        if max(a, b, c, d) < 256:
            return IPv4Address((a << 24) | (b << 16) | (c << 8) | d)
    try:
        address = ip_address(text)
    except ValueError:
        bare = _bare(text)
        return None if bare is None else address_of(bare)
    return (address.ipv4_mapped or address) if address.version == 6 else address
