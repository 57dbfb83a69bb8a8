"""What a message to a country costs by public price lists: a prior, for evidence that holds no price.

``prices.csv`` gives the median over several gateways' public list prices, and the lowest and highest of them, in
USD for one SMS. What a customer pays is agreed with the provider and differs by network: these are never the bill.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.plan import classify, countries, main_country


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


@cache
def _table() -> NDArray[np.float64]:
    """``(countries, 3)``: median, low and high by country index, NaN where no list names the country."""
    unknown = Price(np.nan, np.nan, np.nan, 0)
    return np.array([_prices().get(country or "", unknown)[:3] for country in countries()], np.float64)


def list_price(country: str | None) -> Price | None:
    """What does one SMS to this country cost by public price lists? None where no list names it.

    >>> list_price("UZ").usd > list_price("US").usd, list_price(None)
    (True, None)
    """
    return _prices().get(country or "")


def list_prices_usd(country: NDArray[np.uint16]) -> NDArray[np.float64]:
    """What does one SMS cost by country index (as `classify` gives it)? Median in USD, NaN where unknown.

    >>> bool(np.isnan(list_prices_usd(np.array([0], np.uint16)))[0])
    True
    """
    return _table()[:, 0].take(country)


def list_price_bounds_usd(country: NDArray[np.uint16]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What do the cheapest and the dearest list ask, by country index? USD, NaN where unknown.

    >>> low, high = list_price_bounds_usd(np.array([5, 6], np.uint16))
    >>> bool((low <= high).all())
    True
    """
    return _table()[:, 1].take(country), _table()[:, 2].take(country)


def list_prices_of_usd(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """What does one SMS to each number cost by public price lists? USD, NaN where unknown.

    A number of no known country (an unassigned range under +1, +7 or +44) takes the price of the country to which
    its calling code mainly belongs.

    >>> found = list_prices_of_usd(np.array([998939412345, 447000000, 80012345678]))
    >>> bool(found[0] == list_price("UZ").usd), bool(found[1] == list_price("GB").usd), bool(np.isnan(found[2]))
    (True, True, True)
    """
    found = classify(numbers)
    return list_prices_usd(np.where(found.country > 0, found.country, main_country(found.calling_code)))
