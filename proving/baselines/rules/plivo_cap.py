"""Plivo's Fraud Shield: so many messages an hour to a country, recommended from the last 15 days.

Source: Plivo's documentation. The recommendation's formula is not public; here a multiple of the busiest hour of the
last 15 days, and a floor. Over the cap the country is closed for the rest of the hour.
"""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt

HOUR_S = 3_600.0


class PlivoCap(Rule):
    """Refuses a country that is over its cap this hour."""

    def __init__(self, times: float, floor: float) -> None:
        self._times, self._floor = times, floor
        self._sent: dict[str, dict[int, int]] = {}
        self._busiest: dict[str, tuple[int, int]] = {}
        """By country the hour, and what was sent in the busiest one of the days before it."""

    def allows(self, attempt: Attempt) -> bool:
        """No, if the cap is reached."""
        hour = int(attempt.at // HOUR_S)
        sent = self._sent.setdefault(attempt.country, {})
        known, most = self._busiest.get(attempt.country, (-1, 0))
        if known != hour:
            most = max((count for at, count in sent.items() if hour - 15 * 24 <= at < hour), default=0)
            self._busiest[attempt.country] = hour, most
        cap = max(self._floor, self._times * most)
        if sent.get(hour, 0) >= cap:
            return False
        sent[hour] = sent.get(hour, 0) + 1
        return True


def _make(values: Values) -> Rule:
    return PlivoCap(values["times"], values["floor"])


RULE = Published(
    "plivo cap",
    "Plivo, Fraud Shield",
    "a cap of messages an hour for each country, from the last 15 days",
    _make,
    {"times": 1.5, "floor": 10},
    {"times": (1, 1.2, 2, 4), "floor": (5, 10, 20, 50, 150, 2_000)},
)
