"""What one person does with a code: waits, asks again, types it in, or gives up."""

import math
from typing import Literal

import msgspec
import numpy as np

from checkvalve.simulation.traffic.conditions import Conditions
from checkvalve.simulation.traffic.countries import Carrier, Country
from checkvalve.simulation.traffic.draws import stream

Purpose = Literal["login", "signup", "reset"]

CONVERSION: dict[str, float] = {"login": 0.91, "signup": 0.78, "reset": 0.70}
COUNTRY_KAPPA = 50.0
DELIVERY_MEDIAN_S, DELIVERY_SIGMA = 4.0, 1.0
ENTRY_MEDIAN_S, ENTRY_SIGMA = 15.0, 0.7
PATIENCE_MEDIAN_S, PATIENCE_SIGMA = 45.0, 0.5
OVERLOOKED_SHARE = 0.04
"""So many do not see that the code has come, and ask again."""
RETRY_FIRST, RETRY_LATER = 0.37, 0.08
"""How many ask again after a first and after a later code that did not come."""
MOST_SENDS = 5
WRONG_NUMBER_SHARE = 0.012
NO_RECEIPT_SHARE = 0.008
CODE_LIFE_S = 840.0


class Person(msgspec.Struct):
    """Somebody in front of the form, this time."""

    number: str
    account: str
    address: str
    agent: str
    wrong_number: bool


class Outcome(msgspec.Struct):
    """One code of a session: when it was asked for and what became of it."""

    at: float
    delivered_s: float | None
    failure: str | None
    receipt: bool
    verified_s: float | None = None
    claimed_s: float | None = None
    """When the carrier says that it delivered what it lost."""


class Manners:
    """How the people of one country behave with this tenant, drawn once from the seed."""

    def __init__(self, country: Country, conditions: Conditions, seed: int) -> None:
        self._country = country
        self._conditions = conditions
        random = stream(seed, "manners", country.iso)
        self._conversion = {
            purpose: float(random.beta(COUNTRY_KAPPA * base, COUNTRY_KAPPA * (1 - base)))
            for purpose, base in CONVERSION.items()
        }
        poor_route = country.price_usd > 0.15
        low, high = (0.88, 0.95) if poor_route else (0.95, 0.98)
        self._delivery = {one.name: float(random.uniform(low, high)) for one in country.carriers}

    def session(
        self, start: float, person: Person, carrier: Carrier, purpose: Purpose, random: np.random.RandomState
    ) -> list[Outcome]:
        """Every code that one person asks for in one go, the last one verified if any is."""
        willing = not person.wrong_number and random.uniform() < self._conversion[purpose]
        outcomes: list[Outcome] = []
        at = start
        while len(outcomes) < MOST_SENDS:
            one = self._code(at, person, carrier, random)
            outcomes.append(one)
            patience = PATIENCE_MEDIAN_S * math.exp(PATIENCE_SIGMA * random.normal())
            overlooked = willing and len(outcomes) == 1 and random.uniform() < OVERLOOKED_SHARE
            if one.delivered_s is not None and (one.delivered_s < patience or not willing) and not overlooked:
                if willing:
                    entry_s = ENTRY_MEDIAN_S * math.exp(ENTRY_SIGMA * random.normal())
                    verified_s = one.delivered_s + entry_s
                    one.verified_s = round(verified_s, 3) if verified_s < CODE_LIFE_S else None
                break
            if not overlooked and random.uniform() >= self._persistence(carrier, at, len(outcomes), willing):
                break
            at += max(30.0, patience) + random.exponential(15.0)
        return outcomes

    def _persistence(self, carrier: Carrier, at: float, sends: int, willing: bool) -> float:
        outage = self._conditions.outage(self._country.iso, carrier.name, at)
        if outage is not None:
            return outage.persistence
        return (RETRY_FIRST if sends == 1 else RETRY_LATER) * (1.0 if willing else 0.4)

    def _code(self, at: float, person: Person, carrier: Carrier, random: np.random.RandomState) -> Outcome:
        receipt = random.uniform() >= NO_RECEIPT_SHARE
        delay_s = round(DELIVERY_MEDIAN_S * math.exp(DELIVERY_SIGMA * random.normal()), 3)
        arrives, reason = random.uniform(size=2).tolist()
        outage = self._conditions.outage(self._country.iso, carrier.name, at)
        if outage is not None:
            arrives = 0.0 if arrives < outage.delivered else 1.0
        elif person.wrong_number and reason < 0.6:
            arrives = 1.0
        if arrives < self._delivery[carrier.name]:
            return Outcome(at, delay_s, None, receipt)
        if outage is not None and outage.receipts == "delivered":
            return Outcome(at, None, None, receipt=True, claimed_s=delay_s)
        if outage is not None:
            return Outcome(at, None, "unreachable" if reason < 0.7 else "carrier", receipt)
        if person.wrong_number:
            return Outcome(at, None, "unknown", receipt)
        return Outcome(at, None, "unreachable" if reason < 0.6 else "carrier", receipt)
