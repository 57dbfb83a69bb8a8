"""What a message to a country costs by public price lists: a prior, for evidence that holds no price.

``prices.csv`` gives the median over several gateways' public list prices, and the lowest and highest of them, in
USD for one SMS. What a customer pays is agreed with the provider and differs by network: these are never the bill.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Price(NamedTuple):
    """The list price of one SMS to a country, in USD."""

    usd: float
    """Median of the price lists."""
    low_usd: float
    high_usd: float
    lists: int
    """How many price lists named the country."""


@cache
def _prices() -> dict[str, Price]:
    lines = Path(__file__).with_name("prices.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        row["country"]: Price(
            float(row["usd_per_sms"]), float(row["usd_low"]), float(row["usd_high"]), int(row["price_lists"])
        )
        for row in rows
    }


def list_price(country: str | None) -> Price | None:
    """What does one SMS to this country cost by public price lists? None where no list names it.

    >>> list_price("UZ").usd > list_price("US").usd, list_price(None)
    (True, None)
    """
    return _prices().get(country or "")
