"""What general anomaly detectors are given: counts around an attempt that its form can know."""

import math

from proving.baselines.stream import Attempt
from proving.baselines.windows import Window

NAMES = ("country_hour", "block_hour", "address_hour", "number_day", "unanswered_share", "price", "hour")


class Features:
    """Counts, each brought to a scale of 0 to 1."""

    def __init__(self) -> None:
        self._country, self._block = Window(3_600.0), Window(3_600.0)
        self._address, self._number = Window(3_600.0), Window(86_400.0)
        self._sent: dict[str, float] = {}
        self._verified: dict[str, float] = {}

    def of(self, attempt: Attempt) -> list[float]:
        """The features of an attempt; it counts as asked for from now on."""
        at, country, block = attempt.at, attempt.country, attempt.number[:-4]
        keys = (country, block, attempt.ip, attempt.number)
        windows = (self._country, self._block, self._address, self._number)
        counts = []
        for window, key in zip(windows, keys, strict=True):
            window.add(key, at)
            counts.append(math.log1p(window.count(key, at)) / 8)
        self._sent[country] = 0.995 * self._sent.get(country, 0.0) + 1
        self._verified[country] = 0.995 * self._verified.get(country, 0.0)
        unanswered = 1 - min(1.0, self._verified[country] / self._sent[country])
        return [*(min(one, 1.0) for one in counts), unanswered, min(attempt.price_usd, 1.0), at % 86_400 / 86_400]

    def verified(self, attempt: Attempt) -> None:
        """A code was entered."""
        self._verified[attempt.country] = self._verified.get(attempt.country, 0.0) + 1
