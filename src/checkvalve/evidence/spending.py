"""How many messages there are, when, and what they cost: asked once, for each case and each page wants to know it."""

from typing import NamedTuple

from checkvalve.evidence.store import Store


class Totals(NamedTuple):
    """All messages: how many there are, how many codes came back, and what they cost by each ``cost_basis``."""

    sends: int
    priced: int
    verified: int
    usd: float
    listed_usd: float
    same_usd: float
    """Estimated from other messages of the evidence."""
    estimated_usd: float
    hidden: int
    """Messages without number or time."""


def totals(store: Store) -> Totals:
    """How many messages are there, and what did they cost? Not before logs are joined."""
    (found,) = store.once(
        """SELECT count(*), count(cost_usd), count(verified_at), coalesce(sum(cost_usd), 0),
                  coalesce(sum(cost_usd) FILTER (cost_basis = 'list'), 0),
                  coalesce(sum(cost_usd) FILTER (cost_basis = 'evidence'), 0),
                  coalesce(sum(cost_usd) FILTER (cost_basis <> 'price'), 0),
                  count(*) FILTER (number IS NULL OR sent_at IS NULL) FROM priced"""
    )
    return Totals(*found)


def span_s(store: Store) -> tuple[float, float] | None:
    """When were the first and the last message sent (seconds since 1970)? Not before logs are joined."""
    ((low, high),) = store.once("SELECT epoch(min(sent_at)), epoch(max(sent_at)) FROM send_rows")
    return None if low is None else (float(low), float(high))
