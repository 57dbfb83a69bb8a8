"""How does the application refuse wrong codes? By how many there were before, and by what else is in the request.

Whoever waits for a code that was never sent can enter wrong ones only. After some, the application locks a number out,
and has to seem to; and what it refuses before it looks for the number (a code that is none) it says itself.
"""

from collections import Counter
from threading import Lock

from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.pretence import Of, Pretence
from checkvalve.gateways.quiet.shape import FEW, Shape, Shapes
from checkvalve.guard.recent import Recent

_NO_FORM = (415, 422)
"""That the request has no form to be looked at (RFC 9110, section 15.5)."""
MOST = 20
"""Wrong codes in a row that are told apart."""


class WrongCodes:
    """The refusals of one confirmation.

    Args:
        name: of the confirmation, for the log.
        remembered: numbers whose wrong codes are counted.

    >>> from checkvalve.gateways.quiet.shape import shape
    >>> codes, looks = WrongCodes("POST /verify", 100), shape("json", "", [])
    >>> for n in range(5):
    ...     codes.learn(Answer(400, (), b"wrong"), looks, Of((str(n),)), 0.0)
    >>> codes.answer(Answer(404, (), b""), looks, Of(("9",)), 0.0).body
    b'wrong'
    """

    def __init__(self, name: str, remembered: int) -> None:
        self._shapes, self._lock = Shapes(name), Lock()
        self._tries: Recent[int] = Recent(remembered)
        first = Pretence(name, otherwise="the application's own answer is given")
        self._by_try = [first, *(_later(f"{name}, wrong code {nth}") for nth in range(2, MOST + 1))]
        self._statuses = Counter[int]()
        self._otherwise = set(_NO_FORM)
        """With which it refuses what is no code."""

    def begins(self, of: Of) -> None:
        """A message was sent, or its caller believes so: the next wrong code is the first."""
        with self._lock:
            self._tries.put(_digest(of), 0)

    def learn(self, answer: Answer, seen: Shape, of: Of, at: float) -> None:
        """The application refused a code of a message that was sent."""
        usual = self._statuses.most_common(1)
        if usual and answer.status != usual[0][0] and self._shapes.deviates(seen):
            self._shapes.refused(seen, answer, of, at)
            self._otherwise.add(answer.status)
            return
        self._statuses[answer.status] += 1
        self._shapes.accepted(seen)
        self._by_try[self._try(of)].learn(answer, of, at)

    def answer(self, own: Answer, seen: Shape, of: Of, now: float) -> Answer | None:
        """How a code of a message that was not sent is refused; None where the application's own answer will do."""
        if self._shapes.refusal(seen, of, now) is not None:
            return None
        if own.status in self._otherwise and self._shapes.deviates(seen):
            return None
        known = reversed(self._by_try[: self._try(of) + 1])
        return next((made for made in (one.answer(of, now) for one in known) if made is not None), None)

    def _try(self, of: Of) -> int:
        """The how many of them this is, from 0."""
        with self._lock:
            whose = _digest(of)
            before = self._tries.get(whose) or 0
            self._tries.put(whose, before + 1)
            return min(before, MOST - 1)


def _later(name: str) -> Pretence:
    return Pretence(name, least=FEW, otherwise="it is answered as the one before")


def _digest(of: Of) -> str:
    """The number's, with the key that Python draws for each process."""
    return str(hash(of.given))
