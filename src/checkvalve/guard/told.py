"""What callers tell the guard in Python, checked before it can spoil what is remembered."""

from checkvalve.guard.attempt import EVENTS, LATEST_S, MOST_USD


def checked_time(at: float) -> float:
    """Epoch seconds as they are; raises ValueError for what is none, such as milliseconds.

    >>> checked_time(1_780_000_000.0)
    1780000000.0
    """
    if not 0.0 <= at < LATEST_S:
        raise ValueError(f"at must be in epoch seconds, not {at!r}")
    return at


def checked_price(price_usd: float) -> float:
    """A price as it is; raises ValueError for what no message costs.

    >>> checked_price(0.07)
    0.07
    """
    if not 0.0 <= price_usd < MOST_USD:
        raise ValueError(f"price_usd must be from 0 to {MOST_USD:.0f}, not {price_usd!r}")
    return price_usd


def checked_event(event: str) -> None:
    """Raises ValueError for what is no event.

    >>> checked_event("verfied")
    Traceback (most recent call last):
    ...
    ValueError: event must be one of complained, completed, delivered, expired, failed, sent, verified, not 'verfied'
    """
    if event not in EVENTS:
        raise ValueError(f"event must be one of {', '.join(sorted(EVENTS))}, not {event!r}")
