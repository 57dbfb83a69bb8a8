"""Attacks whose codes are entered, so that conversion looks as good as ever or better."""

from checkvalve.simulation.catalogue.clients import Clients, everybody, few, locals_of, one_device, proxies
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, Family, member
from checkvalve.simulation.catalogue.targets import Blocks, Carriers, Rounds, blocks_of
from checkvalve.simulation.catalogue.waves import MACHINES, Reply, Wave
from checkvalve.simulation.catalogue.world import draw_world, victims
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan


def fake_conversion(seed: int, size: str) -> Plan:
    """Emulators enter 70 to 97 per cent of the codes, on the clock or at random, and do nothing afterwards."""
    draw = Draw(seed, "fake_conversion")
    world = draw_world(draw, size, days=12)
    (country,) = victims(draw, world, 1)
    start = world.at(0.4, 5)
    places = [(country, carrier, draw.whole("blocks", 1, 5)) for carrier in country.carriers[:2]]
    entry = draw.one("entry", MACHINES)
    conversion = draw.even("conversion", 0.70, 0.97)
    wave = Wave(
        campaign="entered",
        start=start,
        end=min(world.end, start + DAY_S * draw.log("attack_days", 2, 10)),
        sends=min(draw.log("sends", 2_000, 60_000), world.most_fraud),
        targets=Blocks(blocks_of(places, draw.random), order=draw.one("order", ("random", "up"))),
        clients=Clients("entered", proxies(world, 2_000, "entered"), one_device(world)),
        reply=Reply(conversion, entry, delivered=0.99, receipts=1.0, life=draw.even("life", 0.0, 0.02)),
        form_share=0.9,
    )
    return member("attack", draw, world, ATTACK, [wave])


def blended_conversion(seed: int, size: str) -> Plan:
    """As many codes are entered as honest people enter, after as long, over whole carriers of countries served."""
    draw = Draw(seed, "blended_conversion")
    world = draw_world(draw, size, days=14)
    where = victims(draw, world, draw.whole("victim_count", 1, 2), served=True)
    start = world.at(0.4, 7)
    share = draw.even("of_all", 0.05, 0.15)
    wave = Wave(
        campaign="blended",
        start=start,
        end=world.end,
        sends=min(share * world.tenant.sends_per_day * (world.end - start) / DAY_S, world.most_fraud),
        targets=Carriers([(one, carrier) for one in where for carrier in one.carriers], seed, alive=True),
        clients=Clients("blended", [], everybody(world), locals_of(world, where, 3_000, "blended")),
        reply=Reply(draw.even("conversion", 0.68, 0.80), "mimic", delivered=0.96, receipts=0.99, life=0.5),
        form_share=0.7,
        solves=0.9,
    )
    return member("attack", draw, world, ATTACK, [wave])


def half_entered(seed: int, size: str) -> Plan:
    """Of each block just so many codes are entered that it stays above usual alarms: 40 to 55 per cent."""
    draw = Draw(seed, "half_entered")
    world = draw_world(draw, size, days=12)
    where = victims(draw, world, draw.whole("victim_count", 1, 3))
    start = world.at(0.4, 5)
    wave = Wave(
        campaign="half",
        start=start,
        end=min(world.end, start + DAY_S * draw.even("attack_days", 2, 7)),
        sends=min(draw.log("sends", 1_500, 30_000), world.most_fraud),
        targets=Blocks(
            blocks_of([(one, one.carriers[0], draw.whole("blocks", 2, 8)) for one in where], draw.random)
        ),
        clients=Clients("half", proxies(world, 2_500, "half"), everybody(world)),
        reply=Reply(draw.even("conversion", 0.40, 0.55), "mimic", delivered=0.97, receipts=0.99, life=0.2),
        form_share=0.6,
    )
    return member("attack", draw, world, ATTACK, [wave])


def aged_numbers(seed: int, size: str) -> Plan:
    """Numbers that signed up long ago like anybody, and log in with their codes several times a day ever since."""
    draw = Draw(seed, "aged_numbers")
    world = draw_world(draw, size, days=21)
    where = victims(draw, world, draw.whole("victim_count", 1, 2), served=True)
    carriers = [(one, carrier) for one in where for carrier in one.carriers]
    daily = draw.even("of_all", 0.10, 0.30) * world.tenant.sends_per_day
    uses = draw.even("uses_a_day", 2.0, 6.0)
    numbers = Carriers(carriers, seed, alive=True).pick(max(10, int(daily / uses)), draw.random)
    clients = Clients("aged", [], everybody(world), locals_of(world, where, 2_000, "aged"), by_number=True)
    reply = Reply(draw.even("conversion", 0.85, 0.95), "mimic", delivered=0.97, receipts=0.99, life=0.4)
    grown = world.at(0.45, 6)
    ageing = Wave(
        campaign="aged",
        part="ageing",
        start=world.start,
        end=grown,
        sends=1.2 * len(numbers),
        targets=Rounds(numbers),
        clients=clients,
        reply=reply,
        form_share=0.7,
        solves=0.9,
    )
    harvest = Wave(
        campaign="aged",
        start=grown,
        end=world.end,
        sends=min(daily * (world.end - grown) / DAY_S, world.most_fraud),
        targets=Rounds(numbers),
        clients=clients,
        reply=reply,
        purpose="login",
        form_share=0.7,
        solves=0.9,
    )
    return member("attack", draw, world, ATTACK, [ageing, harvest])


def fleet_by_fleet(seed: int, size: str) -> Plan:
    """Groups of neighbouring numbers, each behind its own address, nearly all codes entered."""
    draw = Draw(seed, "fleet_by_fleet")
    world = draw_world(draw, size)
    where = victims(draw, world, draw.whole("victim_count", 1, 3))
    waves, at = [], world.at(0.35, 8)
    for fleet in range(draw.whole("fleets", 5, 15)):
        country = where[fleet % len(where)]
        blocks = blocks_of([(country, country.carriers[fleet % len(country.carriers)], 1)], draw.random)
        sends = float(draw.random.uniform(60, 300))
        waves.append(
            Wave(
                campaign="fleets",
                part=f"fleet {fleet}",
                start=at,
                end=at + 3_600 * float(draw.random.uniform(0.5, 3)),
                sends=min(sends, world.most_fraud / 10),
                targets=Blocks(blocks, width=600, order="up"),
                clients=Clients(f"fleet {fleet}", few(world, 1, f"fleet {fleet}"), everybody(world)),
                reply=Reply(draw.even("conversion", 0.8, 0.95), "person", delivered=0.98, receipts=1.0, life=0.1),
                form_share=0.7,
            )
        )
        at += DAY_S * float(draw.random.uniform(0.2, 1.2))
    return member("attack", draw, world, ATTACK, [wave for wave in waves if wave.end < world.end])


FAMILIES = (
    Family(
        "aged_numbers",
        "attack",
        "numbers that signed up weeks before and converted log in several times a day, and convert",
        "own: what is tested is new numbers; these are old customers",
        aged_numbers,
    ),
    Family(
        "fleet_by_fleet",
        "attack",
        "one group of neighbouring numbers after another, each like a firm that enrols",
        "own: uses the explanation that is expected",
        fleet_by_fleet,
    ),
    Family(
        "fake_conversion",
        "attack",
        "emulators enter nearly every code, too well and too regularly, and never come back",
        "VOX Solutions and InMobile on emulated users and faked receipts",
        fake_conversion,
    ),
    Family(
        "blended_conversion",
        "attack",
        "as many codes entered as by customers, whole carriers, local networks: growth that is none",
        "own: the hardest; what remains is share, and what the bill says",
        blended_conversion,
    ),
    Family(
        "half_entered",
        "attack",
        "half of the codes are entered, just enough to stay above alarms for lost conversion",
        "own: adapts to published thresholds of conversion",
        half_entered,
    ),
)
