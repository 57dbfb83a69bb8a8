"""Which logs a business keeps, and who sees what: a message without a code is no verification, and so on."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from checkvalve.simulation.catalogue.world import World
from checkvalve.simulation.traffic.events import Event, Hit, Message
from checkvalve.simulation.vendors.alb import Alb
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import Log
from checkvalve.simulation.vendors.calendars import Activity, write_csv, write_ics
from checkvalve.simulation.vendors.cognito import Cognito
from checkvalve.simulation.vendors.complaints import Complaints
from checkvalve.simulation.vendors.cur import Cur
from checkvalve.simulation.vendors.nginx import NginxCombined, NginxJson
from checkvalve.simulation.vendors.sns import SnsCloudWatch, SnsLines
from checkvalve.simulation.vendors.sns_usage import SnsUsage
from checkvalve.simulation.vendors.threat_list import write_threat_list
from checkvalve.simulation.vendors.twilio import Account
from checkvalve.simulation.vendors.twilio_bulk_export import TwilioBulkExport
from checkvalve.simulation.vendors.twilio_console import TwilioConsole
from checkvalve.simulation.vendors.twilio_pages import TwilioPages
from checkvalve.simulation.vendors.twilio_verify import TwilioVerify

CODES = ("login", "signup", "reset")


class Extras(msgspec.Struct, frozen=True):
    """What lies beside the logs, and what is missing from them."""

    activities: Sequence[Activity] = ()
    complaints: bool = False
    listed: Sequence[str] = ()
    """Addresses on a list of proxies."""
    bill: bool = False
    """Whether the bill is at hand whatever the stack."""
    lost: tuple[float, float] | None = None
    """From when to when (epoch seconds) the web server's log was lost."""
    late_outcomes: float | None = None
    """The verifications were fetched at this moment, and know nothing of later ones."""


class Only:
    """A log that sees a part of what happens."""

    def __init__(self, log: Log, sees: Callable[[Event], bool]) -> None:
        self._log, self._sees = log, sees

    def add(self, event: Event) -> None:
        """Pass on what it sees."""
        if self._sees(event):
            self._log.add(event)

    def close(self) -> None:
        """Close the log."""
        self._log.close()


def at_gateway(event: Event) -> bool:
    """Whether the message gateway has it: all but what was injected behind it, and no calls."""
    return not isinstance(event, Message) or (event.place != "carrier" and event.channel == "sms")


def is_code(event: Event) -> bool:
    """Whether it belongs to a verification that the form began."""
    return not isinstance(event, Message) or (event.place == "site" and event.purpose in CODES)


def open_logs(world: World, extras: Extras, folder: Path) -> list[Log]:
    """The logs of the business, opened in a folder."""
    beside = _beside(world, extras, folder)
    made = _twilio(world, folder) if not amazon(world) else _amazon(world, folder)
    if extras.bill and not any(isinstance(log, Cur) for log in made):
        made.append(Cur(folder / "billing" / "cur.csv.gz", _aws(world)))
    return [*beside, *(_seen(log, extras) for log in made)]


def amazon(world: World) -> bool:
    """Whether its messages go through Amazon."""
    return world.stack in ("aws", "usage")


def _seen(log: Log, extras: Extras) -> Log:
    if isinstance(log, Cur):
        return log
    if isinstance(log, TwilioVerify | Cognito):
        end = extras.late_outcomes
        return Only(log, lambda event: is_code(event) and (end is None or event.at < end))
    if isinstance(log, NginxCombined | NginxJson | Alb) and extras.lost is not None:
        first, last = extras.lost
        return Only(log, lambda event: not isinstance(event, Hit) or not first <= event.at < last)
    return Only(log, at_gateway)


def _beside(world: World, extras: Extras, folder: Path) -> list[Log]:
    folder.mkdir(parents=True, exist_ok=True)
    if extras.activities and world.seed % 2:
        write_ics(folder / "calendar.ics", extras.activities)
    elif extras.activities:
        write_csv(folder / "calendar.csv", extras.activities)
    if extras.listed:
        write_threat_list(folder / "proxies.txt", extras.listed, world.end)
    return [Complaints(folder / "complaints.csv")] if extras.complaints else []


def _account(world: World) -> Account:
    return Account(seed=world.seed, app=world.tenant.app, domain=world.tenant.paths.host)


def _aws(world: World) -> AwsAccount:
    return AwsAccount(seed=world.seed, domain=world.tenant.paths.host, region="eu-west-1")


def _twilio(world: World, folder: Path) -> list[Log]:
    account, host = _account(world), world.tenant.paths.host
    verify = TwilioVerify(folder / "verify", "attempts", account)
    combined = NginxCombined(folder / "web" / "access.log.gz", world.seed, host, offset_h=world.seed % 3)
    if world.stack == "twilio":
        return [TwilioBulkExport(folder / "messages.jsonl.gz", account), verify, combined]
    if world.stack == "console":
        web = NginxJson(folder / "web" / "access.json.zst", world.seed, host)
        return [TwilioConsole(folder / "messages.csv.zst", account), verify, web]
    if world.stack == "pages":
        return [TwilioPages(folder / "messages", "messages", account), verify, combined]
    return [verify, combined]


def _amazon(world: World, folder: Path) -> list[Log]:
    account, host = _aws(world), world.tenant.paths.host
    trail = Cognito(folder / "cloudtrail", account)
    if world.stack == "aws":
        balancer, bill = Alb(folder / "alb.log.gz", account), Cur(folder / "billing" / "cur.csv.gz", account)
        return [SnsCloudWatch(folder / "sns", account), balancer, bill, trail]
    web = NginxJson(folder / "web" / "access.json.gz", world.seed, host)
    return [SnsLines(folder / "sns.jsonl.zst", account), SnsUsage(folder, account), web, trail]


def send_ids(world: World) -> Callable[[Message], list[str]]:
    """A message's identifiers in the logs of the business, the gateway's first; none where only the bill has it."""
    account, aws = _account(world), _aws(world)

    def ids(message: Message) -> list[str]:
        if amazon(world):
            return [aws.message_id(message)] if at_gateway(message) else []
        found = [account.message_sid(message)] if at_gateway(message) and world.stack != "verify" else []
        return [*found, account.attempt_sid(message)] if is_code(message) else found

    return ids
