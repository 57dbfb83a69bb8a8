"""What no time and no price can be: checked wherever the guard is told one, before it spoils what is remembered."""

LATEST_S = 1e11
"""No time is as late: that is the year 5138 in seconds, and 1973 in milliseconds."""
MOST_USD = 1_000.0
"""No message costs as much."""


def check_time(at: float) -> None:
    """Raises ValueError for what are no epoch seconds, such as milliseconds.

    >>> check_time(1_780_000_000_000.0)
    Traceback (most recent call last):
    ...
    ValueError: at must be in epoch seconds, not 1780000000000.0
    """
    if not 0.0 <= at < LATEST_S:
        raise ValueError(f"at must be in epoch seconds, not {at!r}")


def check_price(price_usd: float) -> None:
    """Raises ValueError for what no message costs.

    >>> check_price(-1.0)
    Traceback (most recent call last):
    ...
    ValueError: price_usd must be from 0 to 1000, not -1.0
    """
    if not 0.0 <= price_usd < MOST_USD:
        raise ValueError(f"price_usd must be from 0 to {MOST_USD:.0f}, not {price_usd!r}")
