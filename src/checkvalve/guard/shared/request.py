"""What is asked of a shared memory for one decision: a call of `scripts.DECIDE`, and how it goes over the wire."""

from typing import NamedTuple

import msgspec

from checkvalve.guard.attempt import Attempt
from checkvalve.guard.pending import Spot
from checkvalve.guard.places import Kind, Place
from checkvalve.guard.shared import scripts
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.names import Names, flight
from checkvalve.guard.shared.scripts import Script
from checkvalve.native import asking

COUNTS_FOR: dict[int, tuple[Kind, ...]] = {
    Kind.BLOCK10000: (Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000),
    Kind.COUNTRY: (Kind.NETWORK, Kind.COUNTRY),
    Kind.ADDRESS: (Kind.ADDRESS,),
    Kind.ACCOUNT: (Kind.ACCOUNT,),
}
"""Where messages in flight are counted, and whose open codes are limited by it (`policy.Outstanding`).

Few counters make a quick call. A message in flight to a block of 10,000 counts for its narrow ones as well: that errs
on the side of asking for a challenge, for the few milliseconds that it is in flight.
"""
COUNTS = bytes([kind in COUNTS_FOR for kind in range(64)])
"""The same by kind: is something counted there?"""
MILLIONTHS = 1_000_000
ANSWERS = 5
"""So many are answered to a transaction: that it begins, what was taken into it, and what came of it."""
BUDGET_KEPT_S = 2 * 86_400
_SHA = scripts.DECIDE.sha.encode()
_HEAD = b"$7\r\nEVALSHA\r\n$%d\r\n%s\r\n" % (len(_SHA), _SHA)
_FIELDS = tuple(f"#{number}" for number in range(1 << 16))


class Call(NamedTuple):
    """One round trip: a script with its keys and arguments."""

    script: Script
    keys: list[bytes]
    arguments: list[Word]


class Request(msgspec.Struct, frozen=True, gc=False):
    """One decision that is asked for, and what is needed to read its answer."""

    attempt: Attempt
    place: Place
    spot: Spot
    solved: bool
    token: bytes
    ident: bytes
    endpoint: int
    price_usd: float
    budgets: tuple[tuple[tuple[str, str, str], int], ...]
    """What is counted, with the number of its hour or day."""
    entry: bytes
    """What is to be noted in the journal."""
    names: Names

    def call(self) -> Call:
        """The call, word by word."""
        names, place = self.names, self.place
        keys = [names.journal, names.flights, *[names.budget(name, period) for name, period in self.budgets]]
        keys += [names.whole, names.country(place.country), names.number(place.digest)]
        keys += [names.place(key) for key in place.keys]
        if self.solved:
            keys.append(names.endpoint(self.endpoint))
        arguments: list[Word] = [self.entry, len(self.budgets), self.millionths, BUDGET_KEPT_S]
        arguments += [_FIELDS[number] for number in flights(place)]
        return Call(scripts.DECIDE, keys, arguments)

    def packed(self) -> bytes | None:
        """The call as it goes over the wire; None where it was not compiled how to pack it."""
        if asking is None:
            return None
        names, place, budgets = self.names, self.place, self.budgets
        more: tuple[bytes, ...] = ()
        if budgets or self.solved:
            more = tuple([names.budget(name, period) for name, period in budgets])
            more += (names.endpoint(self.endpoint),) if self.solved else ()
        packed: bytes = asking.asking(
            _HEAD, names.prefix, place.country, place.digest, self.spot.packed, more, len(budgets), COUNTS,
            self.entry, self.millionths, BUDGET_KEPT_S,
        )  # fmt: skip
        return packed

    def together(self) -> bytes | None:
        """The same as one transaction, which costs the server half; None where only the script will do."""
        if asking is None or self.budgets or self.solved:
            return None
        place = self.place
        packed: bytes = asking.asking(
            b"", self.names.prefix, place.country, place.digest, self.spot.packed, (), 0, COUNTS, self.entry, 0, 0
        )
        return packed

    @property
    def millionths(self) -> int:
        """What budgets are to take, in millionths of a dollar."""
        return round(self.price_usd * MILLIONTHS)


def flights(place: Place | Spot) -> list[int]:
    """In which counters is a message to this place in flight? That of the number is the first."""
    return [flight(place.digest << 6), *[flight(key) for key in place.keys if COUNTS[key & 63]]]
