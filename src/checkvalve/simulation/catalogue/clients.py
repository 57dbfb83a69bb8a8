"""Where a campaign's requests come from: addresses, agents, accounts, domains of mail."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from checkvalve.simulation.catalogue.targets import Target
from checkvalve.simulation.catalogue.world import World
from checkvalve.simulation.traffic.agents import BROWSERS, SCANNERS, app_agents
from checkvalve.simulation.traffic.countries import COUNTRIES, Country
from checkvalve.simulation.traffic.draws import choose, digest, stream
from checkvalve.simulation.traffic.networks import hosting_addresses
from checkvalve.simulation.traffic.pumping import residential

EXITS = {"BR": 0.24, "IN": 0.22, "MX": 0.14, "ID": 0.12, "ZA": 0.10, "TR": 0.10, "PH": 0.08}
"""In which countries the homes stand that a proxy seller rents out."""
DISPOSABLE = ("trash.example", "tempbox.example", "burner.example", "tenminute.example")


class Client(NamedTuple):
    """Who sends one request."""

    address: str
    agent: str
    account: str
    mail: str | None


class Clients:
    """A pool of addresses and agents, and the accounts that are used.

    ``homes`` are addresses by the number's country, taken where there are any. An account asks ``per_account`` times,
    or, ``by_number``, belongs to one number for good.
    """

    def __init__(
        self,
        name: str,
        addresses: Sequence[str],
        agents: Sequence[str],
        homes: dict[str, list[str]] | None = None,
        mails: Sequence[str] = (),
        mail_share: float = 1.0,
        per_account: int = 1,
        by_number: bool = False,
    ) -> None:
        self._name = name
        self._addresses, self._agents = list(addresses), list(agents)
        self._homes = homes or {}
        self._mails, self._mail_share = list(mails), mail_share
        self._per_account = per_account
        self._by_number = by_number
        self._count = 0

    def pick(self, targets: Sequence[Target], random: np.random.RandomState) -> list[Client]:
        """A client for each of the next messages."""
        units = random.uniform(size=(len(targets), 3)).tolist()
        found = []
        for target, (place, agent, mail) in zip(targets, units, strict=True):
            pool = self._homes.get(target.country.iso) or self._addresses
            domain = self._mails[int(len(self._mails) * place)] if mail < self._mail_share and self._mails else None
            owner = target.number if self._by_number else self._count // self._per_account
            account = digest(16, "account", self._name, owner).hex()
            self._count += 1
            found.append(
                Client(
                    pool[int(len(pool) * place)],
                    self._agents[int(len(self._agents) * agent)],
                    f"{account[:8]}-{account[8:12]}-4{account[13:16]}-a{account[17:20]}-{account[20:]}",
                    domain,
                )
            )
        return found


def browsers(world: World, kinds: int) -> list[str]:
    """A few browsers as everybody has them."""
    random = stream(world.seed, "attack browsers", kinds)
    shares = np.array([share for _, share in BROWSERS])
    return [BROWSERS[place][0] for place in choose(random, shares, kinds).tolist()]


def everybody(world: World) -> list[str]:
    """All browsers and the business's own app, each as often as honest people use it."""
    share = world.tenant.app_share
    weighted = [(agent, part * (1 - share)) for agent, part in BROWSERS]
    weighted += [(agent, part * share) for agent, part in app_agents(world.tenant.app)]
    return [agent for agent, part in weighted for _ in range(max(1, round(200 * part)))]


def one_device(world: World) -> list[str]:
    """The business's app on one old telephone."""
    return [app_agents(world.tenant.app)[-1][0]]


def script() -> list[str]:
    """A program that says what it is."""
    return [SCANNERS[0]]


def few(world: World, count: int, name: str) -> list[str]:
    """A few rented servers."""
    return hosting_addresses(count, stream(world.seed, name, "hosting"))


def proxies(world: World, count: int, name: str) -> list[str]:
    """Homes all over the world."""
    return residential({COUNTRIES[iso]: share for iso, share in EXITS.items()}, count, world.seed, name)


def locals_of(world: World, where: Sequence[Country], count: int, name: str) -> dict[str, list[str]]:
    """Homes and handsets in the numbers' own countries."""
    each = max(1, count // len(where))
    return {one.iso: residential({one: 1.0}, each, world.seed, f"{name} {one.iso}") for one in where}
