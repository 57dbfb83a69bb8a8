"""Attacks that hide: behind the form, behind a sale, behind an outage, behind another attack."""

from checkvalve.simulation.catalogue.clients import Clients, everybody, few, locals_of, proxies, script
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, Family, member
from checkvalve.simulation.catalogue.stacks import Extras
from checkvalve.simulation.catalogue.targets import Blocks, Carriers, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave, bell, flat
from checkvalve.simulation.catalogue.world import draw_world, quiet_hour, victims
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions, Outage, Surge
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.calendars import Activity


def stolen_key(seed: int, size: str) -> Plan:
    """Messages handed to the gateway with a leaked key: no request, no verification, receipts that are made up."""
    draw = Draw(seed, "stolen_key")
    world = draw_world(draw, size, stacks=("twilio", "console", "pages", "aws", "usage"))
    (country,) = victims(draw, world, 1)
    start = world.at(draw.even("when", 0.5, 0.8), quiet_hour(draw, world))
    wave = Wave(
        campaign="key",
        start=start,
        end=start + 3_600 * draw.log("hours", 2, 48),
        sends=min(draw.log("sends", 1_500, 40_000), world.most_fraud),
        targets=Blocks(
            blocks_of([(country, country.carriers[0], draw.whole("blocks", 1, 4))], draw.random), order="up"
        ),
        clients=Clients("key", few(world, 1, "key"), script()),
        reply=Reply(delivered=1.0, receipts=1.0),
        shape=flat,
        purpose="notify",
        place="gateway",
    )
    return member("attack", draw, world, ATTACK, [wave])


def only_on_the_bill(seed: int, size: str) -> Plan:
    """An intermediary adds messages on the way; logs of requests and of messages are clean, the bill is not."""
    draw = Draw(seed, "only_on_the_bill")
    world = draw_world(draw, size, stacks=("aws",))
    where = victims(draw, world, draw.whole("victim_count", 1, 2))
    start = world.at(draw.even("when", 0.4, 0.7))
    wave = Wave(
        campaign="injected",
        start=start,
        end=min(world.end, start + DAY_S * draw.log("attack_days", 1, 8)),
        sends=min(draw.log("sends", 1_500, 40_000), world.most_fraud),
        targets=Carriers([(one, carrier) for one in where for carrier in one.carriers], seed, alive=False),
        clients=Clients("injected", few(world, 1, "injected"), script()),
        reply=Reply(delivered=1.0, receipts=1.0),
        place="carrier",
    )
    expected = Expected("attack", "escalate", verdicts=("suspicious",))
    return member("attack", draw, world, expected, [wave], extras=Extras(bill=True))


def inside_a_sale(seed: int, size: str) -> Plan:
    """The attack runs while a sale that stands in the calendar triples traffic in the same countries."""
    draw = Draw(seed, "inside_a_sale")
    world = draw_world(draw, size)
    sold = world.tenant.countries[:3]
    start = world.at(draw.even("when", 0.5, 0.8), 9)
    end = start + 3_600 * draw.even("hours", 6, 12)
    sale = Surge(start, end, draw.even("peak", 3, 6), frozenset(one.iso for one in sold), newcomers=0.7)
    target = draw.one("victim", sold)
    expected = int(world.tenant.sends_per_day * 2)
    wave = Wave(
        campaign="in sale",
        start=start + 3_600,
        end=end,
        sends=min(max(400.0, draw.even("of_day", 0.3, 1.0) * world.tenant.sends_per_day), world.most_fraud),
        targets=Blocks(blocks_of([(target, target.carriers[-1], draw.whole("blocks", 2, 10))], draw.random)),
        clients=Clients("in sale", [], everybody(world), locals_of(world, [target], 2_000, "in sale")),
        reply=Reply(draw.even("conversion", 0.0, 0.10)),
        shape=bell,
        form_share=0.7,
    )
    entry = Activity("Spring sale", start, end, tuple(one.iso for one in sold), expected, "Shop team")
    return member("attack", draw, world, ATTACK, [wave], Conditions(surges=(sale,)), Extras(activities=[entry]))


def inside_an_outage(seed: int, size: str) -> Plan:
    """A carrier fails, people press resend and complain; another block of the same country is pumped meanwhile."""
    draw = Draw(seed, "inside_an_outage")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    start = world.at(draw.even("when", 0.5, 0.8), 10)
    end = start + 3_600 * draw.even("hours", 3, 8)
    broken, pumped = country.carriers[0], country.carriers[-1]
    wave = Wave(
        campaign="in outage",
        start=start + 1_800,
        end=end,
        sends=min(max(400.0, draw.even("of_day", 0.3, 1.0) * world.tenant.sends_per_day), world.most_fraud),
        targets=Blocks(blocks_of([(country, pumped, draw.whole("blocks", 2, 8))], draw.random)),
        clients=Clients("in outage", [], everybody(world), locals_of(world, [country], 2_000, "in outage")),
        reply=Reply(draw.even("conversion", 0.0, 0.08)),
        shape=bell,
    )
    conditions = Conditions(outages=(Outage(country.iso, broken.name, start, end),))
    return member("attack", draw, world, ATTACK, [wave], conditions, Extras(complaints=True))


def behind_a_decoy(seed: int, size: str) -> Plan:
    """A loud flood that everybody sees, and a quiet one to another country that goes on for days after it."""
    draw = Draw(seed, "behind_a_decoy")
    world = draw_world(draw, size)
    loud, quiet = victims(draw, world, 2, served=False)
    start = world.at(0.5, quiet_hour(draw, world))
    decoy = Wave(
        campaign="decoy",
        start=start,
        end=start + 900,
        sends=min(draw.log("decoy_sends", 800, 4_000), world.most_fraud),
        targets=Blocks(blocks_of([(loud, loud.carriers[0], 1)], draw.random)),
        clients=Clients("decoy", few(world, 2, "decoy"), script()),
        shape=flat,
    )
    real = Wave(
        campaign="real",
        start=start,
        end=world.end,
        sends=min(draw.log("sends", 400, 5_000), world.most_fraud),
        targets=Blocks(blocks_of([(quiet, quiet.carriers[-1], draw.whole("blocks", 4, 12))], draw.random)),
        clients=Clients("real", proxies(world, 1_200, "real"), everybody(world)),
        reply=Reply(draw.even("conversion", 0.0, 0.08)),
    )
    return member("attack", draw, world, ATTACK, [decoy, real])


def pretended_outage(seed: int, size: str) -> Plan:
    """The attacker's carrier reports each message as failed, and somebody complains: so looks an outage."""
    draw = Draw(seed, "pretended_outage")
    world = draw_world(draw, size)
    (country,) = victims(draw, world, 1, served=True)
    start = world.at(draw.even("when", 0.5, 0.8), 11)
    carrier = country.carriers[-1]
    wave = Wave(
        campaign="pretended",
        start=start,
        end=start + 3_600 * draw.even("hours", 3, 9),
        sends=min(max(400.0, draw.even("of_day", 0.4, 1.5) * world.tenant.sends_per_day), world.most_fraud),
        targets=Carriers([(country, carrier)], seed, alive=True),
        clients=Clients("pretended", [], everybody(world), locals_of(world, [country], 1_500, "pretended")),
        reply=Reply(0.0, delivered=0.02, receipts=0.99),
        shape=bell,
        form_share=0.6,
    )
    return member("attack", draw, world, ATTACK, [wave], extras=Extras(complaints=True))


FAMILIES = (
    Family(
        "pretended_outage",
        "attack",
        "live numbers of one carrier, every message reported as failed: an outage, it seems",
        "own: uses the explanation that is expected",
        pretended_outage,
    ),
    Family(
        "stolen_key",
        "attack",
        "the gateway sends what no form asked for: a leaked key",
        "Enea: most inflated traffic does not come from the brand's site",
        stolen_key,
    ),
    Family(
        "only_on_the_bill",
        "attack",
        "injected on the way by an intermediary; only the bill counts it",
        "Enea's counterfeit fabrication; InMobile's generated traffic",
        only_on_the_bill,
    ),
    Family(
        "inside_a_sale",
        "attack",
        "pumping during an announced sale, in the countries of the sale",
        "own: uses the explanation that is expected",
        inside_a_sale,
    ),
    Family(
        "inside_an_outage",
        "attack",
        "pumping while a carrier of the same country fails",
        "own: uses the explanation that is expected",
        inside_an_outage,
    ),
    Family(
        "behind_a_decoy",
        "attack",
        "a loud flood draws all eyes while a quiet one goes elsewhere, and on",
        "own: counts on a case closed too early",
        behind_a_decoy,
    ),
)
