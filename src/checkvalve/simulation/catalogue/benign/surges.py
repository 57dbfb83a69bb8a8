"""More people than usual, all of them real."""

from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import UNREMARKABLE, Family, explained, member
from checkvalve.simulation.catalogue.newcomers import NewCountry, Tellers
from checkvalve.simulation.catalogue.stacks import Extras
from checkvalve.simulation.catalogue.world import SAFE, draw_world
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions, Holiday, Surge
from checkvalve.simulation.traffic.countries import COUNTRIES
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.vendors.calendars import Activity


def announced_push(seed: int, size: str) -> Plan:
    """3 to 20 times the traffic in some countries for hours; the calendar knows."""
    return _push("announced_push", seed, size, announced=True)


def viral_surge(seed: int, size: str) -> Plan:
    """The same without a word in any calendar."""
    return _push("viral_surge", seed, size, announced=False)


def _push(name: str, seed: int, size: str, announced: bool) -> Plan:
    draw = Draw(seed, name)
    world = draw_world(draw, size)
    where = world.tenant.countries[: draw.whole("lifted", 1, 4)]
    start = world.at(draw.even("when", 0.5, 0.75), draw.even("hour", 6, 15))
    end = start + 3_600 * draw.log("hours", 2, 40)
    surge = Surge(
        start,
        end,
        draw.log("peak", 3, 20),
        frozenset(one.iso for one in where),
        ramp_s=60 * draw.even("ramp_min", 10, 60),
        newcomers=draw.even("newcomers", 0.3, 0.9),
    )
    entry = Activity(
        "Members' week: free month", start, end + 7_200, tuple(one.iso for one in where), None, "Growth"
    )
    extras = Extras(activities=[entry] if announced else (), complaints=True)
    return member("benign", draw, world, explained("campaign"), (), Conditions(surges=(surge,)), extras)


def ticket_sale(seed: int, size: str) -> Plan:
    """10 to 50 times the traffic of one country within a quarter of an hour."""
    draw = Draw(seed, "ticket_sale")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    start = world.at(draw.even("when", 0.5, 0.8), 10 - country.offset_h)
    end = start + 60 * draw.even("minutes", 10, 45)
    surge = Surge(
        start, end, draw.log("peak", 10, 50), frozenset({country.iso}), ramp_s=240, tail_s=900, newcomers=0.3
    )
    return member("benign", draw, world, explained("ticket_sale"), (), Conditions(surges=(surge,)))


def reset_wave(seed: int, size: str) -> Plan:
    """Everybody is logged out or asked for a new password: 5 to 15 times the traffic, all of known numbers."""
    draw = Draw(seed, "reset_wave")
    world = draw_world(draw, size)
    start = world.at(draw.even("when", 0.5, 0.7), 8)
    end = start + 3_600 * draw.log("hours", 6, 48)
    everywhere = frozenset(one.iso for one in world.tenant.countries)
    surge = Surge(start, end, draw.log("peak", 5, 15), everywhere, ramp_s=1_200, newcomers=0.0, resets=1.0)
    return member("benign", draw, world, explained("reset_wave"), (), Conditions(surges=(surge,)))


def country_launch(seed: int, size: str) -> Plan:
    """A country where nobody was served opens, with its own carriers and networks, and stays."""
    draw = Draw(seed, "country_launch")
    world = draw_world(draw, size)
    own = {one.iso for one in world.tenant.countries}
    country = COUNTRIES[draw.one("opened", [iso for iso in COUNTRIES if iso not in own])]
    start = world.at(draw.even("when", 0.4, 0.6), 0)
    opened = NewCountry(world, country, start, draw.even("of_all", 0.08, 0.4))
    entry = Activity(f"Launch in {country.iso}", start, start + 14 * DAY_S, (country.iso,), None, "Expansion team")
    announced = draw.one("announced", (True, False))
    extras = Extras(activities=[entry] if announced else ())
    return member("benign", draw, world, explained("launch"), (), None, extras, opened.events())


def odd_calendar(seed: int, size: str) -> Plan:
    """Holidays, a shift of the day by hours as in a month of fasting, a quiet week: nothing happened."""
    draw = Draw(seed, "odd_calendar")
    world = draw_world(draw, size)
    isos = [one.iso for one in world.tenant.countries]
    holidays = tuple(
        Holiday(world.at(part), float(draw.random.uniform(0.3, 2.2)), frozenset(draw.some(isos, 2)))
        for part in (0.3, 0.45, 0.6, 0.8)
    )
    evening = world.at(0.55, 20)
    show = Surge(evening, evening + 7_200, draw.even("show", 1.5, 3.0), frozenset(isos[:2]), newcomers=0.2)
    return member("quiet", draw, world, UNREMARKABLE, (), Conditions(surges=(show,), holidays=holidays))


def school_numbers(seed: int, size: str) -> Plan:
    """A firm, a school or an army enrols hundreds of people with neighbouring numbers of one contract in an hour."""
    draw = Draw(seed, "school_numbers")
    world = draw_world(draw, size)
    country = COUNTRIES[draw.one("where", [one.iso for one in world.tenant.countries])]
    start = world.at(draw.even("when", 0.5, 0.8), 9 - country.offset_h)
    people = Tellers(
        world,
        country,
        start,
        start + 60 * draw.even("minutes", 30, 180),
        draw.whole("people", 60, 400),
        neighbours=True,
        one_address=True,
        random=stream(seed, "school"),
    )
    return member("benign", draw, world, explained("fleet_onboarding"), more=people.events())


def growth(seed: int, size: str) -> Plan:
    """Twice as many honest users each week, in a country that is new and dear: a success."""
    draw = Draw(seed, "growth")
    world = draw_world(draw, size, days=21)
    own = {one.iso for one in world.tenant.countries}
    country = COUNTRIES[draw.one("opened", [iso for iso in COUNTRIES if iso not in own and iso not in SAFE])]
    first = NewCountry(world, country, world.start + DAY_S, draw.even("of_all", 0.01, 0.04), doubling_days=6)
    return member("benign", draw, world, explained("launch"), more=first.events())


FAMILIES = (
    Family(
        "announced_push",
        "benign",
        "a marketing push that stands in the calendar",
        "Signal, January 2021",
        announced_push,
    ),
    Family(
        "viral_surge",
        "benign",
        "a surge of real people that no calendar knows",
        "Signal, January 2021",
        viral_surge,
    ),
    Family("ticket_sale", "benign", "a sale that opens on the minute", "judgement", ticket_sale),
    Family(
        "reset_wave",
        "benign",
        "everybody is logged out and comes back with a known number",
        "judgement",
        reset_wave,
    ),
    Family("country_launch", "benign", "a new country opens and stays", "judgement", country_launch),
    Family("odd_calendar", "quiet", "holidays and shifted days, nothing else", "judgement", odd_calendar),
    Family(
        "school_numbers",
        "benign",
        "hundreds enrol at once from one address with neighbouring numbers",
        "own",
        school_numbers,
    ),
    Family(
        "growth",
        "benign",
        "a dear new country doubles every few days, all real",
        "own: looks like a patient attack",
        growth,
    ),
)
