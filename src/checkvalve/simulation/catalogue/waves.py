"""The traffic of one part of a campaign, a quarter of an hour at a time, in little memory."""

import heapq
import math
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
import numpy as np

from checkvalve.simulation.catalogue.clients import Client, Clients
from checkvalve.simulation.catalogue.targets import Target, Targets
from checkvalve.simulation.catalogue.world import World
from checkvalve.simulation.traffic.arrivals import day_shape
from checkvalve.simulation.traffic.draws import Floats, stream
from checkvalve.simulation.traffic.events import Check, Event, Hit, Message
from checkvalve.simulation.traffic.site import send_hit

STEP_S = 900.0
BEFORE_S = 60.0
"""No request of a message comes earlier before it."""
Shape = Callable[[Floats], Floats]
"""How busy a campaign is at parts (0 to 1) of its time, or at epoch seconds."""


Entry = Literal["person", "clock", "window", "mimic"]
MACHINES: tuple[Entry, ...] = ("clock", "window", "mimic")
"""How programs enter codes."""


class Reply(msgspec.Struct, frozen=True):
    """What becomes of the codes."""

    conversion: float = 0.0
    entry: Entry = "person"
    """After how long a code is entered: as by hand; 6 s give or take one; 20 to 40 s; after the honest law."""
    delivered: float = 0.82
    receipts: float = 0.96
    life: float = 0.0
    """How many of those who entered a code look at their account afterwards."""


class Wave(msgspec.Struct, frozen=True):
    """One part of a campaign: about ``sends`` messages from ``start`` to ``end`` (epoch seconds)."""

    campaign: str | None
    start: float
    end: float
    sends: float
    targets: Targets
    clients: Clients
    reply: Reply = Reply()
    shape: Shape | None = None
    part: str = "main"
    purpose: str = "signup"
    path: str | None = None
    """The form's path; None: the one that sends codes."""
    place: Literal["site", "gateway", "carrier"] = "site"
    channel: Literal["sms", "call"] = "sms"
    form_share: float = 0.0
    solves: float = 0.03
    whole_seconds: bool = False
    """Whether it goes by a clock, one message after each equal pause."""


def flat(parts: Floats) -> Floats:
    """The same all the time."""
    return np.ones_like(parts)


def bell(parts: Floats) -> Floats:
    """Up and down."""
    return np.asarray(0.15 + np.sin(np.pi * np.clip(parts, 0, 1)) ** 1.5, dtype=np.float64)


def ramp(parts: Floats) -> Floats:
    """Slow at first, then a hundred times as fast, for the first third; then steady."""
    return np.asarray(np.exp(np.minimum(parts / 0.33, 1.0) * math.log(100)) / 100, dtype=np.float64)


def wave_events(wave: Wave, world: World) -> Iterator[Event]:
    """The messages of a wave, their requests and answers, sorted by time."""
    random = stream(world.seed, wave.campaign or "nobody", wave.part, "wave")
    prices = world.tenant.prices(world.seed)
    held: list[tuple[float, int, Event]] = []
    count = made = 0
    for begin, times in _steps(wave, world, random):
        while held and held[0][0] < begin - BEFORE_S:
            yield heapq.heappop(held)[2]
        targets = wave.targets.pick(len(times), random)
        clients = wave.clients.pick(targets, random)
        for at, target, client in zip(times.tolist(), targets, clients, strict=True):
            price = prices[target.country.iso, target.carrier.name]
            message = _message(wave, at, f"{wave.campaign}.{wave.part}.{made}", price, target, client, random)
            made += 1
            for event in _around(wave, message, world, random):
                heapq.heappush(held, (event.at, count, event))
                count += 1
    while held:
        yield heapq.heappop(held)[2]


def _steps(wave: Wave, world: World, random: np.random.RandomState) -> Iterator[tuple[float, Floats]]:
    """The times of the messages, step by step, each with the step's beginning."""
    span = wave.end - wave.start
    step = min(STEP_S, span / 40)
    begins = np.arange(wave.start, wave.end, step)
    middles = begins + step / 2
    if wave.shape is not None:
        weights = wave.shape((middles - wave.start) / span)
    else:
        local = (middles + world.tenant.countries[0].offset_h * 3_600) % 86_400 / 3_600
        weights = 0.35 + 0.65 * day_shape(local)
    weights = weights / weights.sum()
    for begin, expected in zip(begins.tolist(), (wave.sends * weights).tolist(), strict=True):
        if wave.whole_seconds:
            pause = span / max(wave.sends, 1.0)
            first, last = (math.ceil((at - wave.start) / pause) for at in (begin, min(begin + step, wave.end)))
            yield begin, np.round(wave.start + pause * np.arange(first, last), 3)
        else:
            yield begin, np.round(np.sort(begin + step * random.uniform(size=int(random.poisson(expected)))), 3)


def _message(
    wave: Wave,
    at: float,
    key: str,
    price: float,
    target: Target,
    client: Client,
    random: np.random.RandomState,
) -> Message:
    reply = wave.reply
    arrives, enters, receipt, why = random.uniform(size=4).tolist()
    arrived = arrives < reply.delivered
    delivered_s = round(1.5 + float(random.exponential(3.0)), 3) if arrived else None
    verified_s = None
    if delivered_s is not None and enters < reply.conversion / reply.delivered:
        verified_s = round(delivered_s + _entry(reply, random), 3)
    return Message(
        at=at,
        key=key,
        session=key,
        number=target.number,
        country=target.country,
        carrier=target.carrier,
        price_usd=price * (2.4 if wave.channel == "call" else 1.0),
        purpose=wave.purpose,
        account=client.account,
        address=client.address,
        agent=client.agent,
        delivered_s=delivered_s,
        failure=None if arrived else "unknown" if why < 0.5 else "unreachable",
        receipt=receipt < reply.receipts,
        verified_s=verified_s,
        channel=wave.channel,
        place=wave.place,
        mail=client.mail,
        solves=wave.solves,
        campaign=wave.campaign,
    )


def _entry(reply: Reply, random: np.random.RandomState) -> float:
    if reply.entry == "clock":
        return max(0.5, 6.0 + float(random.normal()))
    if reply.entry == "window":
        return 20.0 + 20.0 * float(random.uniform())
    if reply.entry == "mimic":
        return 15.0 * math.exp(0.7 * float(random.normal()))
    return 7.0 + float(random.exponential(9.0))


def _around(wave: Wave, message: Message, world: World, random: np.random.RandomState) -> Iterator[Event]:
    """The message and every request that belongs to it."""
    yield message
    if wave.place != "site":
        return
    paths = world.tenant.paths
    yield send_hit(message, wave.path or paths.send, random)
    form, wait, life = random.uniform(size=3).tolist()
    if form < wave.form_share:
        yield _hit(message, message.at - 4 - 40 * wait, "GET", paths.form, 6_841)
    if message.verified_s is not None:
        at = message.at + message.verified_s
        yield Check(
            at, message.session, message.account, message.address, message.agent, right=True, purpose=wave.purpose
        )
        yield _hit(message, at, "POST", paths.check, 188)
        if life < wave.reply.life:
            yield _hit(message, at + 1 + 3 * wait, "GET", "/account", 2_400 + int(900 * wait))


def _hit(message: Message, at: float, method: str, target: str, size: int) -> Hit:
    return Hit(
        at,
        message.address,
        message.agent,
        method,
        target,
        200,
        size,
        0.02 + 0.06 * (at % 1),
        protocol="HTTP/2.0",
        campaign=message.campaign,
    )
