"""What happens, before any vendor has written it down. Times are epoch seconds, true ones, without a log's skew."""

from typing import Literal

import msgspec

from checkvalve.simulation.traffic.countries import Carrier, Country


class Message(msgspec.Struct):
    """A code handed to the message provider."""

    at: float
    key: str
    """Unique in the scenario; every vendor's identifier of the message is derived from it."""
    session: str
    """The verification that it belongs to: a first code and its resends share it."""
    number: str
    """Digits of the international form, without ``+``."""
    country: Country
    carrier: Carrier
    price_usd: float
    purpose: str
    account: str
    address: str
    agent: str
    delivered_s: float | None = None
    """Seconds until the handset had it; ``None``: it never did."""
    failure: str | None = None
    """Why it was not delivered: ``unreachable``, ``unknown``, ``landline`` or ``carrier``."""
    receipt: bool = True
    """False where the carrier never reported back."""
    verified_s: float | None = None
    resend: bool = False
    channel: Literal["sms", "call"] = "sms"
    place: Literal["site", "gateway", "carrier"] = "site"
    """Where it came into being: at the form, at the gateway with a stolen key, or behind it (only the bill knows)."""
    mail: str | None = None
    """The domain of the account's e-mail address, where it is not one of the usual ones."""
    solves: float = 0.94
    """How likely the sender would solve a challenge."""
    campaign: str | None = None
    """The truth. No log may look at it."""


class Hit(msgspec.Struct):
    """One request at the web server. ``raw`` is what came where it was no HTTP."""

    at: float
    address: str
    agent: str | None
    method: str
    target: str
    status: int
    size: int
    duration_s: float
    referrer: str | None = None
    protocol: str = "HTTP/1.1"
    raw: bytes | None = None
    campaign: str | None = None
    """The truth. No log may look at it."""


class Check(msgspec.Struct):
    """Somebody enters a code (right or wrong) for a verification."""

    at: float
    session: str
    account: str
    address: str
    agent: str
    right: bool
    purpose: str


class Complaint(msgspec.Struct):
    """A user writes to support about messages."""

    at: float
    kind: str
    number: str
    country: Country
    text: str


Event = Message | Hit | Check | Complaint
