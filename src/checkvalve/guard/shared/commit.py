"""What a round of learning writes, all in one step."""

from msgspec import structs

from checkvalve.guard.credit import AGES_S
from checkvalve.guard.pending import Pending
from checkvalve.guard.shared import wire
from checkvalve.guard.shared.batch import Batch
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.names import ENTERED, Names
from checkvalve.guard.shared.request import BUDGET_KEPT_S, flights
from checkvalve.guard.shared.wire import Asked

DAY_S = 86_400
PLACE_KEPT_S = 30 * DAY_S
"""A range, origin or number that nobody asks for is forgotten after so long."""
KEPT_S = 400 * DAY_S
"""What is usual, and who verified."""
OPEN_KEPT_S = DAY_S
"""An open code, and to which number an attempt went: a late code may still be entered."""
UNVERIFIED = b"\xff\xff\xff\xff"
"""How the record of a number begins that never verified."""


class Commit:
    """Collects what is to be written; what did not change is not written again."""

    def __init__(self, names: Names, done: int) -> None:
        self._names, self._done = names, done
        self._sets: list[tuple[bytes, bytes, int]] = []
        self._deleted: list[bytes] = []
        self._due: list[tuple[float, bytes]] = []
        self._over: list[bytes] = []
        self._answered: list[bytes] = []
        self._tokens: list[bytes] = []
        self._landed: list[int] = []
        self._owed: list[tuple[bytes, int]] = []

    def keep(self, key: bytes, value: bytes, was: bytes | None, kept_s: int = KEPT_S) -> None:
        """A record, if it has changed."""
        if value != was:
            self._sets.append((key, value, kept_s))

    def forget(self, key: bytes) -> None:
        """A record that is no longer known."""
        self._deleted.append(key)

    def number(self, key: bytes, value: bytes, was: bytes | None) -> None:
        """A number, if anything is known of it."""
        if value != UNVERIFIED:
            self.keep(key, value, was, PLACE_KEPT_S if value.startswith(UNVERIFIED) else KEPT_S)

    def code(self, pending: Pending, *, late: bool) -> None:
        """An open code with the time of what is told of it next; or one that was entered, or has expired."""
        digest = pending.spot.digest.to_bytes(8, "big")
        if pending.attempt_id:
            self._open(pending, digest, late=late)
        if not pending.entered:
            return
        member = digest + ENTERED
        if pending.over:
            self._deleted.append(self._names.due_of(member))
            self._over.append(member)
        else:
            # under a name of its own: the number may be sent the next code meanwhile
            self._wait(member, structs.replace(pending, attempt_id="", joined=()))

    def _wait(self, member: bytes, pending: Pending) -> None:
        self._sets.append((self._names.due_of(member), wire.encode(pending), OPEN_KEPT_S))
        self._due.append((pending.sent_s + AGES_S[pending.next_stage], member))

    def _open(self, pending: Pending, digest: bytes, *, late: bool) -> None:
        """A code that was open until now."""
        pointers = [self._names.attempt(bytes.fromhex(ident)) for ident in pending.ids]
        if not (pending.over or pending.entered):
            self._wait(digest, pending)
            self._sets += [(pointer, digest, OPEN_KEPT_S) for pointer in pointers]
            return
        self._deleted.append(self._names.due_of(digest))
        self._over.append(digest)
        if late:
            self._sets += [(pointer, digest + LATE, OPEN_KEPT_S) for pointer in pointers]
        else:
            self._deleted += pointers

    def aside(self, raw: bytes) -> None:
        """An entry of the journal that cannot be read; whoever looks for it finds it for a while."""
        self._sets.append((self._names.unread(raw), raw, PLACE_KEPT_S))

    def owe(self, budget: bytes, millionths: int) -> None:
        """So much more was spent of a budget."""
        self._owed.append((budget, millionths))

    def learned(self, batch: Batch) -> None:
        """The batch is done with: what it held in flight has landed."""
        for one in batch.entries:
            if isinstance(one, Asked):
                self._tokens.append(one.token)
                if batch.verdicts[one.token].sent:
                    self._landed += flights(one.spot)
        self._answered = [ident for ident, _ in batch.unanswered]
        self._deleted += [self._names.challenge(ident) for ident in self._answered]

    def call(self, who: str) -> tuple[list[bytes], list[Word]]:
        """Keys and arguments of `scripts.COMMIT`; ``who`` with the round."""
        names = self._names
        keys = [names.lease, names.journal, names.verdicts, names.flights, names.due, names.unanswered]
        written = [key for key, _, _ in self._sets]
        kept = set(written)
        # a number whose code was entered may have been sent the next one in the same round
        keys += written + [key for key, _ in self._owed] + [key for key in self._deleted if key not in kept]
        opened = {digest for _, digest in self._due}
        over = [digest for digest in self._over if digest not in opened]
        arguments: list[Word] = [who, self._done, BUDGET_KEPT_S, len(self._sets), len(self._owed)]
        arguments += [len(self._due), len(over), len(self._answered), len(self._tokens)]
        for _, value, kept_s in self._sets:
            arguments += (value, kept_s)
        arguments += [more for _, more in self._owed]
        for due_s, digest in self._due:
            arguments += (repr(due_s), digest)
        arguments += [*over, *self._answered, *self._tokens, *[f"#{number}" for number in self._landed]]
        return keys, arguments


LATE = b"l"
"""Marks the number of an attempt whose code has expired."""
