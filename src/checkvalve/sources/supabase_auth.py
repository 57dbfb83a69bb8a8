"""Supabase's auth audit log: who asked for codes by text, for which number, from where, and who entered one?

Three shapes of one event: a row of the table ``auth.audit_log_entries`` (with its ``payload``, as object or as the
text of an export), the auth server's own line (``auth_audit_event``), and its request line (``auth_event``), also
inside the ``event_message`` of the Logs Explorer. A server that writes both lines tells each event twice: once the
first of its own lines has come, the request lines tell nothing new.

Supabase hands a text to a provider, whose own log names the message; so a text is a verification that was started:

* ``user_confirmation_requested``, ``user_recovery_requested``, ``user_reauthenticate_requested`` and
  ``user_repeated_signup`` of a user who is known by a number: started.
* ``user_signedup`` of such a user who came by phone: approved.
* ``verification_attempted`` of a second factor: checked; ``mfa_code_login``: approved.

The same of a user who is known by an e-mail address went there. Sign-ins (``login``) do not say whether a code or a
password was entered. Numbers are written without the plus. Format: supabase.com/docs/guides/auth/audit-logs; the
action names are those of the auth server's ``audit_log_entry.go``.
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
from checkvalve.sources.json_values import json_value

_BY_NUMBER: dict[str, VerificationKind] = {
    "user_confirmation_requested": "started",
    "user_recovery_requested": "started",
    "user_reauthenticate_requested": "started",
    "user_repeated_signup": "started",
    "user_signedup": "approved",
}
"""Actions that are about a text where the user is known by a number."""
_ALWAYS: dict[str, VerificationKind] = {"verification_attempted": "checked", "mfa_code_login": "approved"}
_OWN_LINE, _REQUEST_LINE, _ROW = "auth_audit_event", "auth_event", "payload"
_TRAITS = frozenset({"action", "actor_id", "log_type"})
_BARE_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class SupabaseAuth:
    """Texts in the audit log of Supabase Auth.

    >>> read = SupabaseAuth().reader(Logs())
    >>> [asked] = read({"id": "e1", "created_at": "2026-05-26 10:00:00.123456+00", "ip_address": "203.0.113.7",
    ...     "payload": {"action": "user_confirmation_requested", "actor_id": "u1", "log_type": "user",
    ...                 "actor_username": "12025550100", "traits": {"provider": "phone"}}})
    >>> asked.kind, asked.destination, asked.ip, asked.event_id
    ('started', '+12025550100', '203.0.113.7', 'e1')
    """

    name: str = "supabase.auth"
    title: str = "Supabase Auth audit log"
    enable: str = (
        "Supabase keeps it by itself. Export the table auth.audit_log_entries (SQL editor, or 'psql -c \"\\copy "
        "(SELECT row_to_json(t) FROM auth.audit_log_entries t) TO audit.jsonl\"'), or drain the auth server's logs."
    )
    framings: frozenset[Framing] = frozenset({"json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is the audit log? By an action beside its actor and kind."""
        share = sample.share(lambda record: isinstance(record, dict) and bool(_event(_line(record))))
        return Match(share, f"{share:.0%} of the records hold an action, its actor and its log_type")

    def reader(self, logs: Logs) -> Read:
        """A translator of one event into one verification, which knows whether the server wrote its own lines."""
        own_lines = False

        def read(record: Record) -> tuple[Event, ...]:
            nonlocal own_lines
            line = _line(values.as_object(record))
            own_lines = own_lines or _OWN_LINE in line
            if own_lines and _OWN_LINE not in line and _REQUEST_LINE in line:
                return ()
            return (_verification(line, _event(line)),)

        return read


def _line(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The server's line, which the Logs Explorer keeps as a text."""
    written = record.get("event_message")
    if not isinstance(written, str) or not written.lstrip().startswith("{"):
        return record
    try:
        found = json_value(written)
    except ValueError:
        return record
    return found if isinstance(found, dict) else record


def _event(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event in a line or a row; an empty one where there is none."""
    for name in (_OWN_LINE, _REQUEST_LINE, _ROW):
        found = line.get(name)
        if isinstance(found, str) and found.lstrip().startswith("{"):
            try:
                found = json_value(found)
            except ValueError:
                continue
        if isinstance(found, dict) and found.keys() >= _TRAITS:
            return found
    return {}


def _verification(line: Mapping[str, Any], event: Mapping[str, Any]) -> Verification:
    action = values.text(event.get("action")) or ""
    number = _number(event)
    kind = _kind(action, number, values.inner(event, "traits"))
    if kind is None:
        raise Unusable("not_a_verification", f"action: {values.shown(action)}")
    at = next((one for holder in (event, line) for name in _TIMES if (one := holder.get(name))), None)
    return Verification(
        occurred_at=values.timestamp(at, "created_at"),
        kind=kind,
        destination=number,
        account_id=values.text(event.get("actor_id")),
        ip=values.ip(event.get("ip_address") or line.get("ip_address") or line.get("remote_addr")),
        user_agent=values.text(event.get("user_agent")),
        endpoint=values.text(line.get("path")) or action,
        event_id=values.text(event.get("audit_log_id")) or (values.text(line.get("id")) if _ROW in line else None),
    )


_TIMES = ("created_at", "time", "timestamp")


def _kind(action: str, number: str | None, traits: Mapping[str, Any]) -> VerificationKind | None:
    if action in _ALWAYS:
        return _ALWAYS[action]
    if action == "user_signedup" and traits.get("provider") != "phone":
        return None
    return _BY_NUMBER.get(action) if number else None


def _number(event: Mapping[str, Any]) -> str | None:
    """The number that the user is known by; None for an e-mail address."""
    written = values.text(event.get("actor_username")) or ""
    return f"+{written.removeprefix('+')}" if _BARE_NUMBER.fullmatch(written) else None
