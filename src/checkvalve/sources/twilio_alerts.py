"""Twilio Monitor alerts: which messages and verifications did Twilio stop as fraud or for lack of permission?

An alert is about an error and names the resource; it holds no number, no price and no hand-over. So it says little
by itself and completes what other logs know:

* a verdict (SMS pumping protection, Fraud Guard, geographic permissions) about a message or an attempt is an event
  of that message: blocked, with the code;
* the same about a verification, or one of its limits, is a failed verification;
* every other alert (a webhook that timed out, a failed call) is none of both.

Fields: twilio.com/docs/usage/monitor-alert.
"""

from dataclasses import dataclass
from typing import NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.twilio_words import PROVIDER, VERDICTS, error_code, judged


class _Spelling(NamedTuple):
    account: str
    code: str
    level: str
    resource: str
    generated: str
    created: str


_REST = _Spelling("account_sid", "error_code", "log_level", "resource_sid", "date_generated", "date_created")
_COMMAND_LINE = _Spelling("accountSid", "errorCode", "logLevel", "resourceSid", "dateGenerated", "dateCreated")

_LIMITS = frozenset({"60202", "60203", "60212"})
"""Most checks, most codes, most requests at once for one number (twilio.com/docs/api/errors)."""
_MESSAGES = ("SM", "MM")
_ATTEMPTS = ("VL",)
_VERIFICATIONS = ("VE",)


@dataclass(frozen=True, slots=True)
class TwilioAlerts:
    """Alerts of a Twilio account's monitor.

    >>> read = TwilioAlerts().reader(Logs())
    >>> [send] = read({"sid": "NO1", "error_code": "30450", "log_level": "error", "resource_sid": "SM1",
    ...                "date_generated": "2026-05-26T10:00:00Z"})
    >>> send.send_id, send.status, send.provider_verdict, send.sent_at
    ('SM1', 'blocked', 'fraud', None)
    """

    name: str = "twilio.alerts"
    title: str = "Twilio Monitor alerts"
    enable: str = (
        "Twilio keeps them by itself for 30 days. Fetch 'https://monitor.twilio.com/v1/Alerts?StartDate=2026-05-01"
        "T00:00:00Z&PageSize=1000' page by page, or run 'twilio api:monitor:v1:alerts:list --no-limit -o json'."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are alerts? By the NO identifier beside an error code and a log level."""
        share = sample.share(_is_alert)
        return Match(share, f"{share:.0%} of the records have the keys and the identifier of a Monitor alert")

    def reader(self, logs: Logs) -> Read:
        """A translator of one alert."""
        return _read


def _is_alert(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    sid = record.get("sid")
    return (
        isinstance(sid, str)
        and sid.startswith("NO")
        and any({keys.code, keys.level, keys.resource} <= record.keys() for keys in (_REST, _COMMAND_LINE))
    )


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    keys = _COMMAND_LINE if _COMMAND_LINE.code in found else _REST
    code = error_code(found.get(keys.code))
    about = values.text(found.get(keys.resource)) or ""
    generated_at = values.optional_timestamp(found.get(keys.generated), keys.generated)
    at = generated_at or values.timestamp(found.get(keys.created), f"{keys.generated}, {keys.created}")
    if about.startswith(_MESSAGES + _ATTEMPTS) and code in VERDICTS:
        status, verdict = judged(None, code)
        return (
            Send(
                send_id=about,
                provider=PROVIDER,
                account=values.text(found.get(keys.account)),
                status=status,
                error_code=code,
                provider_verdict=verdict,
                event_at=at,
            ),
        )
    if about.startswith(_VERIFICATIONS) and (code in VERDICTS or code in _LIMITS):
        return (
            Verification(
                occurred_at=at,
                kind="failed",
                verification_id=about,
                error_code=code,
                event_id=values.text(found.get("sid")),
            ),
        )
    raise Unusable("not_a_send", f"{keys.code}: {values.shown(code)}")
