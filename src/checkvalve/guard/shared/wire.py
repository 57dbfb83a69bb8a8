"""What lies in a shared memory beside records of fixed size, in MessagePack: the journal's entries, and open codes."""

from typing import Self

import msgspec

from checkvalve.guard.attempt import Event
from checkvalve.guard.pending import Pending, spot_of
from checkvalve.guard.places import Kind, Place


class Where(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A place without its number."""

    country: int
    digest: int
    unassigned: bool
    keys: tuple[int, ...]

    @classmethod
    def of(cls, place: Place) -> Self:
        """The place, to be written."""
        return cls(place.country, place.digest, place.unassigned, tuple([key for _, key in place.keys]))

    def place(self, number: int = 0) -> Place:
        """The place, read again; the kind of a key is its last six bits."""
        return Place(
            number,
            self.country,
            tuple([(_KINDS[key & 63], key) for key in self.keys]),
            self.digest,
            self.unassigned,
        )


_KINDS = {int(kind): kind for kind in Kind}


class Asked(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=1):
    """Somebody asked for a message; it is taken to be sent until a verdict says otherwise."""

    token: bytes
    ident: bytes
    at: float
    where: Where
    endpoint: int
    solved: bool


class Answered(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=2):
    """A challenge was answered, and not solved. One that was solved is asked again (`Asked.solved`)."""

    at: float
    where: Where
    endpoint: int


class Heard(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Something became of a message."""

    ident: bytes
    at: float
    event: Event


Entry = Asked | Answered | Heard


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
    where: Where
    block: int
    endpoint: int
    tenant: str
    price_usd: float


class Waiting(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A code that is open, as `Pending` has it."""

    idents: tuple[bytes, ...]
    where: Where
    endpoint: int
    sent_s: float
    usual: float
    suspicious: bool
    silent: bool
    stage: int
    delivered: bool

    @classmethod
    def of(cls, pending: Pending) -> Self:
        """The code, to be written."""
        return cls(
            tuple([bytes.fromhex(ident) for ident in pending.ids]),
            Where.of(pending.place),
            int(pending.endpoint, 16),
            pending.sent_s,
            pending.usual,
            pending.suspicious,
            pending.silent,
            pending.stage,
            pending.delivered,
        )

    def pending(self) -> Pending:
        """The code, read again."""
        first, *more = [ident.hex() for ident in self.idents]
        found = Pending(
            first,
            spot_of(self.where.place()),
            named(self.endpoint),
            self.sent_s,
            self.usual,
            self.suspicious,
            self.silent,
        )
        found.joined = tuple(more)
        found.stage, found.delivered = self.stage, self.delivered
        return found


def named(endpoint: int) -> str:
    """An endpoint as a learner knows it here: by its digest.

    >>> named(255)
    'ff'
    """
    return f"{endpoint:x}"


encode = msgspec.msgpack.Encoder().encode
entry = msgspec.msgpack.Decoder(Entry).decode
verdict = msgspec.msgpack.Decoder(Verdict).decode
challenged = msgspec.msgpack.Decoder(Challenged).decode
waiting = msgspec.msgpack.Decoder(Waiting).decode
