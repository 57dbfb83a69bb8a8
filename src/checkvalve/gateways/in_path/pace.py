"""A refused text is answered as late as a sent one: how long an answer takes must not tell what was decided."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, get_args

from checkvalve.gateways.quiet.durations import Durations

_FIRST_S = (0.15, 0.35)
"""Until a provider's own pace is known (judgement: what the APIs of providers usually take)."""
_LONGEST_S = 3.0
Kind = Literal["send", "check", "fetch"]
"""What is asked: a text, whether a code is right, what became of a text. Each takes its own time."""


class Pace:
    """How long a provider's answers took lately, and waiting for as long.

    >>> waited = []
    >>> async def sleep(seconds): waited.append(seconds)
    >>> asyncio.run(Pace(sleep).wait())
    >>> 0.15 <= waited[0] <= 0.35
    True
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._durations: dict[Kind, Durations] = {kind: Durations(_FIRST_S) for kind in get_args(Kind)}

    def took(self, seconds: float, kind: Kind = "send") -> None:
        """An answer of the provider took so long."""
        self._durations[kind].add(min(seconds, _LONGEST_S))

    async def wait(self, kind: Kind = "send") -> None:
        """Wait as long as an answer would take."""
        await self._sleep(self._durations[kind].held_s(0.0))
