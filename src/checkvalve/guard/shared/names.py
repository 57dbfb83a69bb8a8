"""Under which keys does a shared memory lie? All of a tenant's share one hash tag, so a cluster keeps them on one node.

No key and no value holds a number, an address or a code: what could be one is a digest, keyed with the guard's secret.
"""

import re
from hashlib import blake2b

from checkvalve.errors import Usage

_TENANT = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
NAMELESS = "_nameless"
"""Of attempts that name no tenant: nobody can name one so from outside (`guard.tenants.NAME`)."""
FLIGHTS = 1 << 16
"""Counters of messages whose decision is still in flight; more than any number of callers at once."""
ENTERED = b"e"
"""Marks a number whose code was entered, while wide places have not heard of it: a further one may be open there."""
_LAYOUT = b"cv2"
"""How records are laid out. Whoever changes that changes this: what lies there in another layout is another memory."""
_GOLDEN = 0x9E37_79B9_7F4A_7C15


class Names:
    """The keys of one tenant. Where several have their knowledge in common, ``purse`` keeps their budgets apart.

    >>> Names("shop").journal
    b'cv2{shop}j'
    >>> Names("shop").place(257)
    b'cv2{shop}k\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x01'
    """

    def __init__(self, tenant: str, purse: str = "") -> None:
        if not _TENANT.fullmatch(tenant):
            raise Usage(
                f"{tenant!r} cannot name a tenant",
                todo="use up to 64 letters, digits, dots, dashes and underscores",
            )
        self.tenant, self._purse = tenant, purse
        self.prefix = _LAYOUT + b"{" + tenant.encode() + b"}"
        self.journal = self.prefix + b"j"
        """What was asked and heard, in order, and not learned yet."""
        self.verdicts = self.prefix + b"v"
        """What was decided about what stands in the journal."""
        self.flights = self.prefix + b"f"
        """Messages reserved and not yet learned, counted by place."""
        self.lease = self.prefix + b"l"
        """Who learns at the moment."""
        self.due = self.prefix + b"d"
        """Numbers whose code is open, or was entered (`ENTERED`), by the time that something falls due."""
        self.unanswered = self.prefix + b"x"
        """Challenges that were not answered, by the end of their life."""
        self.whole = self.prefix + b"w"
        """Time, what is usual everywhere, and forms whose codes come back."""
        self.endpoints = self.prefix + b"g"
        """Of which endpoints is something known?"""
        self.places = self.prefix + b"k"
        """What the key of a range or origin begins with."""
        self._open, self._attempt = self.prefix + b"o", self.prefix + b"a"
        self._challenge, self._endpoint = self.prefix + b"c", self.prefix + b"e"
        self._country, self._budget = self.prefix + b"n", self.prefix + b"b"

    def place(self, key: int) -> bytes:
        """A range or origin."""
        return self.places + key.to_bytes(8, "big")

    def number(self, digest: int) -> bytes:
        """A number; kind 0 among the places."""
        return self.places + (digest << 6).to_bytes(8, "big")

    def unread(self, raw: bytes) -> bytes:
        """Where an entry of the journal lies that could not be read."""
        return self.prefix + b"u" + blake2b(raw, digest_size=8).digest()

    def open(self, digest: int) -> bytes:
        """The code that is open at a number."""
        return self._open + digest.to_bytes(8, "big")

    def due_of(self, member: bytes) -> bytes:
        """Of which something falls due: the open code of a number, or (`ENTERED`) one that was entered."""
        return self._open + member

    def attempt(self, ident: bytes) -> bytes:
        """To which number did an attempt go?"""
        return self._attempt + ident

    def challenge(self, ident: bytes) -> bytes:
        """A challenge that is open."""
        return self._challenge + ident

    def endpoint(self, digest: int) -> bytes:
        """What is usual at an endpoint."""
        return self._endpoint + digest.to_bytes(8, "big")

    def country(self, index: int) -> bytes:
        """What is known of a country."""
        return self._country + index.to_bytes(2, "big")

    def budget(self, counted: tuple[str, str, str], period: int) -> bytes:
        """What was spent in an hour or day; tenants of attempts are digested."""
        digest = blake2b("\x00".join((*counted, self._purse)).encode("utf-8", "replace"), digest_size=8).digest()
        return self._budget + digest + period.to_bytes(4, "big")


def tenant_of(ident: bytes) -> bytes:
    """The key that says to which tenant an attempt belongs.

    >>> tenant_of(b"12345678")
    b'cv2{3132333435363738}t'
    """
    return _LAYOUT + b"{" + ident.hex().encode() + b"}t"


def flight(key: int) -> int:
    """In which counter is a message in flight to a place counted?

    >>> 0 <= flight(257) < FLIGHTS
    True
    """
    return (key * _GOLDEN & 0xFFFF_FFFF_FFFF_FFFF) >> 48
