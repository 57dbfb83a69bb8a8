"""Attempts at the form, as a rule sees them, with what would follow if the message were sent."""

from collections.abc import Iterator

import msgspec

from checkvalve.simulation.attempts import attempt
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.events import Message


class Attempt(msgspec.Struct):
    """One attempt. A rule reads what stands above ``delivered_s``; the rest belongs to the driver."""

    at: float
    number: str
    """Digits of the international form."""
    country: str
    endpoint: str
    ip: str
    agent: str
    account: str
    mail: str
    price_usd: float
    delivered_s: float | None
    verified_s: float | None
    campaign: str | None
    solves: bool = True
    """Whether the caller would solve a challenge."""
    key: str = ""
    """The attempt's identifier."""
    channel: str = "sms"


def attempts(plan: Plan, seed: int) -> Iterator[Attempt]:
    """All attempts of a plan in order of time; what came into being behind the form is none."""
    for event in plan.events():
        if not isinstance(event, Message) or event.place != "site":
            continue
        line = attempt(seed, event)
        yield Attempt(
            at=event.at,
            number=event.number,
            country=event.country.iso,
            endpoint=event.purpose,
            ip=event.address,
            agent=event.agent,
            account=event.account,
            mail=line["email_domain"],
            price_usd=event.price_usd,
            delivered_s=line["outcome"]["delivered_s"],
            verified_s=event.verified_s,
            campaign=event.campaign,
            solves=line["outcome"]["solves_challenge"],
            key=line["attempt_id"],
            channel=line["channel"],
        )
