"""All honest traffic of a tenant, day by day and in order of time, in little memory."""

import heapq
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from checkvalve.simulation.traffic.agents import agents_of
from checkvalve.simulation.traffic.arrivals import Arrivals
from checkvalve.simulation.traffic.behaviour import WRONG_NUMBER_SHARE, Manners, Outcome, Person, Purpose
from checkvalve.simulation.traffic.conditions import Conditions, Outage
from checkvalve.simulation.traffic.countries import Country
from checkvalve.simulation.traffic.draws import Floats, Ints, digest, stream
from checkvalve.simulation.traffic.events import Complaint, Event, Message
from checkvalve.simulation.traffic.networks import addresses_of
from checkvalve.simulation.traffic.numbers import numbers_of
from checkvalve.simulation.traffic.site import Site
from checkvalve.simulation.traffic.tenant import Tenant

SENDS_PER_SESSION = 1.07
USERS_PER_DAILY_SEND = 40
RESET_SHARE = 0.08
COMPLAINT_SHARE = 0.01
AHEAD_S = 120.0
"""No request of a session comes earlier than this before its first code."""
_TEXTS = {
    "not_received": (
        "I never got the code",
        "no sms arrives, tried three times",
        "Code does not come, please help",
        "waiting for the text since 20 minutes",
        "cannot log in because the SMS is missing",
    ),
    "unsolicited": ("I get codes that I did not ask for", "Who is logging in with my number?"),
    "other": ("please change my number", "the code says it is expired"),
}


class Rhythm(Protocol):
    """When people of a country come."""

    def of_day(self, day: int, per_day: float, factors: Floats) -> Floats:
        """Sorted times of one day, of which there are about ``per_day``."""

    def slots_of_day(self, day: int) -> Floats:
        """The middles of one day's slots, for which ``factors`` are given."""


def account_of(seed: int, iso: str, person: int) -> str:
    """The account's own identifier, a UUID."""
    text = digest(16, seed, "account", iso, person).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _first(session: tuple[float, list[Event]]) -> float:
    return session[0]


class _Province:
    """One country's people and rhythm with this tenant."""

    def __init__(self, country: Country, honest: "Honest", share: float) -> None:
        tenant, seed = honest.tenant, honest.seed
        self.country = country
        self.random = stream(seed, "sessions", country.iso)
        self.per_day = tenant.sends_per_day / SENDS_PER_SESSION * share
        self.arrivals = honest.rhythm(country)
        self.manners = Manners(country, honest.conditions, seed)
        self.users = max(20, int(tenant.sends_per_day * share * USERS_PER_DAILY_SEND))

    def people(self, count: int, returning: float, newcomers: Floats, resets: Floats) -> tuple[Ints, list[Purpose]]:
        """Who comes and what for: known users log in or reset, the next free people sign up."""
        purposes: list[Purpose] = []
        people = (self.users * self.random.uniform(size=count)).astype(np.int64)
        units = self.random.uniform(size=count)
        fresh = self.random.uniform(size=count) < newcomers
        forced = self.random.uniform(size=count) < resets if resets.any() else np.zeros(count, np.bool_)
        for row, (unit, new) in enumerate(zip(units.tolist(), fresh.tolist(), strict=True)):
            if forced[row]:
                purposes.append("reset")
            elif new or unit >= returning + RESET_SHARE:
                people[row] = self.users
                self.users += 1
                purposes.append("signup")
            else:
                purposes.append("login" if unit < returning else "reset")
        return people, purposes


class Honest:
    """The honest traffic from ``start`` (epoch seconds, midnight UTC) for so many days."""

    def __init__(
        self,
        tenant: Tenant,
        start: float,
        days: int,
        seed: int,
        conditions: Conditions | None = None,
        background: bool = True,
        rhythm: Callable[[Country], Rhythm] | None = None,
    ) -> None:
        self._background = background
        self.rhythm = rhythm or (lambda country: Arrivals(country, start, days, tenant.weekend, seed))
        self.tenant, self.start, self.days, self.seed = tenant, start, days, seed
        self.conditions = conditions or Conditions()
        self.prices = tenant.prices(seed)
        shares = tenant.shares().tolist()
        self._provinces = [
            _Province(country, self, share) for country, share in zip(tenant.countries, shares, strict=True)
        ]
        self._site = Site(tenant, seed)

    def events(self) -> Iterator[Event]:
        """Everything that happens, sorted by time, in the memory that a day of visits and two days' arrivals need."""
        held: list[tuple[float, int, Event]] = []
        count = 0
        for day in range(self.days):
            visits = self._site.day(self.start + day * 86_400, self._visit_factors(day), self._background)
            parts = [self._sessions(province, day) for province in self._provinces]
            visited = sorted(visits, key=lambda event: event.at)
            for begin, events in heapq.merge(*parts, ((event.at, [event]) for event in visited), key=_first):
                for event in events:
                    heapq.heappush(held, (event.at, count, event))
                    count += 1
                while held[0][0] < begin - AHEAD_S:
                    yield heapq.heappop(held)[2]
        midnight = self.start + self.days * 86_400
        while held and held[0][0] < midnight:
            yield heapq.heappop(held)[2]

    def _visit_factors(self, day: int) -> dict[str, Floats]:
        """How a push lifts plain visits too: by half as much as it lifts codes."""
        slots = self._provinces[0].arrivals.slots_of_day(day)
        return {
            one.country.iso: 0.5 + 0.5 * self.conditions.factor(one.country.iso, slots) for one in self._provinces
        }

    def _sessions(self, province: _Province, day: int) -> Iterator[tuple[float, list[Event]]]:
        """Each session of the day: when its first code is asked for, and all that belongs to it."""
        country, random = province.country, province.random
        factors = self.conditions.factor(country.iso, province.arrivals.slots_of_day(day))
        times = province.arrivals.of_day(day, province.per_day, factors)
        newcomers = np.array([self.conditions.newcomers(country.iso, at) for at in times.tolist()])
        resets = np.array([self.conditions.resets(country.iso, at) for at in times.tolist()])
        people, purposes = province.people(len(times), self.tenant.returning_share, newcomers, resets)
        numbers, carriers = numbers_of(country, people, self.seed)
        addresses = addresses_of(country, people, carriers, random)
        agents = agents_of(people, self.tenant.app, self.tenant.app_share, self.seed)
        wrong = (random.uniform(size=len(times)) < WRONG_NUMBER_SHARE).tolist()
        for row, at in enumerate(times.tolist()):
            account = account_of(self.seed, country.iso, int(people[row]))
            person = Person(numbers[row], account, addresses[row], agents[row], wrong[row])
            carrier = country.carriers[int(carriers[row])]
            outcomes = province.manners.session(at, person, carrier, purposes[row], random)
            session = f"{country.iso}.{day}.{row}"
            messages = [
                self._message(
                    f"{session}.{turn}", session, province, int(carriers[row]), person, purposes[row], one
                )
                for turn, one in enumerate(outcomes)
            ]
            around = [*self._site.session(messages, random), *self._complaints(province, messages)]
            yield at, [*messages, *around]

    def _message(
        self,
        key: str,
        session: str,
        province: _Province,
        carrier: int,
        person: Person,
        purpose: Purpose,
        outcome: Outcome,
    ) -> Message:
        country = province.country
        return Message(
            at=outcome.at,
            key=key,
            session=session,
            number=person.number,
            country=country,
            carrier=country.carriers[carrier],
            price_usd=self.prices[country.iso, country.carriers[carrier].name],
            purpose=purpose,
            account=person.account,
            address=person.address,
            agent=person.agent,
            delivered_s=outcome.claimed_s if outcome.delivered_s is None else outcome.delivered_s,
            failure=outcome.failure,
            receipt=outcome.receipt,
            verified_s=outcome.verified_s,
            resend=not key.endswith(".0"),
        )

    def _complaints(self, province: _Province, messages: list[Message]) -> Iterator[Complaint]:
        first, last = messages[0], messages[-1]
        if last.verified_s is not None:
            return
        outage: Outage | None = self.conditions.outage(first.country.iso, first.carrier.name, first.at)
        share = outage.complaints if outage else COMPLAINT_SHARE
        unit, kind_unit, text_unit = province.random.uniform(size=3).tolist()
        if unit >= share:
            return
        unlucky = last.delivered_s is None or (outage is not None and outage.receipts == "delivered")
        kind = "not_received" if unlucky or kind_unit < 0.5 else "unsolicited" if kind_unit < 0.75 else "other"
        texts = _TEXTS[kind]
        at = last.at + 300 + province.random.exponential(5_400)
        yield Complaint(at, kind, first.number, first.country, texts[int(text_unit * len(texts))])
