"""What somebody who is asked to solve a challenge brings back, so that it is known which attempt it was.

Signed, and of use for its attempt, its number and its time only.
"""

import hashlib
import hmac
from typing import NamedTuple

LONGEST = 2_000


class Ticket(NamedTuple):
    """An attempt that was challenged, and the digest of its number."""

    attempt_id: str
    phone: str
    expires_s: int


class Tickets:
    """Makes tickets and reads them.

    >>> tickets = Tickets(b"a secret that nobody knows")
    >>> tickets.read(tickets.written(Ticket("m1", "ab", 1_780_000_600)), 1_780_000_000.0)
    Ticket(attempt_id='m1', phone='ab', expires_s=1780000600)
    >>> tickets.read(tickets.written(Ticket("m1", "ab", 1_780_000_600)), 1_790_000_000.0) is None
    True
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = hmac.new(secret, b"ticket", hashlib.sha256).digest()

    def written(self, ticket: Ticket) -> str:
        """The ticket as text, for a field or a header."""
        told = f"{ticket.attempt_id.encode().hex()}.{ticket.phone}.{ticket.expires_s}"
        return f"{told}.{self._signature(told)}"

    def read(self, text: str, now: float) -> Ticket | None:
        """The ticket that a text is; None for one that we did not write, or that has expired."""
        told, _, signature = text.rpartition(".")
        if len(text) > LONGEST or not hmac.compare_digest(self._signature(told).encode(), signature.encode()):
            return None
        attempt, phone, expires = told.split(".")  # ours: the signature says so
        return Ticket(bytes.fromhex(attempt).decode(), phone, int(expires)) if int(expires) > now else None

    def _signature(self, told: str) -> str:
        return hmac.new(self._secret, told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
