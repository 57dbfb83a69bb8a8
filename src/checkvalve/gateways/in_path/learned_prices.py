"""What does a text cost here? Learned from the provider's own answers and receipts, which name it afterwards."""

from threading import Lock

from checkvalve.guard.places import facts_country
from checkvalve.numbering import e164, network_index

_WEIGHT = 0.05
"""Of the newest price: the last twenty or so count (judgement; a tariff changes in steps)."""
_LARGEST_USD = 10.0
"""A higher price of one text is a mistake in the record."""
_Place = tuple[int, int]


class LearnedPrices:
    """Prices by country and network, in US dollars.

    >>> prices = LearnedPrices()
    >>> prices.learn("+998939412345", 0.3)
    >>> prices.of("+998939412399"), prices.of("+447700900123")
    (0.3, None)
    """

    def __init__(self) -> None:
        self._usd: dict[_Place, float] = {}
        self._lock = Lock()

    def learn(self, number: str, price_usd: float) -> None:
        """A text to this number cost so much; a price of nothing, or an impossible one, teaches nothing."""
        place = _place(number)
        if place is None or not 0.0 < price_usd <= _LARGEST_USD:
            return
        with self._lock:
            for key in (place, (place[0], -1)):
                before = self._usd.get(key, price_usd)
                self._usd[key] = before + _WEIGHT * (price_usd - before)

    def of(self, number: str) -> float | None:
        """What a text to this number will cost, by its network or else its country; None where nothing is known."""
        place = _place(number)
        if place is None:
            return None
        with self._lock:
            return self._usd.get(place, self._usd.get((place[0], -1)))


def _place(number: str) -> _Place | None:
    found = e164(number)
    return None if found is None else (facts_country(found), network_index(found))
