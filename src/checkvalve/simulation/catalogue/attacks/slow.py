"""Quiet attacks: days or weeks of little."""

from checkvalve.simulation.catalogue.clients import Clients, everybody, locals_of, proxies
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, Family, member
from checkvalve.simulation.catalogue.targets import Blocks, Carriers, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave
from checkvalve.simulation.catalogue.world import draw_world, victims
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan


def low_and_slow(seed: int, size: str) -> Plan:
    """A quarter of a message to four an hour to each of 5 to 40 ranges, in countries with honest traffic."""
    draw = Draw(seed, "low_and_slow")
    world = draw_world(draw, size, days=draw.whole("days", 21, 35))
    where = victims(draw, world, draw.whole("victim_count", 1, 3), served=True)
    ranges = draw.whole("ranges", 5, 40)
    start = world.at(0.3, 6)
    hours = (world.end - start) / 3_600
    most = 0.25 * world.tenant.sends_per_day * hours / 24
    places = [(one, one.carriers[-1], max(1, ranges // len(where))) for one in where]
    wave = Wave(
        campaign="slow",
        start=start,
        end=world.end,
        sends=min(ranges * hours * draw.log("per_hour", 0.25, 4), most, world.most_fraud),
        targets=Blocks(blocks_of(places, draw.random), skew=0.0),
        clients=Clients(
            "slow", proxies(world, 300, "slow"), everybody(world), locals_of(world, where, 900, "slow")
        ),
        reply=Reply(draw.even("conversion", 0.0, 0.05)),
        form_share=0.7,
    )
    return member("attack", draw, world, ATTACK, [wave])


def block_buyer(seed: int, size: str) -> Plan:
    """Days of day-shaped traffic to whole blocks that were bought, each number used one to five times."""
    draw = Draw(seed, "block_buyer")
    world = draw_world(draw, size, days=draw.whole("days", 9, 16))
    (country,) = victims(draw, world, 1)
    blocks = draw.whole("blocks", 3, 20)
    start = world.at(0.35, 9)
    end = min(world.end, start + DAY_S * draw.even("attack_days", 3, 10))
    sends = min(draw.log("sends", 2_500, 100_000), world.most_fraud)
    places = [(country, carrier, max(1, blocks // len(country.carriers))) for carrier in country.carriers[:3]]
    width = max(20, int(sends / blocks / draw.even("uses", 1.2, 5.0)))
    wave = Wave(
        campaign="bought",
        start=start,
        end=end,
        sends=sends,
        targets=Blocks(blocks_of(places, draw.random), width=min(width, 10_000)),
        clients=Clients(
            "bought", proxies(world, draw.whole("addresses", 2_000, 8_000), "bought"), everybody(world)
        ),
        reply=Reply(draw.even("conversion", 0.0, 0.05)),
        form_share=0.5,
    )
    return member("attack", draw, world, ATTACK, [wave])


def thin_carrier(seed: int, size: str) -> Plan:
    """Random live numbers of one carrier, in a country that is served, by day and from its own networks."""
    draw = Draw(seed, "thin_carrier")
    world = draw_world(draw, size, days=14)
    where = victims(draw, world, 1, served=True)
    carrier = draw.one("carrier", where[0].carriers)
    start = world.at(0.4, 7)
    share = draw.even("of_all", 0.03, 0.12)
    wave = Wave(
        campaign="thin",
        start=start,
        end=world.end,
        sends=share * world.tenant.sends_per_day * (world.end - start) / DAY_S,
        targets=Carriers([(where[0], carrier)], seed, alive=True),
        clients=Clients("thin", [], everybody(world), locals_of(world, where, 2_500, "thin")),
        reply=Reply(draw.even("conversion", 0.0, 0.05), delivered=0.95, receipts=0.99),
        form_share=0.7,
    )
    return member("attack", draw, world, ATTACK, [wave])


def from_the_first_day(seed: int, size: str) -> Plan:
    """It pumped before the logs begin: no honest baseline exists, a tenth of everything is fraud from the start."""
    draw = Draw(seed, "from_the_first_day")
    world = draw_world(draw, size)
    where = victims(draw, world, draw.whole("victim_count", 1, 2))
    share = draw.even("of_all", 0.05, 0.20)
    wave = Wave(
        campaign="always",
        start=world.start,
        end=world.end,
        sends=min(share * world.tenant.sends_per_day * world.days, world.most_fraud),
        targets=Blocks(
            blocks_of([(one, one.carriers[0], draw.whole("blocks", 2, 8)) for one in where], draw.random)
        ),
        clients=Clients("always", proxies(world, 2_000, "always"), everybody(world)),
        reply=Reply(draw.even("conversion", 0.0, 0.05)),
    )
    return member("attack", draw, world, ATTACK, [wave])


FAMILIES = (
    Family(
        "low_and_slow",
        "attack",
        "weeks of a few codes an hour to each of many ranges in countries that are served",
        "Group-IB and Arkose on attacks that no burst gives away",
        low_and_slow,
    ),
    Family(
        "block_buyer",
        "attack",
        "days of day-shaped traffic to bought blocks, each number used a few times",
        "Luma: 13,000 codes into one block of 10,000 numbers",
        block_buyer,
    ),
    Family(
        "thin_carrier",
        "attack",
        "random live numbers of one carrier among its honest users, by day, from local networks",
        "own: denies the block tests their blocks",
        thin_carrier,
    ),
    Family(
        "from_the_first_day",
        "attack",
        "the fraud is older than the logs, so no honest baseline exists",
        "own: denies every comparison with before",
        from_the_first_day,
    ),
)
