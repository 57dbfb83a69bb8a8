"""Okta's system log: who was sent codes by text or call, to which number, and from where were they asked for?

Events of the System Log API, of log streaming and of event hooks. Okta hands a text to a provider of its own or of
the site's; so a text is a verification that was started and not a second message. Read are all events
``system.sms.send_*`` and ``system.voice.send_*``; an outcome of FAILURE or DENY makes them failed.

The number stands in ``debugContext.debugData.phoneNumber`` (Identity Engine) or as the target of type MobilePhone
(Classic Engine), often masked. The client's country is not the number's and is not read. Which code came back is not
told in a documented way (``user.authentication.auth_via_mfa`` names the factor in undocumented words), and the
provider's receipts (``system.sms.receive_status``) name no message; both are left out.
Event types: developer.okta.com/docs/reference/api/event-types.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Verification
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys

_KEYS = frozenset({"eventType", "published", "uuid", "actor", "outcome"})
_SENDS = ("system.sms.send_", "system.voice.send_")
_REFUSED = frozenset({"FAILURE", "DENY"})


@dataclass(frozen=True, slots=True)
class OktaLogs:
    """Texts and calls in an Okta organisation's system log.

    >>> read = OktaLogs().reader(Logs())
    >>> [asked] = read({
    ...     "eventType": "system.sms.send_factor_verify_message", "published": "2026-05-26T10:00:00.000Z",
    ...     "uuid": "u1", "actor": {"id": "s", "type": "SystemPrincipal"}, "outcome": {"result": "SUCCESS"},
    ...     "client": {"ipAddress": "203.0.113.7"}, "target": [{"id": "00u1", "type": "User"}],
    ...     "debugContext": {"debugData": {"phoneNumber": "+12025550100"}}})
    >>> asked.kind, asked.destination, asked.ip, asked.account_id
    ('started', '+12025550100', '203.0.113.7', '00u1')
    """

    name: str = "okta.logs"
    title: str = "Okta system log"
    enable: str = (
        "Okta keeps it by itself for 90 days. Fetch 'https://<org>.okta.com/api/v1/logs?since=2026-05-01T00:00:00Z"
        '&limit=1000&filter=eventType sw "system.sms" or eventType sw "system.voice"\' page by page (Link header), '
        "or add a log stream."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is a system log? By the event's type beside actor and outcome."""
        share = sample.share(lambda record: has_keys(record, _KEYS))
        return Match(share, f"{share:.0%} of the records have the keys of an Okta log event")

    def reader(self, logs: Logs) -> Read:
        """A translator of one log event into one verification."""
        return _read


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    kind = values.text(found.get("eventType")) or ""
    if not kind.startswith(_SENDS):
        raise Unusable("not_a_verification", f"eventType: {values.shown(kind)}")
    outcome, client = values.inner(found, "outcome"), values.inner(found, "client")
    refused = (values.text(outcome.get("result")) or "").upper() in _REFUSED
    debug = values.inner(values.inner(found, "debugContext"), "debugData")
    return (
        Verification(
            occurred_at=values.timestamp(found.get("published"), "published"),
            kind="failed" if refused else "started",
            destination=_number(found, debug),
            account_id=_account(found),
            ip=values.ip(client.get("ipAddress")),
            user_agent=values.text(values.inner(client, "userAgent").get("rawUserAgent")),
            endpoint=values.text(debug.get("requestUri")) or kind,
            error_code=values.text(outcome.get("reason")) if refused else None,
            event_id=values.text(found.get("uuid")),
        ),
    )


def _targets(record: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    items = record.get("target")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("type") == kind:
            yield item


def _number(record: Mapping[str, Any], debug: Mapping[str, Any]) -> str | None:
    written = [debug.get("phoneNumber"), *(one.get("alternateId") for one in _targets(record, "MobilePhone"))]
    return next((number for one in written if (number := values.destination(one))), None)


def _account(record: Mapping[str, Any]) -> str | None:
    """The user who gets the text; the actor may be the system itself."""
    for user in _targets(record, "User"):
        return values.text(user.get("id")) or values.text(user.get("alternateId"))
    actor = values.inner(record, "actor")
    return values.text(actor.get("id")) if actor.get("type") == "User" else None
