"""Names of attempts in the memory of the guard's API, which outlives a restart: fronts, hooks and API know alike.

A caller's own id may hold a number: Amazon Cognito's users may be called by theirs. So such names are kept as digests.
"""

from collections.abc import Callable
from hashlib import blake2b
from secrets import token_bytes

_PROVIDERS = ("twilio:", "aws:", "hook:")
"""Ids of messages stay as they are, since vendors' records name them; what may be a person is kept as a digest."""


class KeptNames:
    """A ledger that others keep.

    Args:
        put: keeps a name of an attempt.
        get: the attempt of a name.
        secret: digests numbers and accounts; the guard's, so that they are known after a restart.
        soon: keeps a name without waiting for it, where that makes a difference.

    >>> kept = {}
    >>> names = KeptNames(kept.__setitem__, kept.get, b"secret")
    >>> names.note("a1", "twilio:SM1", "phone:+447700900123")
    >>> names.find("phone:+447700900123"), "twilio:SM1" in kept, any("447700" in name for name in kept)
    ('a1', True, False)
    """

    def __init__(
        self,
        put: Callable[[str, str], None],
        get: Callable[[str], str | None],
        secret: bytes = b"",
        soon: Callable[[str, str], None] | None = None,
    ) -> None:
        self._put, self._get, self._soon = put, get, soon or put
        key = blake2b(secret or token_bytes(16), digest_size=16, person=b"cv names").digest()
        self._keyed = blake2b(digest_size=12, key=key).copy

    def note(self, attempt_id: str, *names: str) -> None:
        """An attempt has these names too."""
        for name in names:
            self._put(self._kept(name), attempt_id)

    def note_soon(self, attempt_id: str, *names: str) -> None:
        """The same, for a caller that does not wait."""
        for name in names:
            self._soon(self._kept(name), attempt_id)

    def find(self, name: str) -> str | None:
        """The attempt of that name; None where it is not remembered."""
        return self._get(self._kept(name))

    def _kept(self, name: str) -> str:
        if name.startswith(_PROVIDERS):
            return name
        digest = self._keyed()
        digest.update(name.encode("utf-8", "surrogatepass"))
        return f"n:{digest.hexdigest()}"
