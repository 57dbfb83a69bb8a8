"""A refused text is answered as late as a sent one: how long an answer takes must not tell what was decided."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable

_REMEMBERED = 64
_FIRST_S = (0.15, 0.35)
"""Until a provider's own pace is known (judgement: what the APIs of providers usually take)."""
_LONGEST_S = 3.0


class Pace:
    """How long a provider's answers took lately, and waiting for as long.

    >>> pace = Pace()
    >>> pace.took(0.2)
    >>> 0.1 < pace.like_an_answer() < 0.3
    True
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._took: deque[float] = deque(maxlen=_REMEMBERED)
        self._random = random.SystemRandom()

    def took(self, seconds: float) -> None:
        """An answer of the provider took so long."""
        self._took.append(min(seconds, _LONGEST_S))

    def like_an_answer(self) -> float:
        """How long an answer would take: one of the last ones, a little varied, so that none repeats exactly."""
        if not self._took:
            return self._random.uniform(*_FIRST_S)
        return self._random.choice(self._took) * self._random.uniform(0.9, 1.1)

    async def wait(self, spent_s: float = 0.0) -> None:
        """Wait as long as an answer would take, of which so much has passed."""
        await self._sleep(max(0.0, self.like_an_answer() - spent_s))
