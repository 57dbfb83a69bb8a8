"""So many an address in ten minutes, as web application firewalls count: 30 in the AWS sample, 25 at login.gov."""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Window


class PerAddress(Rule):
    """Refuses an address that asks too often."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._window = Window(600.0)

    def allows(self, attempt: Attempt) -> bool:
        """No, if the address has had its share."""
        self._window.add(attempt.ip, attempt.at)
        return self._window.count(attempt.ip, attempt.at) <= self._most


def _make(values: Values) -> Rule:
    return PerAddress(values["most"])


RULE = Published(
    "per address",
    "AWS sample; login.gov",
    "30 requests an address in ten minutes",
    _make,
    {"most": 30},
    {"most": (1, 2, 3, 5, 10, 100, 3_000)},
)
