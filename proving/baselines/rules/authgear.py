"""Authgear's five warnings: codes not entered by country and by address, and countries of one address.

Source: authgear-server, docs/specs/fraud-protection.md and pkg/lib/fraudprotection (2026-08). An attempt counts as
not entered until its code is; so do attempts that are refused. Buckets leak as much as their threshold in a period;
a level is first cut to the threshold. The least thresholds (20 a day and 3 an hour of a country, 10 and 5 of an
address) are taken ``floors`` times. Flows finished in another way, and lists of exceptions, are not modelled.
"""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Bucket, Days, Window

DAY_S, HOUR_S = 86_400.0, 3_600.0


class Authgear(Rule):
    """``deny_if_any_warning``."""

    def __init__(self, daily_ratio: float, hourly_ratio: float, countries: float, floors: float) -> None:
        self._daily, self._hourly, self._countries = daily_ratio, hourly_ratio, countries
        self._floors = floors
        self._day = {"country": Bucket(0.0), "ip": Bucket(0.0)}
        self._hour = {"country": Bucket(0.0), "ip": Bucket(0.0)}
        self._verified = {"country": Window(DAY_S), "ip": Window(DAY_S)}
        self._verified_hour = Window(HOUR_S)
        self._past = Days(14)
        self._asked: dict[str, dict[str, float]] = {}
        self._entered: dict[str, dict[str, float]] = {}

    def allows(self, attempt: Attempt) -> bool:
        """No, if any of the five warnings fires."""
        warned = [
            self._full(self._day["country"], attempt.country, attempt.at, self._country_day(attempt), DAY_S),
            self._full(self._hour["country"], attempt.country, attempt.at, self._country_hour(attempt), HOUR_S),
            self._full(self._day["ip"], attempt.ip, attempt.at, self._ip_day(attempt), DAY_S),
            self._full(self._hour["ip"], attempt.ip, attempt.at, self._ip_hour(attempt), HOUR_S),
            self._spread(attempt),
        ]
        return not any(warned)

    def verified(self, attempt: Attempt, at: float) -> None:
        """The code was entered: the buckets lose what it had filled."""
        self._past.add(attempt.country, at)
        self._verified_hour.add(attempt.country, at)
        for kind, key in (("country", attempt.country), ("ip", attempt.ip)):
            self._verified[kind].add(key, at)
            for buckets, period in ((self._day, DAY_S), (self._hour, HOUR_S)):
                leak = self._threshold(kind, period, attempt, at) / period
                buckets[kind].set(key, at, buckets[kind].level(key, at, leak) - 1)
        self._entered.setdefault(attempt.ip, {})[attempt.country] = at

    def _threshold(self, kind: str, period: float, attempt: Attempt, at: float) -> float:
        if kind == "country":
            return self._country_day(attempt, at) if period == DAY_S else self._country_hour(attempt, at)
        return self._ip_day(attempt, at) if period == DAY_S else self._ip_hour(attempt, at)

    def _country_day(self, attempt: Attempt, at: float | None = None) -> float:
        at = attempt.at if at is None else at
        today = self._verified["country"].count(attempt.country, at)
        return max(20.0 * self._floors, self._daily * self._past.most(attempt.country, at), self._daily * today)

    def _country_hour(self, attempt: Attempt, at: float | None = None) -> float:
        at = attempt.at if at is None else at
        now = self._verified_hour.count(attempt.country, at)
        return max(3.0 * self._floors, self._hourly * self._past.most(attempt.country, at) / 6, self._hourly * now)

    def _ip_day(self, attempt: Attempt, at: float | None = None) -> float:
        at = attempt.at if at is None else at
        return max(10.0 * self._floors, self._daily * self._verified["ip"].count(attempt.ip, at))

    def _ip_hour(self, attempt: Attempt, at: float | None = None) -> float:
        at = attempt.at if at is None else at
        return max(5.0 * self._floors, self._hourly * self._verified["ip"].count(attempt.ip, at) / 6)

    @staticmethod
    def _full(bucket: Bucket, key: str, at: float, threshold: float, period: float) -> bool:
        level = bucket.level(key, at, threshold / period) + 1
        bucket.set(key, at, min(level, threshold))
        return level > threshold

    def _spread(self, attempt: Attempt) -> bool:
        asked = self._asked.setdefault(attempt.ip, {})
        asked[attempt.country] = attempt.at
        entered = self._entered.get(attempt.ip, {})
        since = attempt.at - DAY_S
        fresh = [one for one, at in asked.items() if at > since and entered.get(one, 0.0) <= since]
        return len(fresh) > self._countries


def _make(values: Values) -> Rule:
    return Authgear(values["daily"], values["hourly"], values["countries"], values["floors"])


RULE = Published(
    "authgear",
    "authgear-server, docs/specs/fraud-protection.md (2026-08)",
    "budgets of codes not entered, by country and address, an hour and a day; countries of an address",
    _make,
    {"daily": 0.3, "hourly": 0.2, "countries": 3, "floors": 1},
    {"daily": (0.3, 2), "hourly": (0.2, 2), "countries": (3, 20), "floors": (1, 4, 16, 200)},
)
