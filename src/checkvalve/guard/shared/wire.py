"""What lies in a shared memory beside records of fixed size, in MessagePack: the journal's entries, and open codes."""

import msgspec

from checkvalve.guard.attempt import Event
from checkvalve.guard.pending import Pending, Spot, packed
from checkvalve.guard.places import Place


def spot(place: Place) -> Spot:
    """What is remembered of a place here: nothing of the number.

    >>> spot(Place(447700900123, 7, (453,), 99, False)).block
    0
    """
    return Spot(place.digest, place.country, place.unassigned, 0, packed(place.keys))


class Asked(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=1):
    """Somebody asked for a message; it is taken to be sent until a verdict says otherwise."""

    token: bytes
    ident: bytes
    at: float
    spot: Spot
    endpoint: int
    solved: bool
    price_usd: float
    tenant: str


class Answered(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=2):
    """A challenge was answered, and not solved. One that was solved is asked again (`Asked.solved`)."""

    at: float
    spot: Spot
    endpoint: int


class Heard(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Something became of a message."""

    ident: bytes
    at: float
    event: Event


class Priced(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=4):
    """It became known what a message cost."""

    ident: bytes
    at: float
    price_usd: float


Entry = Asked | Answered | Heard | Priced


class Unread(msgspec.Struct, frozen=True, gc=False):
    """An entry that this version cannot read: another one wrote it, or somebody else."""

    raw: bytes
    at: float = 0.0


class Verdict(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What was decided about what was asked."""

    sent: bool
    p_fraud: float
    explored: int
    """The place whose block was passed to see whether it still holds, or 0."""


class Challenged(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A challenge that is open: what is needed to decide again. Of the number, its block of a thousand is kept."""

    asked_s: float
    until_s: float
    spot: Spot
    block: int
    endpoint: int
    tenant: str
    price_usd: float


def named(endpoint: int) -> str:
    """An endpoint as a learner knows it here: by its digest.

    >>> named(255)
    'ff'
    """
    return f"{endpoint:x}"


TOKEN_BYTES = 10
NO_TOKEN = bytes(TOKEN_BYTES)


def noted(one: Entry, token: bytes = NO_TOKEN) -> bytes:
    """An entry as the journal has it: behind the token by which its verdict is found.

    >>> entry(noted(Heard(b"12345678", 60.0, "verified"))).event
    'verified'
    """
    return token + encode(one)


def entry(value: bytes) -> Entry | Unread:
    """An entry of the journal, read again.

    >>> entry(b"somebody wrote this").raw
    b'somebody wrote this'
    """
    try:
        found: Entry = _entry(memoryview(value)[TOKEN_BYTES:])
    except msgspec.MsgspecError:
        return Unread(value)
    return found


encode = msgspec.msgpack.Encoder().encode
_entry = msgspec.msgpack.Decoder(Entry).decode


def verdict(value: bytes) -> Verdict | None:
    """What was decided; None where this version cannot read it."""
    try:
        return _verdict(value)
    except msgspec.MsgspecError:
        return None


_verdict = msgspec.msgpack.Decoder(Verdict).decode
challenged = msgspec.msgpack.Decoder(Challenged).decode
waiting = msgspec.msgpack.Decoder(Pending).decode
