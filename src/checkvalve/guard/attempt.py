"""What the guard is asked, what it hears of later, and what it answers."""

from datetime import UTC, datetime
from typing import Any, Literal, get_args

import msgspec

from checkvalve.errors import Unusable
from checkvalve.guard.limits import LATEST_S, MOST_USD, check_price, check_time

Action = Literal["allow", "challenge", "delay", "block"]
"""From the mildest to the hardest; ``delay`` asks the caller to come again in ``retry_after_s``."""

Event = Literal["sent", "delivered", "failed", "verified", "expired", "complained", "completed"]
"""What may be heard of an attempt that was let through. ``completed``: the person finished by another factor."""

_EVENTS: frozenset[str] = frozenset(get_args(Event))

SEVERITY: dict[Action, int] = {"allow": 0, "challenge": 1, "delay": 2, "block": 3}
"""Which of two actions wins where rules differ."""


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """Somebody asks for a message. Only ``attempt_id``, ``at`` and ``phone`` are needed; the more, the better.

    ``at`` is in epoch seconds, ``phone`` in E.164 with ``+``. Raises ValueError for a time that is none (milliseconds,
    for one), and for a price that is below zero or no number: either would spoil what is remembered.

    >>> Attempt("a1", 1_780_000_000.0, "+212600000001").channel
    'sms'
    """

    attempt_id: str
    at: float
    phone: str
    channel: str = "sms"
    endpoint: str = ""
    ip: str | None = None
    user_agent: str | None = None
    ja4: str | None = None
    account_id: str | None = None
    email_domain: str | None = None
    asn: int | None = None
    tenant: str = ""
    price_usd: float | None = None
    """What the message will cost; without it, the public list price of the country is taken."""
    challengeable: bool = True
    """Can a challenge be shown to whoever asks? Not by what stands behind the form, such as a hook or a front."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.at < LATEST_S:
            check_time(self.at)
        if self.price_usd is not None:
            check_price(self.price_usd)


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why: the rule that spoke, what it wants, and on what evidence. For logs and operators, never for callers."""

    code: str
    action: Action
    message: str
    shadow: bool = False
    """Only noted: the rule is in shadow mode."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What to do about one attempt.

    ``expected_cost_usd`` is what the action is expected to cost, fraud and honest people's trouble together.
    """

    attempt_id: str
    action: Action
    p_fraud: float
    reasons: tuple[Reason, ...] = ()
    expected_cost_usd: float = 0.0
    retry_after_s: float = 0.0
    would: Action = "allow"
    """What would be done were no rule in shadow mode."""

    @property
    def allowed(self) -> bool:
        """May the message be sent now?"""
        return self.action == "allow"


def check_event(event: str) -> None:
    """Raises ValueError for what is no event.

    >>> check_event("verfied")
    Traceback (most recent call last):
    ...
    ValueError: event must be one of complained, completed, delivered, expired, failed, sent, verified, not 'verfied'
    """
    if event not in _EVENTS:
        raise ValueError(f"event must be one of {', '.join(sorted(_EVENTS))}, not {event!r}")


def epoch_s(text: str) -> float:
    """The epoch seconds of an ISO 8601 time; one without a zone is UTC.

    Raises ValueError for anything else, and for times before 1970.

    >>> epoch_s("1970-01-01T00:00:01.5Z"), epoch_s("1970-01-01T01:00:00+01:00")
    (1.5, 0.0)
    """
    found = datetime.fromisoformat(text)
    epoch = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    if epoch < 0.0:
        raise ValueError(f"{text} is before 1970")
    return epoch


_TEXTS = ("attempt_id", "phone", "channel", "endpoint", "ip", "user_agent", "ja4", "account_id", "email_domain")


def attempt_of(record: dict[str, Any], *, now_s: float | None = None) -> Attempt:
    """The attempt that a JSON object describes; fields that are not known are passed over.

    Args:
        record: as contract and documentation describe it, times in ISO 8601.
        now_s: the time of an attempt that names none.

    Raises:
        Unusable: with the field that cannot be used.

    >>> attempt_of({"attempt_id": "a", "at": "1970-01-01T00:01:00Z", "phone": "+15005550006"}).at
    60.0
    """
    given: dict[str, Any] = {name: record[name] for name in (*_TEXTS, "tenant") if record.get(name) is not None}
    for name, value in given.items():
        if not isinstance(value, str):
            raise Unusable("bad_field", f"{name} must be a text")
    if not given.get("attempt_id") or not given.get("phone"):
        raise Unusable("missing_field", "attempt_id and phone are needed")
    at = record.get("at")
    if at is None and now_s is None:
        raise Unusable("missing_field", "at is needed")
    try:
        given["at"] = now_s if at is None else epoch_s(at)
    except (TypeError, ValueError) as error:
        raise Unusable("bad_field", "at must be an ISO 8601 time") from error
    price, asn = record.get("price_usd"), record.get("asn")
    challengeable = record.get("challengeable", True)
    if not isinstance(challengeable, bool):
        raise Unusable("bad_field", "challengeable must be true or false")
    if price is not None and not (isinstance(price, int | float) and 0 <= price < MOST_USD):
        raise Unusable("bad_field", "price_usd must be a number from 0 to 1000")
    if asn is not None and not (isinstance(asn, int) and 0 < asn < 1 << 32):
        raise Unusable("bad_field", "asn must be the number of a network")
    price_usd = None if price is None else float(price)
    return Attempt(**given, price_usd=price_usd, asn=asn, challengeable=challengeable)
