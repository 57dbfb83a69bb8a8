"""Sydent's two token buckets: five a number, one more an hour; fifty a country, one more a minute.

Source: element-hq/sydent, its rate limits for texts.
"""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Bucket


class Sydent(Rule):
    """Refuses where a bucket is full; what is refused does not fill it."""

    def __init__(self, number: float, country: float, a_minute: float) -> None:
        self._number, self._country = number, country
        self._numbers, self._countries = Bucket(1 / 3_600), Bucket(a_minute / 60)

    def allows(self, attempt: Attempt) -> bool:
        """No, if one of the two is full."""
        of_number = self._numbers.level(attempt.number, attempt.at)
        of_country = self._countries.level(attempt.country, attempt.at)
        if of_number + 1 > self._number or of_country + 1 > self._country:
            return False
        self._numbers.set(attempt.number, attempt.at, of_number + 1)
        self._countries.set(attempt.country, attempt.at, of_country + 1)
        return True


def _make(values: Values) -> Rule:
    return Sydent(values["number"], values["country"], values["a_minute"])


RULE = Published(
    "sydent",
    "element-hq/sydent",
    "token buckets: five a number, fifty a country",
    _make,
    {"number": 5, "country": 50, "a_minute": 1},
    {"number": (5,), "country": (10, 20, 50, 150, 1_500), "a_minute": (0.1, 0.3, 1, 3)},
)
