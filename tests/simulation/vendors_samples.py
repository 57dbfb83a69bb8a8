"""Hand-made events that the tests of the log writers write down."""

from typing import Any

from checkvalve.simulation.traffic.countries import COUNTRIES
from checkvalve.simulation.traffic.events import Complaint, Event, Hit, Message
from checkvalve.simulation.vendors.base import Log

AT = 1_779_699_600.25  # 2026-05-25T09:00:00.25Z


def message(
    key: str = "a.0",
    at: float = AT,
    delivered_s: float | None = 4.0,
    failure: str | None = None,
    receipt: bool = True,
    verified_s: float | None = 20.0,
    iso: str = "CO",
) -> Message:
    """One message; by default delivered and verified."""
    country = COUNTRIES[iso]
    return Message(
        at=at,
        key=key,
        session=key.split(".")[0],
        number=f"{country.calling_code}3104000123",
        country=country,
        carrier=country.carriers[0],
        price_usd=0.0391,
        purpose="signup",
        account="6dd0c0a2-0000-4000-a000-000000000001",
        address="203.0.113.9",
        agent="Lumen/6.18.0 (Android 15; Pixel 8a) okhttp/4.12.0",
        delivered_s=delivered_s,
        failure=failure,
        receipt=receipt,
        verified_s=verified_s,
    )


def failed(key: str = "b.0", at: float = AT + 1) -> Message:
    """A message that the carrier could not deliver."""
    return message(key, at, delivered_s=None, failure="unreachable", verified_s=None)


def silent(key: str = "c.0", at: float = AT + 2) -> Message:
    """A message of which the carrier never reported."""
    return message(key, at, receipt=False, verified_s=None)


def hit(at: float = AT, **fields: Any) -> Hit:
    """One request."""
    given: dict[str, Any] = {
        "address": "203.0.113.9",
        "agent": "curl/8.7.1",
        "method": "GET",
        "target": "/plans?x=1",
        "status": 200,
        "size": 512,
        "duration_s": 0.05,
    }
    return Hit(at, **(given | fields))


def complaint(at: float = AT) -> Complaint:
    """One report."""
    return Complaint(at, "not_received", "573104000123", COUNTRIES["CO"], "no code, nothing")


def written_by(log: Log, *events: Event) -> None:
    """Let the log write down the events and close it."""
    for event in events:
        log.add(event)
    log.close()
