"""Honest messages without a code: invitations and alerts that users send from another form."""

from collections.abc import Iterator

import numpy as np

from checkvalve.simulation.catalogue.world import World
from checkvalve.simulation.traffic.agents import agents_of
from checkvalve.simulation.traffic.arrivals import Arrivals
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.traffic.honest import USERS_PER_DAILY_SEND, account_of
from checkvalve.simulation.traffic.networks import addresses_of
from checkvalve.simulation.traffic.numbers import numbers_of
from checkvalve.simulation.traffic.site import send_hit

SHARE = 0.06
"""For each message with a code there are so many without."""
RECEIVERS = 1 << 35
"""Those who are invited have numbers from here on, and are nobody's users yet."""


def notices(world: World) -> Iterator[Event]:
    """All of them, sorted by time. A business that only verifies sends none."""
    if world.stack == "verify":
        return
    parts = [_Province(world, place) for place in range(len(world.tenant.countries))]
    for day in range(world.days):
        found = [event for part in parts for event in part.day(day)]
        found.sort(key=lambda event: event.at)
        yield from found


class _Province:
    def __init__(self, world: World, place: int) -> None:
        self._world = world
        self._country = world.tenant.countries[place]
        self._random = stream(world.seed, "notices", self._country.iso)
        self._per_day = world.tenant.sends_per_day * float(world.tenant.shares()[place]) * SHARE
        self._arrivals = Arrivals(self._country, world.start, world.days, 1.0, world.seed + 1)
        self._prices = world.tenant.prices(world.seed)

    def day(self, day: int) -> Iterator[Event]:
        """One day's messages and their requests."""
        world, country, random = self._world, self._country, self._random
        times = self._arrivals.of_day(day, self._per_day, np.ones(96))
        users = max(20, int(self._per_day / SHARE * USERS_PER_DAILY_SEND))
        senders = random.randint(0, users, len(times)).astype(np.int64)
        known = random.uniform(size=len(times)) < 0.5
        receivers = np.where(known, senders, RECEIVERS + random.randint(0, 1 << 30, len(times)))
        numbers, carriers = numbers_of(country, receivers.astype(np.int64), world.seed)
        addresses = addresses_of(country, senders, carriers, random)
        agents = agents_of(senders, world.tenant.app, world.tenant.app_share, world.seed)
        for row, at in enumerate(times.tolist()):
            carrier = country.carriers[int(carriers[row])]
            arrived = random.uniform() < 0.96
            message = Message(
                at=at,
                key=f"notice.{country.iso}.{day}.{row}",
                session=f"notice.{country.iso}.{day}.{row}",
                number=numbers[row],
                country=country,
                carrier=carrier,
                price_usd=self._prices[country.iso, carrier.name],
                purpose="notify",
                account=account_of(world.seed, country.iso, int(senders[row])),
                address=addresses[row],
                agent=agents[row],
                delivered_s=round(2.0 + float(random.exponential(4.0)), 3) if arrived else None,
                failure=None if arrived else "unreachable",
                receipt=bool(random.uniform() < 0.99),
            )
            yield message
            yield send_hit(message, world.invites, random)
