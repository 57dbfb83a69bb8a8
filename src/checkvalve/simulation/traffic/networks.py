"""From which addresses a country's people come: shared ones of mobile networks, households', version 6, tunnels."""

from functools import lru_cache

import numpy as np

from checkvalve.simulation.traffic.countries import COUNTRIES, Country
from checkvalve.simulation.traffic.draws import Ints, digest, stream, traits

MOBILE_SHARE = 0.62
MOBILE_V6_SHARE = 0.35
HOME_V6_SHARE = 0.30
TUNNEL_SHARE = 0.015
FIXED_PROVIDERS = 2
FIXED_NETWORKS = 4
_UNUSABLE = {0, 10, 100, 127, 169, 172, 192, 198, 203}


@lru_cache(maxsize=1)
def _allocation() -> dict[str, int]:
    """The /16 network (as its first two octets) of every provider; no two share one."""
    free = [high * 256 + low for high in range(1, 224) if high not in _UNUSABLE for low in range(256)]
    order = stream("allocation").permutation(len(free))
    owners = [f"{iso}/{carrier.name}" for iso, country in COUNTRIES.items() for carrier in country.carriers]
    owners += [f"{iso}/fixed{n}" for iso in COUNTRIES for n in range(FIXED_PROVIDERS * FIXED_NETWORKS)]
    owners += [f"hosting{n}" for n in range(12)]
    return {owner: free[place] for owner, place in zip(owners, order.tolist(), strict=False)}


def _v4(owner: str, host: int) -> str:
    network = _allocation()[owner]
    return f"{network >> 8}.{network & 255}.{(host >> 8) & 255}.{host & 255}"


def _v6(owner: str, subscriber: int, interface: int) -> str:
    network = _allocation()[owner]
    site, subnet = (subscriber >> 16) & 0xFFFF, subscriber & 0xFFFF
    words = [0x2A00 | (network >> 12), network & 0xFFFF, site, subnet]
    words += [(interface >> shift) & 0xFFFF or 1 for shift in (48, 32, 16, 0)]
    return ":".join(f"{word:x}" for word in words)


@lru_cache(maxsize=1024)
def _shared_pool(iso: str, carrier: str) -> list[str]:
    """The addresses behind which a mobile network hides its subscribers, the busiest first."""
    random = stream("pool", iso, carrier)
    hosts = random.choice(1_020, random.randint(50, 301), replace=False) + 256 * random.randint(0, 250)
    return [_v4(f"{iso}/{carrier}", int(host)) for host in hosts]


def hosting_addresses(count: int, random: np.random.RandomState) -> list[str]:
    """Addresses of data centres and tunnels."""
    owners, hosts = random.randint(0, 12, count), random.randint(0, 1 << 16, count)
    return [_v4(f"hosting{owner}", int(host)) for owner, host in zip(owners, hosts, strict=True)]


@lru_cache(maxsize=1)
def _tunnels() -> list[str]:
    return hosting_addresses(400, stream("tunnels"))


def _mobile(country: Country, carrier: int, person: int, unit: float, six: bool) -> str:
    name = country.carriers[carrier].name
    if six:
        own = int.from_bytes(digest(12, country.iso, person, int(unit * 64)), "big")
        return _v6(f"{country.iso}/{name}", own & 0xFFFFFFFF, own >> 32)
    pool = _shared_pool(country.iso, name)
    return pool[int(len(pool) * unit**1.6)]


def _home(country: Country, person: int, six: bool) -> str:
    own = int.from_bytes(digest(12, country.iso, "home", person), "big")
    owner = f"{country.iso}/fixed{own % (FIXED_PROVIDERS * FIXED_NETWORKS)}"
    return _v6(owner, own & 0xFFFFFFFF, own >> 32) if six else _v4(owner, (own >> 8) & 0xFFFF)


def addresses_of(
    country: Country,
    people: Ints,
    carriers: Ints,
    random: np.random.RandomState,
    mobile_share: float = MOBILE_SHARE,
) -> list[str]:
    """The address that each person uses this time: a household's stays for weeks, a mobile network's changes."""
    on_mobile = random.uniform(size=len(people)) < mobile_share
    tunnelled = random.uniform(size=len(people)) < TUNNEL_SHARE
    places = random.uniform(size=len(people)).tolist()
    kind = traits(people, country.iso, "version")
    rows = zip(people.tolist(), carriers.tolist(), places, on_mobile.tolist(), kind.tolist(), strict=True)
    addresses = [
        _mobile(country, carrier, person, place, trait < MOBILE_V6_SHARE)
        if mobile
        else _home(country, person, trait < HOME_V6_SHARE)
        for person, carrier, place, mobile, trait in rows
    ]
    for row in np.flatnonzero(tunnelled).tolist():
        addresses[row] = _tunnels()[int(places[row] * 400)]
    return addresses
