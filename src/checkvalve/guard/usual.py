"""What is usual: which share of codes comes back, by country and endpoint, from outcomes nobody holds suspicious.

Beta-Binomial with forgetting, each leaning on what it belongs to: an endpoint or country on everything, everything
on the policy. What an attacker does cannot teach it much: outcomes from ranges and origins under suspicion are left
out, what is known grows slowly, and the rate that is used falls neither below seven tenths of the whole's nor
below half of what the policy believes.
"""

from dataclasses import dataclass

from checkvalve.statistics.conversion import KAPPA

HALF_LIFE_S = 14 * 86_400.0
RECENT_S = 3_600.0
MARGIN = 0.85
"""Honest ranges differ: one is suspected below this part of what is usual (as in an investigation)."""
_LEAN_RECENT = 20.0
_LOWEST = 0.7
_FLOOR = 0.5
"""Of what the policy believes: so much is expected at least."""
_KNOWN = 30.0
"""So many codes were entered where it is known that they come back, and so many outcomes tell that they ceased
(judgement)."""
DAY_S = 86_400.0
_FREE, _FREE_A_DAY, _GROWTH_A_DAY = 100.0, 5.0, 0.15
"""The first hundred outcomes count whole; later what is known grows by five and a seventh a day at most (judgement)."""


@dataclass(slots=True)
class Rate:
    """Codes entered and lost, the past counting half after `HALF_LIFE_S`; and the same of the last hours.

    >>> rate = Rate()
    >>> rate.add(True, 0.0)
    >>> round(rate.mean(0.5), 3)
    0.51
    """

    entered: float = 0.0
    lost: float = 0.0
    recent_entered: float = 0.0
    recent_lost: float = 0.0
    at: float = 0.0

    def add(self, entered: bool, at: float) -> None:
        """Learn one outcome; once enough is known, so slowly that a rate cannot be taught within days."""
        waited = max(at - self.at, 0.0)
        known = self.entered + self.lost
        weight = 1.0 if known < _FREE else min(1.0, (_FREE_A_DAY + _GROWTH_A_DAY * known) * waited / DAY_S)
        old, recent = 0.5 ** (waited / HALF_LIFE_S), 0.5 ** (waited / RECENT_S)
        self.entered = self.entered * old + weight * entered
        self.lost = self.lost * old + weight * (not entered)
        self.recent_entered = self.recent_entered * recent + entered
        self.recent_lost = self.recent_lost * recent + (not entered)
        self.at = max(at, self.at)

    def mean(self, parent: float) -> float:
        """Which share comes back, leaning on the parent's?"""
        return (self.entered + KAPPA * parent) / (self.entered + self.lost + KAPPA)

    def lately(self, usual: float) -> float:
        """Which share came back in the last hours, leaning on what is usual?"""
        of = self.recent_entered + self.recent_lost
        return (self.recent_entered + _LEAN_RECENT * usual) / (of + _LEAN_RECENT)


class Usual:
    """The rates of everything, of each country and of each endpoint."""

    def __init__(self, conversion: float, most_endpoints: int = 256) -> None:
        self.prior = conversion
        self.everything = Rate()
        self.countries: dict[int, Rate] = {}
        self.endpoints: dict[str, Rate] = {}
        """Those that were heard of last are the last."""
        self.most_endpoints = most_endpoints

    def rate(self, country: int, endpoint: str) -> float:
        """Which share of codes should come back from honest people of a country at an endpoint, at least?

        Where codes stay away everywhere (a lost callback, a form that sends no codes), it falls along.
        """
        everything, prior = self.everything, self.prior
        entered = everything.entered
        all_of_it = (entered + KAPPA * prior) / (entered + everything.lost + KAPPA)  # `mean`, written out
        there = self.countries.get(country)
        mean = all_of_it if there is None else max(there.mean(all_of_it), _LOWEST * all_of_it)
        at_endpoint = self.endpoints.get(endpoint)
        if at_endpoint is not None:
            mean *= min(1.0, at_endpoint.mean(all_of_it) / all_of_it)
        lately = everything.lately(all_of_it) / all_of_it
        if lately < 1.0:
            mean *= lately
        return MARGIN * max(mean, _FLOOR * prior)

    def learn(self, country: int, endpoint: str, entered: bool, at: float) -> None:
        """Take in an outcome that nothing suspicious hangs on."""
        self.everything.add(entered, at)
        self.countries.setdefault(country, Rate()).add(entered, at)
        rate = self.endpoints.pop(endpoint, None)
        if rate is None:
            rate = Rate()
            if len(self.endpoints) >= self.most_endpoints:  # names can be invented: the one goes that is used least
                del self.endpoints[next(iter(self.endpoints))]
        rate.add(entered, at)
        self.endpoints[endpoint] = rate

    def brings_codes(self, endpoint: str) -> bool:
        """Is it known that codes come back from this endpoint, as many as are expected of honest people at least?

        >>> usual = Usual(0.6)
        >>> for nth in range(120):
        ...     usual.learn(7, ("signup", "invite")[nth % 2], nth % 2 == 0, nth * 600.0)
        >>> usual.brings_codes("signup"), usual.brings_codes("invite")
        (True, False)
        """
        there = self.endpoints.get(endpoint)
        return there is not None and there.entered >= _KNOWN and not self._brings_few(there)

    def ceased(self, endpoint: str) -> bool:
        """Is it known that hardly any codes come back from this endpoint?

        >>> usual = Usual(0.6)
        >>> for nth in range(40):
        ...     usual.learn(7, "invite", False, nth * 600.0)
        >>> usual.ceased("invite"), usual.ceased("never seen")
        (True, False)
        """
        there = self.endpoints.get(endpoint)
        return there is not None and there.entered + there.lost >= _KNOWN and self._brings_few(there)

    def _brings_few(self, rate: Rate) -> bool:
        return rate.entered < _FLOOR * self.prior * (rate.entered + rate.lost)
