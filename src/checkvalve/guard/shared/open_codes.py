"""The open codes that one batch has to do with."""

import math
from bisect import insort
from collections.abc import Iterable
from operator import attrgetter

from checkvalve.guard.pending import Open, Pending


class OpenCodes(Open):
    """As `Open`, filled from a shared memory; knows all that it ever held.

    >>> from checkvalve.guard.pending import spot_of
    >>> from checkvalve.guard.places import Place
    >>> codes = OpenCodes()
    >>> codes.take([Pending("0a", spot_of(Place(0, 1, (), 7, False)), "", 60.0, 0.5, False, False)])
    >>> [at for _, at in codes.due(200.0)], [one.stage for one in codes.all]
    ([120.0], [0])
    """

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Pending] = []
        """Every code, whatever became of it."""

    def take(self, known: Iterable[Pending]) -> None:
        """Let codes be known that were sent before."""
        for pending in sorted(known, key=lambda one: one.sent_s):
            self.all.append(pending)
            if not pending.entered:
                self.by_number[pending.spot.digest] = pending
                for ident in pending.ids:
                    self.by_attempt[ident] = pending
            pending.stage = pending.next_stage
            self._due[pending.stage].append(pending)
        self.soonest_s = -math.inf

    def add(self, pending: Pending) -> None:
        """A message was let through."""
        super().add(pending)
        self.all.append(pending)

    def _wait(self, stage: int, pending: Pending) -> None:
        # of those that were entered, the ages are passed over at which nothing is told
        insort(self._due[stage], pending, key=_SENT_S)


_SENT_S = attrgetter("sent_s")
