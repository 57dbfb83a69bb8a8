"""Loud attacks: many messages within minutes or hours."""

from checkvalve.simulation.catalogue.clients import Clients, browsers, everybody, few, one_device, proxies, script
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, Family, member
from checkvalve.simulation.catalogue.stacks import Extras
from checkvalve.simulation.catalogue.targets import Blocks, Carriers, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave, bell, flat
from checkvalve.simulation.catalogue.world import DEAR, draw_world, quiet_hour, victims
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.countries import COUNTRIES


def smash_and_grab(seed: int, size: str) -> Plan:
    """1,000 to 10,000 messages at 10 to 50 a second, to one to three blocks of one carrier, from one to three hosts."""
    draw = Draw(seed, "smash_and_grab")
    world = draw_world(draw, size)
    (country,) = victims(draw, world, 1)
    sends = min(draw.log("sends", 1_000, 10_000), world.most_fraud)
    start = world.at(draw.even("when", 0.5, 0.85), quiet_hour(draw, world))
    places = [(country, draw.one("carrier", country.carriers), draw.whole("blocks", 1, 3))]
    addresses = few(world, draw.whole("addresses", 1, 3), "smash")
    wave = Wave(
        campaign="smash",
        start=start,
        end=start + sends / draw.log("per_second", 10, 50),
        sends=sends,
        targets=Blocks(blocks_of(places, draw.random), order=draw.one("order", ("random", "up"))),
        clients=Clients("smash", addresses, draw.one("agents", (one_device(world), script()))),
        reply=Reply(draw.even("conversion", 0.0, 0.02)),
        shape=bell,
    )
    return member("attack", draw, world, ATTACK, [wave])


def proxy_flood(seed: int, size: str) -> Plan:
    """Hours of 5 to 20 messages a second through hundreds or thousands of homes, with everybody's browsers."""
    draw = Draw(seed, "proxy_flood")
    world = draw_world(draw, size)
    where = victims(draw, world, draw.whole("victim_count", 1, 5))
    sends = min(draw.log("sends", 4_000, 200_000), world.most_fraud)
    start = world.at(draw.even("when", 0.5, 0.85), quiet_hour(draw, world))
    places = [(country, country.carriers[0], draw.whole("blocks", 1, 10)) for country in where]
    pool = proxies(world, draw.whole("addresses", 300, 6_000), "proxy flood")
    wave = Wave(
        campaign="flood",
        start=start,
        end=start + 3_600 * draw.even("hours", 2, 6),
        sends=sends,
        targets=Blocks(blocks_of(places, draw.random)),
        clients=Clients("flood", pool, browsers(world, draw.whole("agents", 1, 6))),
        reply=Reply(draw.even("conversion", 0.0, 0.03)),
        shape=bell,
        form_share=draw.even("form_share", 0.0, 0.6),
    )
    listed = pool[: int(len(pool) * draw.even("listed", 0.0, 0.08))]
    return member("attack", draw, world, ATTACK, [wave], extras=Extras(listed=listed))


def country_sprayer(seed: int, size: str) -> Plan:
    """15 to 40 countries at once, each with a few per cent of it, to random numbers."""
    draw = Draw(seed, "country_sprayer")
    world = draw_world(draw, size)
    where = [COUNTRIES[iso] for iso in draw.some(DEAR, draw.whole("victim_count", 15, min(40, len(DEAR))))]
    sends = min(draw.log("sends", 2_500, 50_000), world.most_fraud)
    start = world.at(draw.even("when", 0.5, 0.85), quiet_hour(draw, world))
    carriers = [(country, carrier) for country in where for carrier in country.carriers]
    rotating = draw.one("rotating", (True, False))
    pool = proxies(world, 800, "sprayer") if rotating else few(world, draw.whole("addresses", 1, 50), "sprayer")
    wave = Wave(
        campaign="spray",
        start=start,
        end=start + 3_600 * draw.log("hours", 1, 12),
        sends=sends,
        targets=Carriers(carriers, seed, alive=draw.one("alive", (True, False))),
        clients=Clients("spray", pool, everybody(world) if rotating else script()),
        reply=Reply(draw.even("conversion", 0.0, 0.02)),
        shape=flat,
    )
    return member("attack", draw, world, ATTACK, [wave])


def probe_then_scale(seed: int, size: str) -> Plan:
    """A few test messages to many blocks over days, then a flood to those that paid."""
    draw = Draw(seed, "probe_then_scale")
    world = draw_world(draw, size)
    where = victims(draw, world, draw.whole("victim_count", 1, 3))
    tried = blocks_of([(country, one, 4) for country in where for one in country.carriers], draw.random)
    kept = draw.some(tried, draw.whole("kept", 1, 5))
    start = world.at(draw.even("when", 0.65, 0.85), quiet_hour(draw, world))
    ahead_s = DAY_S * draw.even("days_before", 1, min(7, world.days * 0.5))
    probe = Wave(
        campaign="probe",
        part="probe",
        start=start - ahead_s,
        end=start - 3_600 * 3,
        sends=len(tried) * draw.whole("tests", 1, 4),
        targets=Blocks(tried, skew=0.0),
        clients=Clients("probe", few(world, 4, "probe"), browsers(world, 2)),
        reply=Reply(draw.even("probe_conversion", 0.0, 0.10)),
    )
    flood = Wave(
        campaign="probe",
        start=start,
        end=start + 3_600 * draw.even("hours", 1, 5),
        sends=min(draw.log("sends", 3_000, 100_000), world.most_fraud),
        targets=Blocks(kept),
        clients=Clients("scale", proxies(world, 1_500, "scale"), everybody(world)),
        reply=Reply(draw.even("conversion", 0.0, 0.03)),
        shape=bell,
    )
    return member("attack", draw, world, ATTACK, [probe, flood])


FAMILIES = (
    Family(
        "smash_and_grab",
        "attack",
        "thousands of codes within minutes to one carrier's blocks, from a host or three",
        "Yousef Amar's report of January 2023",
        smash_and_grab,
    ),
    Family(
        "proxy_flood",
        "attack",
        "hours of codes through thousands of rented homes with everybody's browsers",
        "eknix's retailer (240,000 codes in four hours); Luma's 20,000 addresses",
        proxy_flood,
    ),
    Family(
        "country_sprayer",
        "attack",
        "random numbers of dozens of countries at once, a few per cent each",
        "the first attack pattern of Authgear's specification",
        country_sprayer,
    ),
    Family(
        "probe_then_scale",
        "attack",
        "test messages to many blocks, days later a flood to the few that paid",
        "test calls before fraud in Sahin and Francillon (NDSS 2021)",
        probe_then_scale,
    ),
)
