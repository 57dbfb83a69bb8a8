"""What every kind of challenge can do, and what a challenge is bound to."""

from typing import Any, NamedTuple, Protocol

LARGEST_PAYLOAD = 16 << 10
"""Longer answers than any kind has are not looked at."""


class Bound(NamedTuple):
    """For which attempt, which number and how long a challenge holds. Digests only: none of it can be read back."""

    attempt: str
    phone: str
    expires_s: int
    """Epoch seconds."""


class Answering(NamedTuple):
    """Who answers a challenge, and when: digests as in `Bound`."""

    attempt: str
    phone: str
    """Empty where the number is not known when the answer comes."""
    ip: str | None
    now: float


class Verdict(NamedTuple):
    """Was it solved, and if not, why?"""

    solved: bool
    why: str = ""
    """In our own words: no part of the answer stands in it."""
    used: str = ""
    """What makes the answer the same one, however it is written; the answer itself if left out."""
    expires_s: int | None = None
    """When the answer itself says how long it holds."""


class Unreachable(Exception):
    """The service that would know could not be asked, or did not say."""


class Kind(Protocol):
    """One kind of challenge.

    ``remote`` kinds ask a service over the network, so that looking at an answer takes time.
    """

    name: str
    remote: bool

    def shown(self, bound: Bound, effort: float, /) -> dict[str, Any]:
        """What a page needs to show it, as JSON. ``effort`` is of use where work is asked for."""
        ...

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was it solved, for this attempt? Raises `Unreachable` where that cannot be known."""
        ...
