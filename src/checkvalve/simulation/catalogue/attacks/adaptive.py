"""Attacks that know how detectors work and stay where those do not look."""

from checkvalve.simulation.catalogue.clients import Clients, everybody, few, locals_of, proxies, script
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, Family, member
from checkvalve.simulation.catalogue.targets import Blocks, Carriers, Hopping, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave, flat
from checkvalve.simulation.catalogue.world import DEAR, draw_world, victims
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.countries import COUNTRIES


def block_hopper(seed: int, size: str) -> Plan:
    """Two to seven messages a block, then the next; no block comes back."""
    draw = Draw(seed, "block_hopper")
    world = draw_world(draw, size)
    where = victims(draw, world, draw.whole("victim_count", 1, 3))
    start = world.at(0.45, 3)
    carriers = [(one, carrier) for one in where for carrier in one.carriers]
    wave = Wave(
        campaign="hop",
        start=start,
        end=min(world.end, start + DAY_S * draw.log("attack_days", 0.3, 5)),
        sends=min(draw.log("sends", 1_500, 30_000), world.most_fraud),
        targets=Hopping(carriers, 2, draw.whole("most", 3, 7)),
        clients=Clients("hop", proxies(world, 2_500, "hop"), everybody(world)),
        reply=Reply(draw.even("conversion", 0.0, 0.10)),
        form_share=0.6,
    )
    return member("attack", draw, world, ATTACK, [wave])


def threshold_surfer(seed: int, size: str) -> Plan:
    """Never over three an hour and 18 a day to a country, in every dear country at once, an address each."""
    draw = Draw(seed, "threshold_surfer")
    world = draw_world(draw, size)
    where = [COUNTRIES[iso] for iso in DEAR]
    start = world.at(0.4, 0)
    daily = draw.even("a_day_and_country", 6, 18)
    wave = Wave(
        campaign="surf",
        start=start,
        end=world.end,
        sends=min(daily * len(where) * (world.end - start) / DAY_S, world.most_fraud),
        targets=Carriers([(one, one.carriers[0]) for one in where], seed, alive=True),
        clients=Clients("surf", proxies(world, 8_000, "surf"), everybody(world)),
        reply=Reply(draw.even("conversion", 0.0, 0.05), delivered=0.95),
        shape=flat,
        form_share=0.7,
    )
    return member("attack", draw, world, ATTACK, [wave])


def slow_poison(seed: int, size: str) -> Plan:
    """It grows by a tenth to a third a day, so that each day looks like the last."""
    draw = Draw(seed, "slow_poison")
    world = draw_world(draw, size, days=21)
    (country,) = victims(draw, world, 1, served=True)
    growth = draw.even("growth", 1.10, 1.35)
    blocks = blocks_of([(country, country.carriers[0], draw.whole("blocks", 4, 15))], draw.random)
    clients = Clients("poison", [], everybody(world), locals_of(world, [country], 2_500, "poison"))
    reply = Reply(draw.even("conversion", 0.10, 0.35), "mimic", delivered=0.95, receipts=0.99)
    first = draw.even("first_day", 0.002, 0.006) * world.tenant.sends_per_day
    waves = [
        Wave(
            campaign="poison",
            part=f"day {day}",
            start=world.start + day * DAY_S,
            end=world.start + (day + 1) * DAY_S,
            sends=min(first * growth**day, world.most_fraud / 10),
            targets=Blocks(blocks, skew=0.2),
            clients=clients,
            reply=reply,
            form_share=0.7,
        )
        for day in range(world.days)
    ]
    return member("attack", draw, world, ATTACK, waves)


def stop_and_go(seed: int, size: str) -> Plan:
    """Two minutes of a burst, then quiet for hours and another block, so that every alarm comes too late."""
    draw = Draw(seed, "stop_and_go")
    world = draw_world(draw, size)
    where = victims(draw, world, draw.whole("victim_count", 2, 4), served=False)
    bursts = draw.whole("bursts", 8, 20)
    each = min(draw.log("each", 40, 250), world.most_fraud / bursts)
    clients = Clients("stop", proxies(world, 1_500, "stop"), everybody(world))
    waves, at = [], world.at(0.4, 1)
    for burst in range(bursts):
        country = where[burst % len(where)]
        carrier = country.carriers[burst % len(country.carriers)]
        waves.append(
            Wave(
                campaign="stop and go",
                part=f"burst {burst}",
                start=at,
                end=at + 120,
                sends=each,
                targets=Blocks(blocks_of([(country, carrier, 1)], draw.random)),
                clients=clients,
                reply=Reply(0.01),
                shape=flat,
            )
        )
        at += 3_600 * float(draw.random.uniform(2, 9))
    waves = [wave for wave in waves if wave.end < world.end]
    return member("attack", draw, world, ATTACK, waves)


def clockwork(seed: int, size: str) -> Plan:
    """One message after each equal pause, day and night, from one host: slow, but as regular as no person is."""
    draw = Draw(seed, "clockwork")
    world = draw_world(draw, size)
    (country,) = victims(draw, world, 1)
    start = world.at(0.4, 2)
    wave = Wave(
        campaign="clock",
        start=start,
        end=world.end,
        sends=min((world.end - start) / draw.log("pause_s", 60, 900), world.most_fraud),
        targets=Blocks(
            blocks_of([(country, country.carriers[0], draw.whole("blocks", 1, 6))], draw.random), order="stride"
        ),
        clients=Clients("clock", few(world, 1, "clock"), script()),
        reply=Reply(draw.even("conversion", 0.0, 0.05)),
        shape=flat,
        whole_seconds=True,
    )
    return member("attack", draw, world, ATTACK, [wave])


def two_gangs(seed: int, size: str) -> Plan:
    """Two unrelated campaigns overlap in time and share nothing else; they must not become one case."""
    draw = Draw(seed, "two_gangs")
    world = draw_world(draw, size)
    first, second = victims(draw, world, 2, served=False)
    start = world.at(0.5, 2)
    hours = draw.even("hours", 4, 20)
    waves = [
        Wave(
            campaign="gang one",
            start=start,
            end=start + 3_600 * hours,
            sends=min(draw.log("first_sends", 700, 8_000), world.most_fraud),
            targets=Blocks(blocks_of([(first, first.carriers[0], 2)], draw.random)),
            clients=Clients("gang one", few(world, 2, "gang one"), script()),
            shape=flat,
        ),
        Wave(
            campaign="gang two",
            start=start + 3_600 * hours * 0.4,
            end=start + 3_600 * hours * 1.6,
            sends=min(draw.log("second_sends", 700, 8_000), world.most_fraud),
            targets=Blocks(blocks_of([(second, second.carriers[-1], 4)], draw.random)),
            clients=Clients("gang two", proxies(world, 2_000, "gang two"), everybody(world)),
            reply=Reply(0.03),
            form_share=0.8,
        ),
    ]
    return member("attack", draw, world, ATTACK, waves)


FAMILIES = (
    Family(
        "block_hopper",
        "attack",
        "two to seven codes a block, then the next block, never back",
        "own: below every threshold of a block",
        block_hopper,
    ),
    Family(
        "threshold_surfer",
        "attack",
        "below three an hour and 20 a day in each of all dear countries, an address each",
        "own: below the published thresholds of Authgear and Vonage",
        threshold_surfer,
    ),
    Family(
        "slow_poison",
        "attack",
        "grows by a fifth a day with half-decent conversion, so that the baseline learns it",
        "own: poisons what adapts",
        slow_poison,
    ),
    Family(
        "stop_and_go",
        "attack",
        "bursts of two minutes hours apart, each to another block",
        "own: is gone before an alarm",
        stop_and_go,
    ),
    Family(
        "clockwork",
        "attack",
        "one code after each equal pause, day and night, from one host",
        "own: slow, but regular as no person",
        clockwork,
    ),
    Family(
        "two_gangs",
        "attack",
        "two unrelated campaigns at the same time",
        "own: tests whether cases are kept apart",
        two_gangs,
    ),
)
