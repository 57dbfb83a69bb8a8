"""Auth0's tenant log: who asked for codes by text or call, to which number, from where, and which came back?

Events of the Management API, of log streams (``{"log_id", "data"}``) and of what collectors make of these. Auth0
hands a text to a provider, whose own log names the message; so a text is a verification that was started and not a
second message. Read are

* ``gd_send_sms``, ``gd_send_voice`` and their failures (multi-factor), ``cs`` and ``cls`` of a text connection
  (passwordless): started, or failed;
* ``gd_auth_succeed``, ``gd_auth_failed``, ``gd_auth_rejected``, ``gd_enrollment_complete`` and
  ``gd_otp_rate_limit_exceed`` where the record says that the factor was a text or a call; logins of a text
  connection (``s``, ``f``, ``fp``): approved, or failed.

Pushes, apps, e-mails and everything else are not about texts. Numbers may be masked. ``date`` has no zone where a
collector wrote it, and is UTC. Fields: github.com/auth0/auth0-log-schemas, codes:
auth0.com/docs/deploy-monitor/logs/log-event-type-codes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Verification, VerificationKind
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample

_ALWAYS: dict[str, VerificationKind] = {
    "gd_send_sms": "started",
    "gd_send_voice": "started",
    "gd_send_sms_failure": "failed",
    "gd_send_voice_failure": "failed",
}
_OF_A_FACTOR: dict[str, VerificationKind] = {
    "gd_auth_succeed": "approved",
    "gd_enrollment_complete": "approved",
    "gd_auth_failed": "failed",
    "gd_auth_rejected": "failed",
    "gd_otp_rate_limit_exceed": "failed",
}
"""Events of any factor: read where the record names a text or a call."""
_OF_A_CONNECTION: dict[str, VerificationKind] = {
    "cs": "started",
    "cls": "started",
    "s": "approved",
    "f": "failed",
    "fp": "failed",
}
"""Events of any connection: read where it is a text connection."""
_TEXT = frozenset({"sms", "voice", "phone"})
_IN_WORDS = re.compile(r"\((sms|voice|phone)\)", re.IGNORECASE)
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,60}")
_TENANT = frozenset({"client_id", "client_name", "tenant_name", "environment_name", "connection_id", "user_id"})
_IDENTITY = frozenset({"log_id", "date"})
_CONTENT = frozenset({"details", "description"})


@dataclass(frozen=True, slots=True)
class Auth0Logs:
    """Texts and calls in an Auth0 tenant's log.

    >>> read = Auth0Logs().reader(Logs())
    >>> [asked] = read({"log_id": "l1", "data": {
    ...     "log_id": "l1", "type": "gd_send_sms", "date": "2026-05-26T10:00:00.000Z", "tenant_name": "example",
    ...     "ip": "203.0.113.7", "user_id": "auth0|1", "description": "MFA SMS sent",
    ...     "details": {"authenticator": {"id": "a", "type": "sms", "phone_number": "+12025550100"}}}})
    >>> asked.kind, asked.destination, asked.ip, asked.event_id
    ('started', '+12025550100', '203.0.113.7', 'l1')
    """

    name: str = "auth0.logs"
    title: str = "Auth0 tenant log"
    enable: str = (
        "Create a log stream (Dashboard > Monitoring > Streams) into a bucket or a webhook of yours, or fetch the "
        "last days with 'auth0 logs list --filter \"type:gd_send_sms\" --json' or 'GET /api/v2/logs' page by page."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is a tenant log? By the type code beside the tenant's own keys."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records have a type code and the keys of an Auth0 log event")

    def reader(self, logs: Logs) -> Read:
        """A translator of one log event into one verification."""
        return _read


def _event(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event itself; streams put it under ``data``."""
    inside = record.get("data")
    return inside if isinstance(inside, dict) and "type" in inside else record


def _is_own(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    event = _event(record)
    kind = event.get("type")
    return (
        isinstance(kind, str)
        and _TYPE.fullmatch(kind) is not None
        and not any(keys.isdisjoint(event) for keys in (_TENANT, _IDENTITY, _CONTENT))
        and "specversion" not in record
    )


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    event = _event(found)
    kind, details = values.text(event.get("type")) or "", values.inner(event, "details")
    meant = _meant(kind, event, details)
    if meant is None:
        raise Unusable("not_a_verification", f"type: {values.shown(kind)}")
    at = values.optional_timestamp(event.get("date"), "date")
    return (
        Verification(
            occurred_at=at or values.timestamp(found.get("time") or found.get("p_event_time"), "date"),
            kind=meant,
            destination=_number(event, details),
            account_id=values.text(event.get("user_id")),
            ip=values.ip(event.get("ip")),
            user_agent=values.text(event.get("user_agent")),
            endpoint=kind,
            error_code=_error(details) if meant == "failed" else None,
            event_id=values.text(event.get("log_id")) or values.text(found.get("log_id")),
        ),
    )


def _meant(kind: str, event: Mapping[str, Any], details: Mapping[str, Any]) -> VerificationKind | None:
    if kind in _ALWAYS:
        return _ALWAYS[kind]
    if kind in _OF_A_FACTOR:
        factor = (values.text(values.inner(details, "authenticator").get("type")) or "").lower()
        told = factor in _TEXT or (not factor and _IN_WORDS.search(values.text(event.get("description")) or ""))
        return _OF_A_FACTOR[kind] if told else None
    if kind in _OF_A_CONNECTION:
        body = values.inner(details, "body")
        named = {
            values.text(one) for one in (event.get("strategy"), event.get("connection"), body.get("connection"))
        }
        return _OF_A_CONNECTION[kind] if named & _TEXT or values.text(body.get("phone_number")) else None
    return None


def _number(event: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """The number, wherever the kind of event keeps it; an integer cannot keep its plus."""
    for holder in ("authenticator", "enrollment", "body"):
        written = values.inner(details, holder).get("phone_number")
        number = values.destination(written, bare=isinstance(written, int))
        if number is not None:
            return number
    return values.destination(event.get("user_name"))


def _error(details: Mapping[str, Any]) -> str | None:
    codes = (values.inner(details, holder).get("errorCode") for holder in ("provider_error", "failure_details"))
    return next(filter(None, map(values.text, codes)), None)
