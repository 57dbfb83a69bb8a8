"""Attacks on what is not the first code: accounts with quotas, invitations, resends, calls."""

import numpy as np

from checkvalve.simulation.catalogue.clients import DISPOSABLE, Clients, browsers, everybody, few, proxies
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, Family, member
from checkvalve.simulation.catalogue.targets import Carriers, Few, Target, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave, flat, ramp
from checkvalve.simulation.catalogue.world import draw_world, quiet_hour, victims
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.countries import Country

WITH_MESSAGES = ("twilio", "console", "pages", "aws", "usage")
"""Sets of logs in which a message without a code appears."""


def account_farm(seed: int, size: str) -> Plan:
    """Free accounts saturate their quota of test messages, a number an account, slow at first, then steady."""
    draw = Draw(seed, "account_farm")
    world = draw_world(draw, size, stacks=WITH_MESSAGES)
    (country,) = victims(draw, world, 1)
    start = world.at(draw.even("when", 0.5, 0.8), quiet_hour(draw, world))
    wave = Wave(
        campaign="farm",
        start=start,
        end=start + 3_600 * draw.even("hours", 8, 24),
        sends=min(draw.log("sends", 3_000, 20_000), world.most_fraud),
        targets=Carriers([(country, draw.one("carrier", country.carriers))], seed, alive=False),
        clients=Clients(
            "farm",
            few(world, draw.whole("addresses", 40, 400), "farm"),
            browsers(world, 1),
            mails=draw.some(DISPOSABLE, 1),
            mail_share=draw.even("mail_share", 0.6, 1.0),
            per_account=draw.whole("quota", 3, 8),
        ),
        reply=Reply(delivered=0.9),
        shape=ramp,
        purpose="notify",
        path=world.invites,
    )
    return member("attack", draw, world, ATTACK, [wave])


def invite_link(seed: int, size: str) -> Plan:
    """Random numbers of up to five countries through the form that invites friends, which knows no code."""
    draw = Draw(seed, "invite_link")
    world = draw_world(draw, size, stacks=WITH_MESSAGES)
    where = victims(draw, world, draw.whole("victim_count", 1, 5))
    start = world.at(draw.even("when", 0.5, 0.8), quiet_hour(draw, world))
    wave = Wave(
        campaign="invite",
        start=start,
        end=start + 3_600 * draw.log("hours", 1, 30),
        sends=min(draw.log("sends", 1_500, 50_000), world.most_fraud),
        targets=Carriers([(one, carrier) for one in where for carrier in one.carriers], seed, alive=True),
        clients=Clients("invite", proxies(world, 1_500, "invite"), everybody(world)),
        reply=Reply(delivered=0.9),
        purpose="notify",
        path=world.invites,
    )
    return member("attack", draw, world, ATTACK, [wave])


def resend_abuse(seed: int, size: str) -> Plan:
    """One to twenty numbers, each asked for 10 to 500 times."""
    draw = Draw(seed, "resend_abuse")
    world = draw_world(draw, size)
    (country,) = victims(draw, world, 1)
    start = world.at(draw.even("when", 0.5, 0.8), quiet_hour(draw, world))
    count = draw.whole("numbers", 1, 20)
    sends = min(count * draw.log("each", 50, 500), world.most_fraud)
    wave = Wave(
        campaign="resend",
        start=start,
        end=start + min(sends / draw.log("per_second", 0.2, 2), 6 * 3_600),
        sends=sends,
        targets=Few(_numbers(country, count, draw.random)),
        clients=Clients("resend", few(world, draw.whole("addresses", 1, 6), "resend"), browsers(world, 1)),
        reply=Reply(delivered=0.95),
        shape=flat,
    )
    return member("attack", draw, world, ATTACK, [wave])


def voice_fallback(seed: int, size: str) -> Plan:
    """Spoken codes to one to fifty numbers, which cost more than messages; accounts with throw-away mail."""
    draw = Draw(seed, "voice_fallback")
    world = draw_world(draw, size, stacks=("twilio", "console", "pages", "verify"))
    (country,) = victims(draw, world, 1)
    start = world.at(draw.even("when", 0.5, 0.8), quiet_hour(draw, world))
    sends = min(draw.log("sends", 500, 5_000), world.most_fraud)
    wave = Wave(
        campaign="voice",
        start=start,
        end=start + sends / draw.log("per_second", 0.2, 1.0),
        sends=sends,
        targets=Few(_numbers(country, draw.whole("numbers", 1, 50), draw.random)),
        clients=Clients("voice", few(world, 3, "voice"), browsers(world, 1), mails=DISPOSABLE),
        reply=Reply(delivered=0.97),
        shape=flat,
        channel="call",
    )
    return member("attack", draw, world, ATTACK, [wave])


def _numbers(country: Country, count: int, random: np.random.RandomState) -> list[Target]:
    ((prefix, _, carrier),) = blocks_of([(country, country.carriers[0], 1)], random)
    lines = random.permutation(10_000)[:count].tolist()
    return [Target(f"{prefix}{line:04d}", country, carrier) for line in lines]


FAMILIES = (
    Family(
        "account_farm",
        "attack",
        "free accounts use up their test messages, another number each, no code to enter",
        "Healthchecks.io, May 2026: 8,000 messages in twelve hours",
        account_farm,
    ),
    Family(
        "invite_link",
        "attack",
        "the form that texts a link to a friend is pumped; no code exists that could be missing",
        "app links at Infobip, Kaleyra and smsmode",
        invite_link,
    ),
    Family(
        "resend_abuse",
        "attack",
        "the same few numbers are sent code after code",
        "Wattflow: attackers used most numbers again",
        resend_abuse,
    ),
    Family(
        "voice_fallback",
        "attack",
        "spoken codes to few numbers; the message log is silent",
        "Spike.sh, May 2020: 2,400 calls to one number",
        voice_fallback,
    ),
)
