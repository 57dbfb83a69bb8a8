"""Auth0's rule against bombarding: more than ten messages a user and hour.

Source: auth0-customer-detections, "MFA attack – bombarding a user with SMS" (2025-11), with its example threshold.
"""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Window


class Auth0User(Rule):
    """Refuses an account that asks too often."""

    def __init__(self, an_hour: float) -> None:
        self._an_hour = an_hour
        self._window = Window(3_600.0)

    def allows(self, attempt: Attempt) -> bool:
        """No, if the account has had its share."""
        self._window.add(attempt.account, attempt.at)
        return self._window.count(attempt.account, attempt.at) <= self._an_hour


def _make(values: Values) -> Rule:
    return Auth0User(values["an_hour"])


RULE = Published(
    "auth0 user",
    "auth0-customer-detections (2025-11)",
    "more than ten messages a user and hour",
    _make,
    {"an_hour": 10},
    {"an_hour": (1, 2, 3, 5, 100, 3_000)},
)
