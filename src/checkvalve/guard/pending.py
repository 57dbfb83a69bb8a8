"""The codes that are open, and when what they say becomes due."""

from collections import deque
from collections.abc import Iterator

from checkvalve.guard.credit import AGES_S
from checkvalve.guard.places import Place

MOST_LATE = 100_000


class Pending:
    """A message that was let through and whose code was not entered yet; a resend joins the first one."""

    __slots__ = (
        "delivered",
        "endpoint",
        "ids",
        "over",
        "place",
        "sent_s",
        "silent",
        "stage",
        "suspicious",
        "usual",
    )

    def __init__(
        self,
        attempt_id: str,
        place: Place,
        endpoint: str,
        sent_s: float,
        usual: float,
        suspicious: bool,
        silent: bool,
    ) -> None:
        self.ids = [attempt_id]
        self.place = place
        self.endpoint = endpoint
        self.sent_s = sent_s
        self.usual = usual
        self.suspicious = suspicious
        self.silent = silent
        """Says nothing: delivery failed, or the number had its message of the day before."""
        self.stage = 0
        """How many of the ages have been told."""
        self.delivered = False
        self.over = False


class Open:
    """All open codes by attempt and by number, and the order in which they become due."""

    def __init__(self) -> None:
        self.by_attempt: dict[str, Pending] = {}
        self.by_number: dict[int, Pending] = {}
        self.late: dict[str, int] = {}
        """Digest of the number of attempts whose codes have expired: the right code may still come."""
        self._due: tuple[deque[Pending], ...] = tuple(deque() for _ in AGES_S)

    def add(self, pending: Pending) -> None:
        """A message was let through."""
        self.by_attempt[pending.ids[0]] = pending
        self.by_number[pending.place.digest] = pending
        self._due[0].append(pending)

    def join(self, pending: Pending, attempt_id: str) -> None:
        """Another message goes to a number whose code is open."""
        pending.ids.append(attempt_id)
        self.by_attempt[attempt_id] = pending

    def due(self, now: float) -> Iterator[tuple[Pending, float]]:
        """Every message that has reached its next age, with when it did, in order of time.

        A message that comes out of here waits for the age after that until it is closed.
        """
        while True:
            stage, at = -1, now
            for place, (queue, age_s) in enumerate(zip(self._due, AGES_S, strict=True)):
                while queue and queue[0].over:
                    queue.popleft()
                if queue and queue[0].sent_s + age_s <= at:
                    stage, at = place, queue[0].sent_s + age_s
            if stage < 0:
                return
            pending = self._due[stage].popleft()
            if stage + 1 < len(AGES_S):
                self._due[stage + 1].append(pending)
            yield pending, at

    def close(self, pending: Pending, *, expired: bool) -> None:
        """The code was entered, or has expired."""
        pending.over = True
        for attempt_id in pending.ids:
            self.by_attempt.pop(attempt_id, None)
            if expired:
                self.late[attempt_id] = pending.place.digest
        while len(self.late) > MOST_LATE:
            del self.late[next(iter(self.late))]
        if self.by_number.get(pending.place.digest) is pending:
            del self.by_number[pending.place.digest]
