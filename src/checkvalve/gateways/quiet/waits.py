"""How long would an accepted caller have to wait for the next message to this number?

Whoever asks twice for an accepted number is told to wait. Whoever asks twice for a blocked one has to be told the same,
or two requests would tell the two apart. So it is remembered what callers believe was sent.
"""

import hashlib
import secrets
from threading import Lock

from checkvalve.guard.people import People
from checkvalve.guard.policy import Resend


class Waits:
    """What callers believe was sent, by number, in bounded memory; by digest only.

    >>> waits = Waits(100)
    >>> waits.believed("+447700900123", 0.0, Resend())
    >>> waits.left_s("+447700900123", 5.0, Resend()), waits.left_s("+447700900124", 5.0, Resend())
    (10.0, 0.0)
    """

    def __init__(self, most: int) -> None:
        self._people, self._key, self._lock = People(most, 1), secrets.token_bytes(16), Lock()

    def believed(self, phone: str, now: float, rule: Resend) -> None:
        """A message was sent to the number, or its caller believes so."""
        with self._lock:
            self._people.sent(self._digest(phone), now, rule)

    def left_s(self, phone: str, now: float, rule: Resend) -> float:
        """For how long would the number have to wait, if all of that had been sent?"""
        if rule.mode != "enforce":
            return 0.0
        with self._lock:
            return self._people.wait_s(self._digest(phone), now, rule)

    def came_back(self, phone: str) -> None:
        """The number's code was entered."""
        with self._lock:
            self._people.came_back(self._digest(phone))

    def _digest(self, phone: str) -> int:
        digest = hashlib.blake2b(phone.encode("utf-8", "replace"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big") >> 6
