"""What a pumping campaign's traffic consists of, whatever its shape: codes to chosen blocks, and their requests."""

from collections.abc import Sequence

import msgspec
import numpy as np

from checkvalve.simulation.traffic.countries import Carrier, Country
from checkvalve.simulation.traffic.draws import Floats, Ints, digest, share_index, stream
from checkvalve.simulation.traffic.events import Check, Event, Hit, Message
from checkvalve.simulation.traffic.networks import addresses_of
from checkvalve.simulation.traffic.numbers import random_blocks
from checkvalve.simulation.traffic.site import send_hit
from checkvalve.simulation.traffic.tenant import Tenant

PUPPETS = 1 << 40
"""The machines behind an attack have numbers from here on, and share no household with the tenant's users."""


class Block(msgspec.Struct, frozen=True):
    """Ten thousand neighbouring numbers that the attacker earns with: ``prefix`` and four more digits."""

    country: Country
    carrier: Carrier
    prefix: str


class Pump(msgspec.Struct):
    """One campaign. Each list has one entry a message; ``targets`` are places in ``blocks``."""

    campaign: str
    times: Floats
    blocks: list[Block]
    targets: Ints
    addresses: list[str]
    agents: list[str]
    conversion: float
    delivered: float
    pool: int = 10_000
    """So many numbers of each block are used."""
    receipts: float = 0.97
    part: str = "main"
    """Tells the parts of one campaign apart, so that their messages do not share identifiers."""
    form_share: float = 0.0
    """How many load the form first, to look like people."""


def pick_blocks(places: Sequence[tuple[Country, Carrier, int]], seed: int, campaign: str) -> list[Block]:
    """So many random blocks of each carrier."""
    random = stream(seed, campaign, "blocks")
    return [
        Block(country, carrier, prefix)
        for country, carrier, count in places
        for prefix in random_blocks(country, carrier, count, random)
    ]


def residential(shares: dict[Country, float], count: int, seed: int, campaign: str) -> list[str]:
    """A pool of so many addresses of homes and handsets in these countries, as a proxy seller offers it."""
    random = stream(seed, campaign, "pool")
    countries = list(shares)
    where = share_index(random.uniform(size=count), np.array([shares[country] for country in countries]))
    pool: dict[str, None] = {}
    for index, country in enumerate(countries):
        people = PUPPETS + random.randint(0, 1 << 31, int((where == index).sum())).astype(np.int64)
        carriers = random.randint(0, len(country.carriers), len(people)).astype(np.int64)
        pool.update(dict.fromkeys(addresses_of(country, people, carriers, random, mobile_share=0.3)))
    return list(pool)


def spread_over(pool: Sequence[str], count: int, random: np.random.RandomState, skew: float = 1.0) -> list[str]:
    """One address of the pool for each of so many messages; the larger the skew, the more the first are used."""
    return [pool[int(len(pool) * unit)] for unit in (random.uniform(size=count) ** skew).tolist()]


def pump_events(pump: Pump, tenant: Tenant, seed: int) -> list[Event]:
    """The campaign's messages, their requests and the few codes that somebody enters, sorted by time."""
    random = stream(seed, pump.campaign, pump.part, "events")
    prices = tenant.prices(seed)
    lines = random.randint(0, pump.pool, len(pump.times))
    stride = 10_000 // pump.pool
    delivered = random.uniform(size=len(pump.times)) < pump.delivered
    verified = random.uniform(size=len(pump.times)) < pump.conversion
    events: list[Event] = []
    for row, at in enumerate(pump.times.tolist()):
        block = pump.blocks[int(pump.targets[row])]
        arrived = bool(delivered[row])
        message = Message(
            at=at,
            key=f"{pump.campaign}.{pump.part}.{row}",
            session=f"{pump.campaign}.{pump.part}.{row}",
            number=f"{block.prefix}{int(lines[row]) * stride:04d}",
            country=block.country,
            carrier=block.carrier,
            price_usd=prices[block.country.iso, block.carrier.name],
            purpose="signup",
            account=_account(seed, pump, row),
            address=pump.addresses[row],
            agent=pump.agents[row],
            delivered_s=round(1.5 + float(random.exponential(3.0)), 3) if arrived else None,
            failure=None if arrived else ("unknown", "unreachable")[int(random.randint(2))],
            receipt=bool(random.uniform() < pump.receipts),
            campaign=pump.campaign,
        )
        events += [message, send_hit(message, tenant.paths.send, random)]
        if random.uniform() < pump.form_share:
            events.append(_form(message, tenant, 4 + 30 * float(random.uniform())))
        if arrived and verified[row]:
            message.verified_s = round(message.delivered_s or 0.0, 3) + round(
                6.0 + float(random.exponential(9.0)), 3
            )
            events += _answer(message, tenant)
    events.sort(key=lambda event: event.at)
    return events


def _account(seed: int, pump: Pump, row: int) -> str:
    text = digest(16, seed, "account", pump.campaign, pump.part, row).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _form(message: Message, tenant: Tenant, before_s: float) -> Hit:
    return Hit(
        message.at - before_s,
        message.address,
        message.agent,
        "GET",
        tenant.paths.form,
        200,
        6_841,
        0.05,
        protocol="HTTP/2.0",
        campaign=message.campaign,
    )


def _answer(message: Message, tenant: Tenant) -> list[Event]:
    at = message.at + (message.verified_s or 0.0)
    check = Check(
        at, message.session, message.account, message.address, message.agent, right=True, purpose="signup"
    )
    hit = Hit(
        at,
        message.address,
        message.agent,
        "POST",
        tenant.paths.check,
        200,
        188,
        0.04,
        protocol="HTTP/2.0",
        campaign=message.campaign,
    )
    return [check, hit]
