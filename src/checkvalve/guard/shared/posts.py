"""What was decided, on its way to the shared memory: several decisions in one go, a few milliseconds later.

A post that fails is not sent again: nobody knows how much of it arrived. Its messages are then taken as sent, which
errs on the side of spending less.
"""

from collections import deque
from threading import Lock

from checkvalve.guard.shared import scripts, wire
from checkvalve.guard.shared.commit import OPEN_KEPT_S
from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.judge import Judged
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.request import MILLIONTHS, flights

MOST_AT_ONCE = 500
_SLACK_S = 3_600
"""A challenge is kept beyond its life, until what it says when nobody answers has been learned."""

Command = tuple[Word, ...]


class Posts:
    """Decisions that the memory has not heard of."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self._connection, self._names = connection, names
        self._waiting: deque[Judged] = deque()
        self._going: list[Judged] = []
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, judged: Judged) -> None:
        """Somebody decided."""
        self._waiting.append(judged)

    def knows(self, ident: bytes) -> bool:
        """Is an attempt on its way?"""
        return any(one.request.ident == ident for one in (*tuple(self._waiting), *self._going))

    def flush(self) -> int:
        """Tell the memory; how many decisions it was told of. Raises `Unreachable`."""
        told = 0
        with self._lock:
            while self._waiting:
                # going before it leaves the queue: `knows` looks at the queue first, and misses none
                self._going = [self._waiting[nth] for nth in range(min(len(self._waiting), MOST_AT_ONCE))]
                for _ in self._going:
                    self._waiting.popleft()
                try:
                    self._tell(self._going)
                    told += len(self._going)
                finally:
                    self._going = []
        return told

    def _tell(self, going: list[Judged]) -> None:
        """Those that were sent in one script, the others in another one."""
        sent = [one for one in going if one.verdict.sent]
        refused = [one for one in going if not one.verdict.sent]
        if sent:
            self._tell_sent(sent)
        commands = [command for one in going if one.request.budgets for command in self._reckoned(one)]
        if commands:
            self._connection.many(commands)
        if refused:
            self._tell_refused(refused)

    def _tell_sent(self, sent: list[Judged]) -> None:
        names = self._names
        keys = [names.verdicts, *[names.attempt(one.request.ident) for one in sent]]
        arguments: list[Word] = [OPEN_KEPT_S]
        for one in sent:
            digest = one.request.spot.digest.to_bytes(8, "big")
            arguments += (digest, one.request.token, wire.encode(one.verdict))
        self._connection.call(scripts.TELL, keys, arguments)

    def _tell_refused(self, refused: list[Judged]) -> None:
        """Their verdicts come last, since learning goes on from there."""
        names, arguments = self._names, list[Word]()
        keys = [names.verdicts, names.flights, names.unanswered]
        for one in refused:
            request, challenge = one.request, one.challenge
            back = [f"#{number}" for number in flights(request.spot)]
            kept_s = 0 if challenge is None else int(challenge.until_s - challenge.asked_s) + _SLACK_S
            arguments += (request.token, wire.encode(one.verdict), kept_s, len(back), *back)
            if challenge is not None:
                keys.append(names.challenge(request.ident))
                arguments += (repr(challenge.until_s), request.ident, wire.encode(challenge))
        self._connection.call(scripts.REFUSE, keys, arguments)

    def _reckoned(self, judged: Judged) -> list[Command]:
        """What budgets get back of what was reserved: all if nothing was sent, and what it is cheaper than thought."""
        request = judged.request
        back = request.millionths - round(judged.price_usd * MILLIONTHS)
        budgets = request.budgets if back else ()
        return [("DECRBY", self._names.budget(name, period), back) for name, period in budgets]
