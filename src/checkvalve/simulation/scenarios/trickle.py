"""A trickle: a few codes an hour to a dozen ranges for three weeks, inside countries that the tenant serves.

Modelled on what Group-IB and Arkose call low and slow: no burst anywhere, home connections of the same countries,
the form loaded first, the rhythm of the day kept; only the codes are hardly ever entered.
"""

from pathlib import Path

import msgspec
import numpy as np

from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.agents import BROWSERS
from checkvalve.simulation.traffic.arrivals import day_shape
from checkvalve.simulation.traffic.countries import COUNTRIES, countries
from checkvalve.simulation.traffic.draws import Floats, choose, stream
from checkvalve.simulation.traffic.events import Event
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.pumping import Pump, pick_blocks, pump_events, residential, spread_over
from checkvalve.simulation.traffic.tenant import Paths, Tenant
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.nginx import NginxCombined
from checkvalve.simulation.vendors.twilio import Account
from checkvalve.simulation.vendors.twilio_verify import TwilioVerify

START, DAYS = utc(2026, 5, 4), 29
PATHS = Paths(
    host="app.tandem.example",
    send="/v3/verify/start",
    check="/v3/verify/finish",
    form="/join",
    password="/v3/session",
    interface="/v3",
)


class Knobs(msgspec.Struct, frozen=True):
    """What can be turned. ``sends_per_hour`` is of one range."""

    sends_per_day: float = 330.0
    attack_at: float = utc(2026, 5, 11, 6)
    attack_days: float = 21.0
    ranges: int = 12
    sends_per_hour: float = 0.25
    addresses: int = 900
    conversion: float = 0.02


def plan(seed: int, scale: float = 1.0, knobs: Knobs | None = None) -> Plan:
    """The scenario; ``scale`` multiplies the honest traffic, so a larger one hides the trickle better."""
    knobs = knobs or Knobs()
    tenant = Tenant(
        app="Tandem",
        sends_per_day=knobs.sends_per_day * scale,
        countries=countries("IN ID GB PH MA US NG PK FR TR EG DE ZA KE BR"),
        paths=PATHS,
        zipf=0.9,
        app_share=0.45,
    )
    account = Account(seed=seed, app="Tandem", domain=PATHS.host)

    def logs(folder: Path) -> list[Log]:
        return [
            TwilioVerify(folder, "verify-attempts", account),
            NginxCombined(folder / "nginx" / "access.log.gz", seed, PATHS.host, offset_h=2),
        ]

    return Plan(
        kind="attack",
        window=(START, START + DAYS * DAY_S),
        streams=[Honest(tenant, START, DAYS, seed).events(), _attack(tenant, seed, knobs)],
        logs=logs,
        send_ids=lambda message: [account.attempt_sid(message)],
        expected=Expected("attack", "escalate"),
    )


def _times(knobs: Knobs, offset_h: float, random: np.random.RandomState) -> Floats:
    """Arrivals over the whole campaign, thinned at night but not as much as people's."""
    span_s = knobs.attack_days * DAY_S
    expected = knobs.ranges * knobs.sends_per_hour * span_s / 3_600
    times = knobs.attack_at + np.sort(random.uniform(size=int(random.poisson(2.0 * expected)))) * span_s
    busy = 0.35 + 0.65 * day_shape((times + offset_h * 3_600) % DAY_S / 3_600)
    return np.asarray(times[random.uniform(size=len(times)) < busy / 2.0], dtype=np.float64)


def _attack(tenant: Tenant, seed: int, knobs: Knobs) -> list[Event]:
    random = stream(seed, "trickle")
    indonesia, pakistan, morocco = (COUNTRIES[iso] for iso in ("ID", "PK", "MA"))
    third = knobs.ranges // 3
    places = [
        (indonesia, indonesia.carrier("XL"), knobs.ranges - 2 * third),
        (pakistan, pakistan.carrier("Ufone"), third),
        (morocco, morocco.carrier("Inwi"), third),
    ]
    blocks = pick_blocks(places, seed, "trickle")
    times = _times(knobs, 4.0, random)
    targets = choose(random, np.ones(len(blocks)), len(times))
    pools = {
        country.iso: residential({country: 1.0}, knobs.addresses // 3, seed, f"trickle {country.iso}")
        for country in (indonesia, pakistan, morocco)
    }
    homes = [pools[blocks[target].country.iso] for target in targets.tolist()]
    browsers = choose(random, np.array([share for _, share in BROWSERS]), len(times)).tolist()
    pump = Pump(
        campaign="trickle",
        times=np.round(times, 3),
        blocks=blocks,
        targets=targets,
        addresses=[spread_over(home, 1, random)[0] for home in homes],
        agents=[BROWSERS[index][0] for index in browsers],
        conversion=knobs.conversion,
        delivered=0.86,
        form_share=0.7,
    )
    return pump_events(pump, tenant, seed)
