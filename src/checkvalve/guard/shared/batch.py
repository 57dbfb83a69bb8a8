"""What one round of learning has to do: what stands next in the journal, and what falls due until then."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from checkvalve.guard.shared import wire
from checkvalve.guard.shared.wire import Asked, Entry, Unread, Verdict

MOST_ENTRIES, MOST_DUE = 32, 48
"""In one round: a server is held up for a millisecond or two by it."""
AHEAD_S = 5.0
"""No time is believed that is further ahead of the server's clock."""
PATIENCE_S = 2.0
"""For so long a decision may be in flight; then its message is taken as sent, and says nothing."""

UNHEARD = Verdict(sent=True, p_fraud=1.0, explored=0)
"""What holds where nobody says what was decided: the process is gone."""


class Batch(NamedTuple):
    """One round of learning, up to ``until_s``."""

    entries: list[Entry | Unread]
    verdicts: dict[bytes, Verdict]
    due: list[bytes]
    """Digests of numbers whose codes are told of (`Names.due_of`)."""
    unanswered: list[tuple[bytes, float]]
    """Challenges and when they ended."""
    until_s: float

    @property
    def empty(self) -> bool:
        """Is there nothing to do?"""
        return not (self.entries or self.due or self.unanswered)


class Reader:
    """Reads batches from what `scripts.BEGIN` answers, and knows for how long decisions have been in flight."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[bytes, float] = {}

    def read(self, begun: Sequence[Any], now_s: float, until_s: float) -> Batch:
        """The next batch; ``now_s`` is the time of the last one, ``until_s`` how far it may go without entries."""
        raw, told, due, unanswered, _, server_s, _ = begun
        latest = float(server_s) + AHEAD_S
        tokens = [one[: wire.TOKEN_BYTES] for one in raw]
        verdicts = {
            token: verdict
            for token, one in zip(tokens, told, strict=True)
            if one and (verdict := wire.verdict(one)) is not None
        }
        entries = self._decided([wire.entry(one) for one in raw], verdicts)
        until_s = max(now_s, min(max([until_s, *[one.at for one in entries]]), latest))
        dues = _scored(due)
        if len(dues) == MOST_DUE and dues[-1][1] < until_s:
            until_s = dues[-1][1]
            entries = _before(entries, until_s)
        return Batch(
            entries,
            verdicts,
            [member for member, at in dues if at <= until_s],
            [one for one in _scored(unanswered) if one[1] <= until_s],
            until_s,
        )

    def _decided(self, entries: list[Entry | Unread], verdicts: dict[bytes, Verdict]) -> list[Entry | Unread]:
        """The entries up to the first whose decision may still be in flight."""
        flying = {one.token for one in entries if isinstance(one, Asked)} - verdicts.keys()
        now = self._clock()
        self._seen = {token: self._seen.get(token, now) for token in flying}
        for nth, one in enumerate(entries):
            if isinstance(one, Asked) and one.token in flying:
                if now - self._seen[one.token] < PATIENCE_S:
                    return entries[:nth]
                verdicts[one.token] = UNHEARD
        return entries


def _before(entries: list[Entry | Unread], until_s: float) -> list[Entry | Unread]:
    """The entries up to the first that is later."""
    return entries[: next((nth for nth, one in enumerate(entries) if one.at > until_s), len(entries))]


def _scored(flat: Sequence[bytes]) -> list[tuple[bytes, float]]:
    """Members with their scores; servers answer them one after the other."""
    return [(flat[nth], float(flat[nth + 1])) for nth in range(0, len(flat), 2)]
