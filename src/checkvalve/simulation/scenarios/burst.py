"""A burst: thousands of codes within minutes, before dawn, to one block of numbers in one country.

Modelled on the incident that Yousef Amar described in 2023: the real app, automated on an old Android, mostly one
address, Myanmar numbers, all within three minutes around 05:00 UTC; the next day somebody tries a few by hand.
"""

from pathlib import Path

import msgspec
import numpy as np

from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.agents import BROWSERS, app_agents
from checkvalve.simulation.traffic.countries import COUNTRIES, countries
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.networks import hosting_addresses
from checkvalve.simulation.traffic.pumping import Pump, pick_blocks, pump_events
from checkvalve.simulation.traffic.tenant import Paths, Tenant
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.nginx import NginxCombined
from checkvalve.simulation.vendors.twilio import Account
from checkvalve.simulation.vendors.twilio_bulk_export import TwilioBulkExport
from checkvalve.simulation.vendors.twilio_verify import TwilioVerify

START, DAYS = utc(2026, 5, 11), 21
PATHS = Paths(
    host="www.lumen.example",
    send="/api/v2/auth/challenge",
    check="/api/v2/auth/challenge/answer",
    form="/login",
    password="/api/v2/auth/password",
    interface="/api/v2",
)


class Knobs(msgspec.Struct, frozen=True):
    """What can be turned. ``attack_at`` is epoch seconds."""

    sends_per_day: float = 330.0
    attack_at: float = utc(2026, 5, 27, 4, 57)
    attack_s: float = 190.0
    attack_sends: int = 3_600
    main_address_share: float = 0.93
    by_hand: int = 4


def plan(seed: int, scale: float = 1.0, knobs: Knobs | None = None) -> Plan:
    """The scenario; ``scale`` multiplies the honest traffic."""
    knobs = knobs or Knobs()
    tenant = Tenant(
        app="Lumen",
        sends_per_day=knobs.sends_per_day * scale,
        countries=countries("GB IE DE ES FR NL PL IT PT US SE IN ZA UA MM"),
        paths=PATHS,
        zipf=1.35,
        app_share=0.6,
    )
    account = Account(seed=seed, app="Lumen", domain=PATHS.host)

    def logs(folder: Path) -> list[Log]:
        return [
            TwilioBulkExport(folder / "twilio-messages.jsonl.gz", account),
            TwilioVerify(folder, "twilio-verify-attempts", account),
            NginxCombined(folder / "access.log.gz", seed, PATHS.host),
        ]

    def send_ids(message: Message) -> list[str]:
        return [account.message_sid(message), account.attempt_sid(message)]

    return Plan(
        kind="attack",
        window=(START, START + DAYS * DAY_S),
        streams=[Honest(tenant, START, DAYS, seed).events(), *_attack(tenant, seed, knobs)],
        logs=logs,
        send_ids=send_ids,
        expected=Expected("attack", "escalate"),
    )


def _attack(tenant: Tenant, seed: int, knobs: Knobs) -> list[list[Event]]:
    random = stream(seed, "burst")
    myanmar = COUNTRIES["MM"]
    blocks = pick_blocks([(myanmar, myanmar.carrier("ATOM"), 1)], seed, "burst")
    count = knobs.attack_sends
    offsets = np.sort(random.beta(1.3, 1.1, count)) * knobs.attack_s
    main, *others = hosting_addresses(6, random)
    minor = random.randint(0, len(others), count).tolist()
    on_main = (random.uniform(size=count) < knobs.main_address_share).tolist()
    storm = Pump(
        campaign="burst",
        times=np.round(knobs.attack_at + offsets, 3),
        blocks=blocks,
        targets=np.zeros(count, dtype=np.int64),
        addresses=[main if one else others[other] for one, other in zip(on_main, minor, strict=True)],
        agents=[app_agents(tenant.app)[-1][0]] * count,
        conversion=0.004,
        delivered=0.72,
        receipts=0.95,
    )
    probe_times = knobs.attack_at + 37.0 * 3_600 + np.cumsum(random.uniform(40, 400, knobs.by_hand))
    probe = Pump(
        campaign="burst",
        times=np.round(probe_times, 3),
        blocks=blocks,
        targets=np.zeros(knobs.by_hand, dtype=np.int64),
        addresses=hosting_addresses(1, random) * knobs.by_hand,
        agents=[BROWSERS[10][0]] * knobs.by_hand,
        conversion=0.0,
        delivered=0.8,
        part="by hand",
    )
    return [pump_events(storm, tenant, seed), pump_events(probe, tenant, seed)]
