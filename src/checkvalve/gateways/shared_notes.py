"""What fronts and hooks note, where several processes share it: which attempt a message was, which requests came.

It lies beside the guard's shared memory, under its tenant. Keys are digests under the guard's secret, values are ids of
attempts: no number, no text, no code. While it is out of reach nothing is known again, and no request is refused for
having come before.
"""

from collections.abc import Callable
from hashlib import blake2b

from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.names import NAMELESS, Names
from checkvalve.guard.shared.reach import Unreachable

Command = tuple[Word, ...]

LIFE_S = 86_400
"""Receipts and prices come within a day."""
ONCE_S = 900
TIMEOUT_MS = 250.0
"""Longer than a decision may wait: an outcome that is lost is a code that counts as not entered."""


class SharedNotes:
    """The ledger of a desk, and the ids that hooks take once, in a memory that processes share.

    Args:
        url: the address of the memory, as the guard has it.
        secret: the guard's, the same in every process.
        tenant: the guard's.
        timeout_ms: how long an answer is waited for.
        carry: sends a command soon; those of `note_soon` are waited for without it.
    """

    def __init__(
        self,
        url: str,
        secret: bytes,
        tenant: str = NAMELESS,
        timeout_ms: float = TIMEOUT_MS,
        carry: Callable[[Command], None] | None = None,
    ) -> None:
        self._connection = Connection(url, timeout_ms)
        self._key = blake2b(secret, digest_size=16, person=b"cv path notes").digest()
        self._prefix, self._carry = Names(tenant).prefix, carry

    def note(self, attempt_id: str, *names: str) -> None:
        """An attempt has these names too, for a day."""
        if names:
            self._asked(*(self._noting(attempt_id, name) for name in names))

    def note_soon(self, attempt_id: str, *names: str) -> None:
        """The same, without waiting for the memory."""
        if self._carry is None:
            self.note(attempt_id, *names)
            return
        for name in names:
            self._carry(self._noting(attempt_id, name))

    def find(self, name: str) -> str | None:
        """The attempt of that name; None where it is not remembered."""
        [found] = self._asked(("GET", self._named(b"m", name))) or [None]
        return found.decode() if isinstance(found, bytes) else found if isinstance(found, str) else None

    def first(self, name: str, now: float) -> bool:  # noqa: ARG002 (the memory has a clock of its own)
        """Is this the first time that the id comes, to any process?"""
        replies = self._asked(("SET", self._named(b"r", name), b"", "NX", "EX", ONCE_S))
        return replies is None or bool(replies[0])

    def forget(self, name: str) -> None:
        """It may come again: it was not carried out."""
        self._asked(("DEL", self._named(b"r", name)))

    def close(self) -> None:
        """Let the connections go."""
        self._connection.close()

    def _noting(self, attempt_id: str, name: str) -> Command:
        return ("SET", self._named(b"m", name), attempt_id, "EX", LIFE_S)

    def _asked(self, *commands: Command) -> list[object] | None:
        try:
            return self._connection.many(commands)
        except Unreachable:
            return None

    def _named(self, kind: bytes, name: str) -> bytes:
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, key=self._key).digest()
        return self._prefix + kind + digest
