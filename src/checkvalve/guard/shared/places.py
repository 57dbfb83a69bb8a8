"""The places of an attempt, under keys that tell nobody what they stand for."""

from functools import lru_cache

from checkvalve.guard.attempt import Attempt
from checkvalve.guard.places import KINDS, MARKS, Kind, Place, Places, key
from checkvalve.native import asking

_VEILED = frozenset({Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000, Kind.ADDRESS, Kind.ADDRESSES})
"""What Places leaves as it is, and what says too much outside this process."""

IDENT = "ident:"
"""Before what an attempt is known by in a shared memory, which does not keep its own id."""


class NamedPlaces(Places):
    """As `Places`, where endpoints are named by their digests (`wire.named`): it is told of forms, and finds no places.

    >>> secret = b"one secret"
    >>> NamedPlaces(secret).mark(f"{Places(secret).digest('signup'):x}") == Places(secret).mark("signup")
    True
    """

    def mark(self, endpoint: str) -> int:
        """By which mark is an endpoint known?"""
        return int(endpoint, 16) % MARKS


class VeiledPlaces(Places):
    """As `Places`; blocks of numbers and addresses are known by digests as well.

    >>> asked = Attempt("a", 0.0, "+447700900123", ip="203.0.113.7")
    >>> one, other = VeiledPlaces(b"one secret").of(asked), VeiledPlaces(b"another").of(asked)
    >>> [KINDS[a & 63].name for a, b in zip(one.keys, other.keys) if a == b]
    ['NETWORK', 'COUNTRY']
    """

    _compiled = None if asking is None else asking.veiled

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret)
        self._veil = lru_cache(maxsize=1 << 15)(self._veiled)
        self._begun = b"" if asking is None else asking.keyed(self._secret)

    def _of(self, attempt: Attempt) -> Place:
        place = super()._of(attempt)
        veil = self._veil
        keys = tuple([veil(found) if found & 63 in _VEILED else found for found in place.keys])
        return Place(place.number, place.country, keys, place.digest, place.unassigned)

    def text(self, text: str) -> int:
        """The digest of a text that is met often."""
        return self._common(text)

    def ident(self, attempt_id: str) -> bytes:
        """What an attempt is known by; it may be named by that, too (`IDENT`)."""
        if attempt_id.startswith(IDENT):
            try:
                return bytes.fromhex(attempt_id.removeprefix(IDENT))
            except ValueError:
                pass
        if asking is not None:
            found: bytes = asking.ident(self._begun, attempt_id)
            return found
        return self.digest(attempt_id).to_bytes(8, "big")

    def _veiled(self, plain: int) -> int:
        keyed = self._keyed()
        keyed.update(plain.to_bytes(8, "big"))
        return key(KINDS[plain & 63], int.from_bytes(keyed.digest(), "big"))
