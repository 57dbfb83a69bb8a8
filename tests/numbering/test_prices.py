"""List prices by country: a prior, and nothing where no list names the country."""

import numpy as np
import pytest

from checkvalve.numbering.plan import classify, countries, country_index
from checkvalve.numbering.prices import (
    list_price,
    list_price_bounds_usd,
    list_prices_of_usd,
    list_prices_usd,
)

NAMED = [country for country in countries() if list_price(country)]


@pytest.mark.parametrize("country", NAMED)
def test_the_median_lies_between_the_lists(country: str) -> None:
    """Low ≤ median ≤ high, all above zero, out of at least one list."""
    price = list_price(country)

    assert price is not None
    assert 0 < price.low_usd <= price.usd <= price.high_usd
    assert price.lists >= 1


def test_nearly_every_country_has_a_price() -> None:
    """Only a country that no list names is without."""
    assert {None, "TA"} == set(countries()) - set(NAMED)


def test_many_and_one_agree() -> None:
    """The columns by country index hold what `list_price` says, and NaN where it says None."""
    indexes = np.arange(len(countries()), dtype=np.uint16)
    low, high = list_price_bounds_usd(indexes)
    rows = np.stack([list_prices_usd(indexes), low, high], axis=1)
    expected = [(list_price(country) or (np.nan,) * 3)[:3] for country in countries()]

    np.testing.assert_array_equal(np.array(expected), rows)


def test_a_number_has_the_price_of_its_country() -> None:
    """A number costs what its country costs."""
    numbers = np.array([12423591234, 998901234567])

    np.testing.assert_array_equal(list_prices_usd(classify(numbers).country), list_prices_of_usd(numbers))


def test_an_unassigned_number_has_the_price_of_its_code() -> None:
    """Without a country of its own, a number costs what the main country of its calling code costs."""
    unassigned, non_geographic = 441000000000, 80012345678
    gb = np.array([country_index("GB")], np.uint16)
    price, nothing = list_prices_of_usd(np.array([unassigned, non_geographic]))

    assert list_prices_usd(gb)[0] == price
    assert np.isnan(nothing)
