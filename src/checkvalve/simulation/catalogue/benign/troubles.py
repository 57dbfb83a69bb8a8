"""Honest traffic in trouble: carriers that fail, routes that decline, logs with holes."""

from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import UNREMARKABLE, Family, explained, member
from checkvalve.simulation.catalogue.stacks import Extras
from checkvalve.simulation.catalogue.world import draw_world
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions, Outage, Surge
from checkvalve.simulation.truth import Expected


def carrier_outage(seed: int, size: str) -> Plan:
    """One carrier delivers next to nothing for hours while people press resend."""
    draw = Draw(seed, "carrier_outage")
    world = draw_world(draw, size)
    country = world.tenant.countries[draw.whole("place", 1, 2) - 1]
    start = world.at(draw.even("when", 0.5, 0.8), draw.even("hour", 7, 18) - country.offset_h)
    outage = Outage(
        country.iso,
        draw.one("carrier", country.carriers[:2]).name,
        start,
        start + 3_600 * draw.log("hours", 0.5, 8),
        delivered=draw.even("delivered", 0.0, 0.2),
        persistence=draw.even("persistence", 0.37, 0.8),
    )
    extras = Extras(complaints=draw.one("complaints", (True, False)))
    expected = explained("carrier_outage")
    return member("benign", draw, world, expected, (), Conditions(outages=(outage,)), extras)


def silent_outage(seed: int, size: str) -> Plan:
    """A carrier loses the messages and reports them delivered: conversion falls, receipts are perfect."""
    draw = Draw(seed, "silent_outage")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    start = world.at(draw.even("when", 0.5, 0.8), draw.even("hour", 7, 18) - country.offset_h)
    outage = Outage(
        country.iso,
        country.carriers[0].name,
        start,
        start + 3_600 * draw.log("hours", 1, 8),
        delivered=draw.even("delivered", 0.0, 0.15),
        receipts="delivered",
    )
    expected = explained("carrier_outage")
    conditions = Conditions(outages=(outage,))
    return member("benign", draw, world, expected, (), conditions, Extras(complaints=True))


def route_decline(seed: int, size: str) -> Plan:
    """A route loses 10 to 30 per cent of a carrier's messages for days."""
    draw = Draw(seed, "route_decline")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    start = world.at(draw.even("when", 0.4, 0.6), 0)
    days = draw.log("lasting_days", 1, 10)
    lost = draw.even("lost", 0.10, 0.30)
    outage = Outage(
        country.iso, country.carriers[0].name, start, start + days * DAY_S, delivered=1 - lost, persistence=0.4
    )
    expected = explained("carrier_outage")
    return member("benign", draw, world, expected, (), Conditions(outages=(outage,)))


def overloaded_push(seed: int, size: str) -> Plan:
    """A push so large that the carrier chokes on it: more people, fewer codes, many resends."""
    draw = Draw(seed, "overloaded_push")
    world = draw_world(draw, size)
    country = world.tenant.countries[0]
    start = world.at(draw.even("when", 0.5, 0.75), 9 - country.offset_h)
    end = start + 3_600 * draw.log("hours", 1, 10)
    surge = Surge(start, end, draw.log("peak", 3, 10), frozenset({country.iso}), newcomers=0.7)
    chokes = tuple(
        Outage(
            country.iso, one.name, start + 1_200, end, delivered=draw.even("delivered", 0.5, 0.8), persistence=0.6
        )
        for one in country.carriers
    )
    conditions = Conditions(surges=(surge,), outages=chokes)
    return member("benign", draw, world, explained("campaign"), (), conditions, Extras(complaints=True))


def missing_outcomes(seed: int, size: str) -> Plan:
    """The verifications were fetched too early: what became of the last codes nobody knows."""
    draw = Draw(seed, "missing_outcomes")
    world = draw_world(draw, size, stacks=("twilio", "console", "pages", "aws", "usage"))
    fetched = world.end - 3_600 * draw.log("hours", 2, 40)
    return member("quiet", draw, world, UNREMARKABLE, extras=Extras(late_outcomes=fetched))


def lost_log(seed: int, size: str) -> Plan:
    """Hours of the web server's log are gone; the messages of that time have no request."""
    draw = Draw(seed, "lost_log")
    world = draw_world(draw, size, stacks=("twilio", "console", "pages", "aws", "usage"))
    first = world.at(draw.even("when", 0.3, 0.8), draw.even("hour", 0, 20))
    lost = (first, first + 3_600 * draw.log("hours", 1, 20))
    return member("quiet", draw, world, UNREMARKABLE, extras=Extras(lost=lost, bill=True))


def broken_release(seed: int, size: str) -> Plan:
    """A release breaks the field for the code: for hours nobody anywhere can enter one, and people try again."""
    draw = Draw(seed, "broken_release")
    world = draw_world(draw, size)
    start = world.at(draw.even("when", 0.5, 0.8), draw.even("hour", 6, 16))
    end = start + 3_600 * draw.log("hours", 1, 6)
    works = draw.even("works_for", 0.0, 0.3)
    broken = tuple(
        Outage(country.iso, carrier.name, start, end, delivered=works, persistence=0.6, receipts="delivered")
        for country in world.tenant.countries
        for carrier in country.carriers
    )
    expected = Expected("clear", "close", decisions=("monitor",))
    return member("benign", draw, world, expected, (), Conditions(outages=broken), Extras(complaints=True))


FAMILIES = (
    Family(
        "broken_release",
        "benign",
        "a release breaks the form: nobody anywhere can enter a code for hours",
        "own",
        broken_release,
    ),
    Family(
        "carrier_outage",
        "benign",
        "one carrier fails for hours while people press resend",
        "TrueCheck on retries",
        carrier_outage,
    ),
    Family(
        "silent_outage",
        "benign",
        "a carrier loses messages and says that it delivered them",
        "own: receipts do not excuse it",
        silent_outage,
    ),
    Family(
        "route_decline",
        "benign",
        "a route gets a little worse for days",
        "TeleSign on lost messages",
        route_decline,
    ),
    Family("overloaded_push", "benign", "a push on which carriers choke", "Signal, January 2021", overloaded_push),
    Family(
        "missing_outcomes", "quiet", "outcomes of the last hours are not in the logs yet", "own", missing_outcomes
    ),
    Family("lost_log", "quiet", "hours of the web log are lost", "own", lost_log),
)
