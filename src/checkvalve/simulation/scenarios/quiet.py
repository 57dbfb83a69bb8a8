"""A quiet month: days, weeks, a holiday and an evening of a television show, and nothing else."""

from pathlib import Path

import msgspec

from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions, Holiday, Surge
from checkvalve.simulation.traffic.countries import countries
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.tenant import Paths, Tenant
from checkvalve.simulation.truth import Expected
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.cognito import Cognito
from checkvalve.simulation.vendors.nginx import NginxJson
from checkvalve.simulation.vendors.sns import SnsLines
from checkvalve.simulation.vendors.sns_usage import SnsUsage

START, DAYS = utc(2026, 5, 1), 31
PATHS = Paths(
    host="harborline.example",
    send="/auth/code",
    check="/auth/code/check",
    form="/auth",
    password="/auth/password",
    interface="/data/v1",
)


class Knobs(msgspec.Struct, frozen=True):
    """What can be turned. ``evening`` is by how much a show at home lifts one country's evening."""

    sends_per_day: float = 210.0
    holiday: float = 0.55
    evening: float = 1.8


def plan(seed: int, scale: float = 1.0, knobs: Knobs | None = None) -> Plan:
    """The scenario; ``scale`` multiplies all traffic."""
    knobs = knobs or Knobs()
    tenant = Tenant(
        app="Harborline",
        sends_per_day=knobs.sends_per_day * scale,
        countries=countries("US CA MX GB AU CO BR PH IN DE IE NG"),
        paths=PATHS,
        zipf=1.5,
        app_share=0.3,
        visits_per_send=0.9,
        weekend=0.8,
    )
    account = AwsAccount(seed=seed, domain=PATHS.host)
    show = utc(2026, 5, 19, 23)
    conditions = Conditions(
        surges=(Surge(show, show + 5_400, knobs.evening, frozenset({"US", "CA"}), newcomers=0.3),),
        holidays=(Holiday(utc(2026, 5, 25), knobs.holiday, frozenset({"US"})),),
    )

    def logs(folder: Path) -> list[Log]:
        return [
            SnsLines(folder / "sns-delivery.jsonl.zst", account),
            SnsUsage(folder, account),
            NginxJson(folder / "nginx.json.log.gz", seed, PATHS.host, offset_h=-4),
            Cognito(folder / "cloudtrail", account),
        ]

    return Plan(
        kind="quiet",
        window=(START, START + DAYS * DAY_S),
        streams=[Honest(tenant, START, DAYS, seed, conditions).events()],
        logs=logs,
        send_ids=lambda message: [account.message_id(message)],
        expected=Expected("clear", "close"),
    )
