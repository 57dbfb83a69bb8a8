"""Which answers were used already?"""

from collections import OrderedDict
from threading import Lock

MOST = 200_000


class Once:
    """Remembers what was used until it is of no use any more, in bounded memory.

    Where it is full of what still holds, nothing more is taken: an answer is never taken twice. Only right answers
    come here, so that to fill it takes as many solved challenges within the life of one.

    >>> once = Once()
    >>> once.first(b"a", 10.0, 0.0), once.first(b"a", 10.0, 1.0), once.first(b"a", 30.0, 20.0)
    (True, False, True)
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def first(self, used: bytes, until: float, now: float) -> bool:
        """Is it used for the first time? From now on it is used; it holds until then."""
        with self._lock:
            while self._until and next(iter(self._until.values())) <= now:
                self._until.popitem(last=False)
            if self._until.get(used, now) > now or len(self._until) >= self._most:
                return False
            self._until[used] = until
            self._until.move_to_end(used)
            return True
