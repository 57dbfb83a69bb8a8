"""A carrier outage: for hours one carrier delivers nothing, people press resend, conversion falls and comes back.

The confounder of every conversion rule. The numbers are known ones spread over the carrier's blocks, the networks
are the usual ones, other carriers of the country convert as ever, and users write to support.
"""

from pathlib import Path

import msgspec

from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions, Outage
from checkvalve.simulation.traffic.countries import countries
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.tenant import Paths, Tenant
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.calendars import Activity, write_csv
from checkvalve.simulation.vendors.complaints import Complaints
from checkvalve.simulation.vendors.nginx import NginxJson
from checkvalve.simulation.vendors.twilio import Account
from checkvalve.simulation.vendors.twilio_pages import TwilioPages
from checkvalve.simulation.vendors.twilio_verify import TwilioVerify

START, DAYS = utc(2026, 5, 18), 21
PATHS = Paths(
    host="my.kaarta.example",
    send="/gateway/mfa/request",
    check="/gateway/mfa/submit",
    form="/sign-in",
    password="/gateway/credentials",
    interface="/gateway",
)


class Knobs(msgspec.Struct, frozen=True):
    """What can be turned. ``outage_at`` is epoch seconds."""

    sends_per_day: float = 560.0
    outage_at: float = utc(2026, 6, 3, 12, 40)
    outage_s: float = 6.5 * 3_600
    country: str = "NL"
    carrier: str = "KPN"


def plan(seed: int, scale: float = 1.0, knobs: Knobs | None = None) -> Plan:
    """The scenario; ``scale`` multiplies all traffic."""
    knobs = knobs or Knobs()
    tenant = Tenant(
        app="Kaarta",
        sends_per_day=knobs.sends_per_day * scale,
        countries=countries("NL BE DE FR GB PL ES TR MA IT"),
        paths=PATHS,
        zipf=1.9,
        app_share=0.55,
        returning_share=0.78,
        visits_per_send=0.8,
        weekend=0.75,
    )
    account = Account(seed=seed, app="Kaarta", domain=PATHS.host)
    outage = Outage(knobs.country, knobs.carrier, knobs.outage_at, knobs.outage_at + knobs.outage_s)

    def logs(folder: Path) -> list[Log]:
        write_csv(folder / "business-calendar.csv", ACTIVITIES)
        return [
            TwilioPages(folder / "messages", "messages", account),
            TwilioVerify(folder / "verify", "attempts", account),
            NginxJson(folder / "access.json.gz", seed, PATHS.host),
            Complaints(folder / "complaints.csv"),
        ]

    return Plan(
        kind="benign",
        window=(START, START + DAYS * DAY_S),
        streams=[Honest(tenant, START, DAYS, seed, Conditions(outages=(outage,))).events()],
        logs=logs,
        send_ids=lambda message: [account.message_sid(message), account.attempt_sid(message)],
        expected=Expected("clear", "close", rival="carrier_outage"),
    )


ACTIVITIES = (
    Activity("Quarterly statement mailing", utc(2026, 5, 20, 6), utc(2026, 5, 20, 18), ("NL",), 200, "Operations"),
    Activity("App release 6.18", utc(2026, 5, 27, 5), utc(2026, 5, 27, 8), (), None, "Mobile team"),
)
