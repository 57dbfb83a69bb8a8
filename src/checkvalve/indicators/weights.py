"""How evidence of one kind becomes nats that may be added to evidence of another."""

import math

CAP_NATS = 8.0
"""No single indicator may weigh more: indicators are not independent (detection literature caps at 4 to 8)."""

TELLING_NATS = 2.0
"""A family of evidence speaks for fraud from here on; an attack needs two such families."""


def capped(nats: float, cap: float = CAP_NATS) -> float:
    """The nats, held between minus and plus the cap.

    >>> capped(600.0), capped(-2.0)
    (8.0, -2.0)
    """
    return max(-cap, min(cap, nats))


def divergence(observed: int, of: int, rate: float) -> float:
    """How many nats speak against ``rate`` when so many of so many were seen: n KL(observed/of || rate).

    >>> round(divergence(0, 10, 0.5), 2), divergence(5, 10, 0.5)
    (6.93, 0.0)
    """
    if not of:
        return 0.0
    seen, rate = observed / of, min(max(rate, 1e-9), 1 - 1e-9)
    hit = seen * math.log(seen / rate) if seen else 0.0
    miss = (1 - seen) * math.log((1 - seen) / (1 - rate)) if seen < 1 else 0.0
    return of * (hit + miss)


def percent(part: float, whole: float) -> str:
    """A share as people read it.

    >>> percent(1, 3), percent(0, 0), percent(3, 1000), percent(3, 1_000_000)
    ('33%', '0%', '0.3%', 'under 0.1%')
    """
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.05:
        return "under 0.1%"
    return f"{share:.1f}%" if 0 < share < 1 else f"{share:.0f}%"


def count(number: float, noun: str, plural: str | None = None) -> str:
    """A counted noun.

    >>> count(1, "message"), count(2400, "message")
    ('1 message', '2,400 messages')
    """
    word = noun if round(number) == 1 else plural or f"{noun}s"
    return f"{number:,.0f} {word}"


def expectation(number: float) -> str:
    """What was to be expected, as people read it: less than a tenth of a message is never shown as none.

    >>> expectation(0.004), expectation(3.26), expectation(1234.5)
    ('less than 0.1', '3.3', '1,234')
    """
    if number < 0.1:
        return "less than 0.1"
    return f"{number:,.1f}" if number < 10 else f"{number:,.0f}"
