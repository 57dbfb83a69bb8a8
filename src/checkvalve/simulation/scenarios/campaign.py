"""A marketing push: for some hours several times the traffic in its countries, all of it real people.

The confounder of every volume rule. Conversion, carriers, numbers and networks stay as they are; the marketing
calendar knows of it. The message log is the console's download, the web server writes local time.
"""

from pathlib import Path

import msgspec

from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions, Surge
from checkvalve.simulation.traffic.countries import countries
from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.tenant import Paths, Tenant
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.calendars import Activity, write_ics
from checkvalve.simulation.vendors.nginx import NginxCombined
from checkvalve.simulation.vendors.twilio import Account
from checkvalve.simulation.vendors.twilio_console import TwilioConsole
from checkvalve.simulation.vendors.twilio_verify import TwilioVerify

START, DAYS = utc(2026, 5, 11), 21
PATHS = Paths(
    host="www.verdo.example",
    send="/api/register/phone",
    check="/api/register/phone/verify",
    form="/register",
    password="/api/login",
    interface="/api",
)


class Knobs(msgspec.Struct, frozen=True):
    """What can be turned. ``push_at`` is epoch seconds."""

    sends_per_day: float = 360.0
    push_at: float = utc(2026, 5, 26, 9)
    push_s: float = 9 * 3_600
    peak: float = 7.0
    push_countries: tuple[str, ...] = ("ES", "PT", "IT")


def plan(seed: int, scale: float = 1.0, knobs: Knobs | None = None) -> Plan:
    """The scenario; ``scale`` multiplies all traffic."""
    knobs = knobs or Knobs()
    tenant = Tenant(
        app="Verdo",
        sends_per_day=knobs.sends_per_day * scale,
        countries=countries("ES PT IT FR DE BR MX CO GB NL MA RO"),
        paths=PATHS,
        zipf=1.1,
        app_share=0.4,
        visits_per_send=0.9,
        weekend=1.15,
    )
    account = Account(seed=seed, app="Verdo", domain=PATHS.host)
    push = Surge(
        start=knobs.push_at,
        end=knobs.push_at + knobs.push_s,
        peak=knobs.peak,
        countries=frozenset(knobs.push_countries),
        ramp_s=2_400,
        newcomers=0.75,
    )

    def logs(folder: Path) -> list[Log]:
        write_ics(folder / "marketing-calendar.ics", _activities(knobs, tenant))
        return [
            TwilioConsole(folder / f"sms-log-{account.account_sid}_2026-06-01.csv.zst", account),
            TwilioVerify(folder, "twilio-verify-attempts", account),
            NginxCombined(folder / "access.log.gz", seed, PATHS.host, offset_h=2),
        ]

    return Plan(
        kind="benign",
        window=(START, START + DAYS * DAY_S),
        streams=[Honest(tenant, START, DAYS, seed, Conditions(surges=(push,))).events()],
        logs=logs,
        send_ids=lambda message: _ids(account, message),
        expected=Expected("clear", "close", rival="campaign"),
    )


def _ids(account: Account, message: Message) -> list[str]:
    return [account.message_sid(message), account.attempt_sid(message)]


def _activities(knobs: Knobs, tenant: Tenant) -> list[Activity]:
    """The push, and what else stands in a marketing team's calendar."""
    expected = int(tenant.sends_per_day * 0.6 * knobs.peak * knobs.push_s / DAY_S / 10) * 10
    return [
        Activity("Newsletter May", utc(2026, 5, 12, 8), utc(2026, 5, 12, 9), ("FR", "DE"), None, "CRM team"),
        Activity("Team offsite", utc(2026, 5, 14, 7), utc(2026, 5, 15, 16), (), None, "Office"),
        Activity(
            "Summer launch push: free month for new riders",
            knobs.push_at,
            knobs.push_at + knobs.push_s + 3 * 3_600,
            knobs.push_countries,
            expected,
            "Growth marketing",
            "growth@example.com",
        ),
        Activity("Podcast sponsorship DE", utc(2026, 6, 3, 6), utc(2026, 6, 3, 20), ("DE",), 400),
    ]
