"""List prices by country: a prior, and nothing where no list names the country."""

import pytest

from checkvalve.numbering.plan import countries
from checkvalve.numbering.prices import list_price

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
