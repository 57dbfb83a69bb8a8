"""Honest people who come from outside a tenant's usual traffic: a country that opens, a group that enrols."""

from collections.abc import Iterator

import msgspec
import numpy as np

from checkvalve.simulation.catalogue.world import World
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.traffic.agents import agents_of
from checkvalve.simulation.traffic.conditions import Conditions
from checkvalve.simulation.traffic.countries import Country
from checkvalve.simulation.traffic.draws import Floats, traits
from checkvalve.simulation.traffic.events import Check, Event, Hit, Message
from checkvalve.simulation.traffic.honest import Honest, account_of
from checkvalve.simulation.traffic.networks import hosting_addresses
from checkvalve.simulation.traffic.numbers import live_blocks
from checkvalve.simulation.traffic.site import send_hit

ENROLLED = 1 << 36
"""Those who enrol in a group have numbers from here on."""


class _Growing(Conditions, frozen=True):
    """Twice as many after each so many days."""

    begin: float = 0.0
    doubling_days: float | None = None

    def factor(self, iso: str, times: Floats) -> Floats:
        """By how much arrivals are multiplied."""
        base = np.where(times >= self.begin, 1.0, 0.0) * super().factor(iso, times)
        if self.doubling_days is None:
            return np.asarray(base * np.clip((times - self.begin) / (1.5 * DAY_S), 0.1, 1.0), dtype=np.float64)
        return np.asarray(base * 2 ** ((times - self.begin) / DAY_S / self.doubling_days), dtype=np.float64)

    def newcomers(self, iso: str, at: float) -> float:
        """Nearly all are new at first."""
        del iso
        return 0.9 if at < self.begin + 5 * DAY_S else 0.5


class NewCountry:
    """A country in which the business opens at ``begin`` with a share ``part`` of its usual traffic."""

    def __init__(
        self, world: World, country: Country, begin: float, part: float, doubling_days: float | None = None
    ) -> None:
        tenant = msgspec.structs.replace(
            world.tenant,
            countries=(country,),
            sends_per_day=world.tenant.sends_per_day * part,
            returning_share=0.2,
        )
        conditions = _Growing(begin=begin, doubling_days=doubling_days)
        self._honest = Honest(tenant, world.start, world.days, world.seed + 77, conditions, background=False)
        self._begin = begin

    def events(self) -> Iterator[Event]:
        """All its traffic, sorted by time."""
        return (event for event in self._honest.events() if event.at >= self._begin)


class Tellers:
    """A group that enrols in an hour: one contract's numbers, or one building's address, or both."""

    def __init__(
        self,
        world: World,
        country: Country,
        start: float,
        end: float,
        people: int,
        neighbours: bool,
        one_address: bool,
        random: np.random.RandomState,
        conversion: float = 0.9,
        address: str | None = None,
    ) -> None:
        self._world, self._country = world, country
        self._start, self._end = start, end
        self._people = people
        self._neighbours, self._one_address = neighbours, one_address
        self._random = random
        self._conversion = conversion
        self._address = address

    def events(self) -> Iterator[Event]:
        """Their messages, requests and answers, sorted by time."""
        found: list[Event] = []
        random, country = self._random, self._country
        carrier = country.carriers[random.randint(len(country.carriers))]
        blocks, _ = live_blocks(country, carrier, self._world.seed)
        block, first = blocks[random.randint(len(blocks))], int(random.randint(0, 9_000))
        ids = ENROLLED + np.arange(self._people, dtype=np.int64)
        places = traits(ids, self._world.seed, "enrolled")
        agents = agents_of(ids, self._world.tenant.app, self._world.tenant.app_share, self._world.seed)
        address = self._address or hosting_addresses(1, random)[0]
        price = self._world.tenant.prices(self._world.seed)[country.iso, carrier.name]
        times = np.sort(random.uniform(self._start, self._end, self._people)).tolist()
        for row, at in enumerate(times):
            line = first + row * 2 % 900 if self._neighbours else int(places[row] * 10_000)
            home = block if self._neighbours else blocks[int(places[row] * 7_919) % len(blocks)]
            away = address if self._one_address else f"{address.rsplit('.', 1)[0]}.{1 + int(places[row] * 250)}"
            delivered_s = round(2.0 + float(random.exponential(3.0)), 3)
            message = Message(
                at=round(at, 3),
                key=f"group.{country.iso}.{row}",
                session=f"group.{country.iso}.{row}",
                number=f"{home}{line:04d}",
                country=country,
                carrier=carrier,
                price_usd=price,
                purpose="signup",
                account=account_of(self._world.seed, country.iso, int(ids[row])),
                address=away,
                agent=agents[row],
                delivered_s=delivered_s,
            )
            if random.uniform() < self._conversion:
                message.verified_s = round(delivered_s + 14.0 * float(np.exp(0.6 * random.normal())), 3)
            found += [message, send_hit(message, self._world.tenant.paths.send, random), *self._answer(message)]
        found.sort(key=lambda event: event.at)
        yield from found

    def _answer(self, message: Message) -> list[Event]:
        if message.verified_s is None:
            return []
        at, paths = message.at + message.verified_s, self._world.tenant.paths
        who = (message.address, message.agent)
        return [
            Check(at, message.session, message.account, *who, right=True, purpose="signup"),
            Hit(at, *who, "POST", paths.check, 200, 188, 0.04, protocol="HTTP/2.0"),
            Hit(at + 2, *who, "GET", "/account", 200, 2_811, 0.05, protocol="HTTP/2.0"),
        ]
