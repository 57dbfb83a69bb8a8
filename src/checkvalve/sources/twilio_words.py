"""What do Twilio's words mean? Statuses, error codes, channels and addresses, as all its logs write them."""

from functools import lru_cache
from typing import Literal

from checkvalve.events import Channel, Status
from checkvalve.sources import values

PROVIDER = "twilio"

Verdict = Literal["fraud", "policy"]

STATUSES: dict[str, Status] = {
    "queued": "accepted",
    "accepted": "accepted",
    "scheduled": "accepted",
    "sending": "accepted",
    "pending": "accepted",
    "initiated": "accepted",
    "ringing": "sent",
    "in-progress": "sent",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "completed": "delivered",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
    "busy": "failed",
    "no-answer": "failed",
}
"""Statuses of messages, and of the calls that speak a code. A canceled one was scheduled and never went out."""

INBOUND_STATUSES = frozenset({"receiving", "received"})

VERDICTS: dict[str, Verdict] = {
    "30450": "fraud",
    "30453": "fraud",
    "60410": "fraud",
    "60605": "policy",
    "21408": "policy",
}
"""Codes of messages that were stopped before the network: 30450 and 30453 SMS pumping protection, 60410 Verify
Fraud Guard, 60605 and 21408 geographic permissions. 30044 and 30454 are limits of trial accounts and say nothing of
fraud (twilio.com/docs/api/errors)."""

CHANNELS: dict[str, Channel] = {
    "sms": "sms",
    "call": "voice",
    "voice": "voice",
    "email": "email",
    "whatsapp": "whatsapp",
    "rbm": "rcs",
    "rcs": "rcs",
    "messenger": "messenger",
    "mms": "mms",
    "push": "push",
}


@lru_cache(maxsize=1 << 10)
def status_of(word: str | None) -> Status | None:
    """Which status is the word, in whatever case? ``None`` for an unknown one.

    >>> status_of("UNDELIVERED"), status_of("queued"), status_of("misspelt")
    ('failed', 'accepted', None)
    """
    return None if word is None else STATUSES.get(word.lower())


def error_code(value: object) -> str | None:
    """Which error code? ``None`` for none, which the console's CSV writes as ``0``.

    >>> error_code(30007), error_code("30008"), error_code(0), error_code("30007.0"), error_code(None)
    ('30007', '30008', None, '30007', None)
    """
    found = values.text(value if not isinstance(value, float) or not value.is_integer() else int(value))
    if found is None:
        return None
    found = found.removesuffix(".0")
    return None if found == "0" else found


def judged(status: Status | None, code: str | None) -> tuple[Status | None, Verdict | None]:
    """What is the status, and the provider's verdict, given the error code?

    >>> judged("failed", "30450"), judged("failed", "30044")
    (('blocked', 'fraud'), ('failed', None))
    """
    verdict = None if code is None else VERDICTS.get(code)
    return (status, None) if verdict is None else ("blocked", verdict)


def address(value: object) -> tuple[str | None, Channel | None]:
    """Which number, over which channel? A prefix such as ``whatsapp:`` names the channel; without one it is unsaid.

    >>> address("+12025550100"), address("whatsapp:+12025550100"), address("messenger:1048")
    (('+12025550100', None), ('+12025550100', 'whatsapp'), (None, 'messenger'))
    """
    found = values.text(value)
    if found is None:
        return None, None
    prefix, colon, rest = found.partition(":")
    if not colon:
        return values.destination(found), None
    return values.destination(rest), CHANNELS.get(prefix.lower())
