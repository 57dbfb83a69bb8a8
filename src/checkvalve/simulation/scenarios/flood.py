"""A flood over one night: thousands of home connections, browsers like everybody's, blocks of three countries.

Modelled on the retailer that eknix describes (240,000 codes between midnight and four) and on Luma's blocks with a
common prefix; smaller, so that the files stay small. Messages go through SNS, sign-ups through Amazon Cognito.
"""

from pathlib import Path

import msgspec
import numpy as np

from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.agents import BROWSERS
from checkvalve.simulation.traffic.countries import COUNTRIES, countries
from checkvalve.simulation.traffic.draws import choose, stream
from checkvalve.simulation.traffic.events import Event
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.pumping import Pump, pick_blocks, pump_events, residential, spread_over
from checkvalve.simulation.traffic.tenant import Paths, Tenant
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.alb import Alb
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.cognito import Cognito
from checkvalve.simulation.vendors.cur import Cur
from checkvalve.simulation.vendors.sns import SnsCloudWatch
from checkvalve.simulation.vendors.threat_list import write_threat_list

START, DAYS = utc(2026, 5, 18), 18
PATHS = Paths(
    host="shop.fjordwear.example",
    send="/account/phone/send-otp",
    check="/account/phone/confirm",
    form="/account/sign-in",
    password="/account/sign-in/password",
    interface="/rest/v1",
)
POOL_COUNTRIES = {"BR": 0.24, "IN": 0.22, "MX": 0.14, "ID": 0.12, "ZA": 0.10, "TR": 0.10, "PH": 0.08}


class Knobs(msgspec.Struct, frozen=True):
    """What can be turned. ``attack_at`` is epoch seconds."""

    sends_per_day: float = 180.0
    attack_at: float = utc(2026, 6, 1, 22, 20)
    attack_s: float = 4.4 * 3_600
    attack_sends: int = 5_400
    addresses: int = 3_400
    listed_share: float = 0.06
    """So many of the addresses are on the threat list."""


def plan(seed: int, scale: float = 1.0, knobs: Knobs | None = None) -> Plan:
    """The scenario; ``scale`` multiplies the honest traffic."""
    knobs = knobs or Knobs()
    tenant = Tenant(
        app="Fjordwear",
        sends_per_day=knobs.sends_per_day * scale,
        countries=countries("SE DE NL FI AT GB CH BE FR PL CZ IT ES US AZ"),
        paths=PATHS,
        zipf=1.2,
        app_share=0.15,
        visits_per_send=0.8,
    )
    account = AwsAccount(seed=seed, domain=PATHS.host, region="eu-central-1")
    shares = {COUNTRIES[iso]: share for iso, share in POOL_COUNTRIES.items()}
    pool = residential(shares, knobs.addresses, seed, "flood")

    def logs(folder: Path) -> list[Log]:
        strangers = residential(shares, 900, seed, "others on the list")
        listed = [*pool[: int(len(pool) * knobs.listed_share)], *strangers]
        write_threat_list(folder / "proxy-exits.txt", listed, START + (DAYS + 1) * DAY_S)
        return [
            SnsCloudWatch(folder, account),
            Alb(folder / "alb-access.log.gz", account),
            Cur(folder / "cur-2026.csv.gz", account),
            Cognito(folder / "cloudtrail", account),
        ]

    return Plan(
        kind="attack",
        window=(START, START + DAYS * DAY_S),
        streams=[Honest(tenant, START, DAYS, seed).events(), _attack(tenant, seed, knobs, pool)],
        logs=logs,
        send_ids=lambda message: [account.message_id(message)],
        expected=Expected("attack", "escalate"),
    )


def _attack(tenant: Tenant, seed: int, knobs: Knobs, pool: list[str]) -> list[Event]:
    random = stream(seed, "flood")
    uzbek, azeri, tajik = (COUNTRIES[iso] for iso in ("UZ", "AZ", "TJ"))
    places = [
        (uzbek, uzbek.carrier("Ucell"), 7),
        (uzbek, uzbek.carrier("Mobiuz"), 4),
        (azeri, azeri.carrier("Bakcell"), 5),
        (tajik, tajik.carrier("Tcell"), 3),
    ]
    blocks = pick_blocks(places, seed, "flood")
    count = knobs.attack_sends
    moments = np.sort(random.beta(1.6, 1.3, count)) * knobs.attack_s
    weights = np.arange(1, len(blocks) + 1, dtype=np.float64) ** -0.6
    browsers = choose(random, np.array([share for _, share in BROWSERS]), count).tolist()
    pump = Pump(
        campaign="flood",
        times=np.round(knobs.attack_at + moments, 3),
        blocks=blocks,
        targets=choose(random, random.permutation(weights), count),
        addresses=spread_over(pool, count, random),
        agents=[BROWSERS[index][0] for index in browsers],
        conversion=0.006,
        delivered=0.81,
        receipts=0.96,
    )
    return pump_events(pump, tenant, seed)
