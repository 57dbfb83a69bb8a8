"""Which attempt is meant? Providers, forms and users name a message each in their own way, and often much later."""

from hashlib import blake2b
from secrets import token_bytes
from typing import Protocol

from checkvalve.guard.recent import Recent

MOST_NAMES = 400_000
"""Names remembered; the oldest are forgotten first."""


class Named(Protocol):
    """Knows attempts by other names, in this process or for several."""

    def note(self, attempt_id: str, *names: str) -> None:
        """An attempt has these names too; what they named before is forgotten."""
        ...

    def find(self, name: str) -> str | None:
        """The attempt of that name; None where it is not remembered."""
        ...


class Ledger:
    """Attempts by the names they have elsewhere: the provider's id, a number, an account.

    Names are kept as keyed digests: nobody's number stands in memory or in a dump of it.

    >>> ledger = Ledger()
    >>> ledger.note("a1", "twilio:SM1", "phone:+447700900123")
    >>> ledger.find("phone:+447700900123"), ledger.find("twilio:SM2")
    ('a1', None)
    """

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._key = token_bytes(16)
        self._attempts: Recent[str] = Recent(most)

    def note(self, attempt_id: str, *names: str) -> None:
        """An attempt has these names too; what they named before is forgotten."""
        for name in names:
            self._attempts.put(self._digest(name), attempt_id)

    def find(self, name: str) -> str | None:
        """The attempt of that name; None where it is not remembered."""
        return self._attempts.get(self._digest(name))

    def __len__(self) -> int:
        return len(self._attempts)

    def _digest(self, name: str) -> str:
        return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12, key=self._key).hexdigest()
