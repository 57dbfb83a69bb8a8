"""Honest people and machines who share an address, a number, or a rhythm."""

import heapq

from checkvalve.simulation.catalogue.clients import Clients, browsers, few, script
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import UNREMARKABLE, Family, explained, member
from checkvalve.simulation.catalogue.newcomers import Tellers
from checkvalve.simulation.catalogue.targets import Carriers, Few, Target, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave, flat
from checkvalve.simulation.catalogue.world import draw_world
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.countries import COUNTRIES
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.truth import Expected


def event_wifi(seed: int, size: str) -> Plan:
    """A fair, a campus, a booth: 20 to 500 people sign up within an hour from one address."""
    draw = Draw(seed, "event_wifi")
    world = draw_world(draw, size)
    country = world.tenant.countries[draw.whole("place", 1, 4) - 1]
    start = world.at(draw.even("when", 0.5, 0.8), 11 - country.offset_h)
    people = Tellers(
        world,
        country,
        start,
        start + 60 * draw.even("minutes", 10, 60),
        draw.whole("people", 20, 500),
        neighbours=False,
        one_address=True,
        random=stream(seed, "event"),
        conversion=draw.even("conversion", 0.7, 0.95),
    )
    return member("benign", draw, world, explained("shared_nat"), more=people.events())


def load_test(seed: int, size: str) -> Plan:
    """The business's own test sends to a handful of neighbouring numbers, like a clock; none or all are entered."""
    draw = Draw(seed, "load_test")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    ((prefix, _, carrier),) = blocks_of([(country, country.carriers[0], 1)], draw.random)
    numbers = [Target(f"{prefix}{line:04d}", country, carrier) for line in range(draw.whole("numbers", 1, 20))]
    start = world.at(draw.even("when", 0.5, 0.8), draw.even("hour", 7, 16))
    minutes = draw.log("minutes", 10, 300)
    wave = Wave(
        campaign=None,
        part="load test",
        start=start,
        end=start + 60 * minutes,
        sends=min(minutes * draw.log("a_minute", 1, 50), world.most_fraud),
        targets=Few(numbers),
        clients=Clients("load test", few(world, 1, "load test"), script()),
        reply=Reply(draw.one("conversion", (0.0, 1.0)), "clock", delivered=1.0, receipts=1.0),
        shape=flat,
        whole_seconds=True,
    )
    return member("benign", draw, world, explained("load_test"), [wave])


def synthetic_monitor(seed: int, size: str) -> Plan:
    """Every few minutes, for the whole time, a probe signs in with the same number and enters the code."""
    draw = Draw(seed, "synthetic_monitor")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    ((prefix, _, carrier),) = blocks_of([(country, country.carriers[0], 1)], draw.random)
    wave = Wave(
        campaign=None,
        part="monitor",
        start=world.start,
        end=world.end,
        sends=world.days * 1_440 / draw.whole("every_min", 5, 30),
        targets=Few([Target(f"{prefix}0042", country, carrier)]),
        clients=Clients("monitor", few(world, 1, "monitor"), script()),
        reply=Reply(1.0, "clock", delivered=1.0, receipts=1.0),
        shape=flat,
        whole_seconds=True,
    )
    return member("benign", draw, world, UNREMARKABLE, [wave])


def sms_bombing(seed: int, size: str) -> Plan:
    """Somebody lets codes rain on one victim. Abuse, but nobody earns with it."""
    draw = Draw(seed, "sms_bombing")
    world = draw_world(draw, size)
    country = world.tenant.countries[draw.whole("place", 1, 3) - 1]
    ((prefix, _, carrier),) = blocks_of([(country, country.carriers[0], 1)], draw.random)
    start = world.at(draw.even("when", 0.5, 0.8), draw.even("hour", 0, 23))
    hours = draw.log("hours", 0.5, 20)
    wave = Wave(
        campaign=None,
        part="bombing",
        start=start,
        end=start + 3_600 * hours,
        sends=hours * draw.log("an_hour", 10, 100),
        targets=Few([Target(f"{prefix}{draw.whole('line', 1_000, 9_999)}", country, carrier)]),
        clients=Clients("bombing", few(world, 3, "bombing"), script()),
        reply=Reply(0.0, delivered=0.98, receipts=0.99),
        shape=flat,
    )
    expected = Expected(
        "suspicious", "monitor", "sms_bombing", verdicts=("clear",), decisions=("close", "escalate")
    )
    return member("benign", draw, world, expected, [wave])


def quiet_weeks(seed: int, size: str) -> Plan:
    """Nothing happens."""
    draw = Draw(seed, "quiet_weeks")
    world = draw_world(draw, size)
    return member("quiet", draw, world, UNREMARKABLE)


def conference(seed: int, size: str) -> Plan:
    """Guests from dozens of countries, dear ones among them, sign up within hours behind the venue's address."""
    draw = Draw(seed, "conference")
    world = draw_world(draw, size)
    start = world.at(draw.even("when", 0.5, 0.8), 7)
    end = start + 3_600 * draw.even("hours", 2, 6)
    (address,) = few(world, 1, "venue")
    guests = [
        Tellers(
            world,
            COUNTRIES[iso],
            start,
            end,
            draw.random.randint(1, 12),
            neighbours=False,
            one_address=True,
            random=stream(seed, "guests", iso),
            conversion=draw.even("conversion", 0.7, 0.9),
            address=address,
        ).events()
        for iso in draw.some(list(COUNTRIES), draw.whole("guest_countries", 20, 45))
    ]
    together = heapq.merge(*guests, key=lambda event: event.at)
    return member("benign", draw, world, explained("shared_nat"), more=together)


def invitation_drive(seed: int, size: str) -> Plan:
    """A head of staff invites hundreds of colleagues by message in an hour: no codes, one account, one address."""
    draw = Draw(seed, "invitation_drive")
    world = draw_world(draw, size, stacks=("twilio", "console", "pages", "aws", "usage"))
    country = world.tenant.countries[draw.whole("place", 1, 3) - 1]
    start = world.at(draw.even("when", 0.5, 0.8), 9 - country.offset_h)
    wave = Wave(
        campaign=None,
        part="invitations",
        start=start,
        end=start + 60 * draw.even("minutes", 20, 180),
        sends=min(draw.log("people", 100, 1_500), world.most_fraud),
        targets=Carriers([(country, carrier) for carrier in country.carriers], seed, alive=True),
        clients=Clients("invitations", few(world, 1, "office"), browsers(world, 1), per_account=10_000),
        reply=Reply(delivered=0.96, receipts=0.99),
        shape=flat,
        purpose="notify",
        path=world.invites,
        solves=0.95,
    )
    expected = Expected("clear", "close", verdicts=("suspicious",), decisions=("monitor",))
    return member("benign", draw, world, expected, [wave])


FAMILIES = (
    Family(
        "conference",
        "benign",
        "guests of dozens of countries sign up behind one venue's address",
        "own",
        conference,
    ),
    Family(
        "invitation_drive",
        "benign",
        "one person invites hundreds by message; no code is asked back",
        "own",
        invitation_drive,
    ),
    Family("event_wifi", "benign", "hundreds sign up within an hour behind one address", "judgement", event_wifi),
    Family("load_test", "benign", "the business's own test hammers a few numbers", "judgement", load_test),
    Family(
        "synthetic_monitor",
        "benign",
        "a probe signs in every few minutes, always with one number",
        "judgement",
        synthetic_monitor,
    ),
    Family(
        "sms_bombing",
        "benign",
        "codes rain on one victim: abuse, not pumping",
        "CloudSEK on exposed interfaces",
        sms_bombing,
    ),
    Family("quiet_weeks", "quiet", "nothing happens", "none", quiet_weeks),
)
