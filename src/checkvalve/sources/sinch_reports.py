"""Sinch's delivery reports and batches: which recipients got which batch, and what became of it?

One batch goes to many recipients; each is a send of its own, ``<batch id>/<recipient>`` (digits without plus).

* A report on one recipient has the time of its making. The earliest of a message in the file stands for the
  hand-over, where no batch tells it.
* A full report on a batch lists the recipients of each status, without any time; a summary only counts them, and
  counts cannot become messages.
* A batch itself tells the hand-over (``send_at``, else ``created_at``) and no status.

There is no price. Fields and codes: developers.sinch.com/docs/sms/api-reference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Channel, Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.first_heard import FirstHeard
from checkvalve.sources.gateway_values import joined_network

PROVIDER = "sinch"

_RECIPIENT = "recipient_delivery_report_"
_REPORT = "delivery_report_"
_BATCH = ("mt_text", "mt_binary", "mt_media")
_STATUSES: dict[str, Status] = {
    "queued": "accepted",
    "dispatched": "sent",
    "delivered": "delivered",
    "aborted": "failed",
    "cancelled": "failed",
    "rejected": "failed",
    "deleted": "failed",
    "failed": "failed",
    "expired": "failed",
}
_NO_ERROR = frozenset({"0", "400", "401"})
"""Delivered, queued and dispatched."""


@dataclass(frozen=True, slots=True)
class SinchReports:
    """Delivery reports and batches of a Sinch service plan.

    >>> read = SinchReports().reader(Logs())
    >>> [send] = read({"type": "recipient_delivery_report_sms", "batch_id": "b1", "recipient": "12025550100",
    ...                "code": 407, "status": "Failed", "at": "2026-05-26T10:00:09Z"})
    >>> send.send_id, send.destination, send.status, send.error_code
    ('b1/12025550100', '+12025550100', 'failed', '407')
    """

    name: str = "sinch.reports"
    title: str = "Sinch delivery reports"
    enable: str = (
        "Send batches with 'delivery_report': 'per_recipient' and a callback_url, and keep every report that arrives, "
        "one per line; or fetch 'https://us.sms.api.sinch.com/xms/v1/<plan>/batches' and "
        "'…/batches/<id>/delivery_report?type=full' page by page."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are Sinch's? By their type and the identity of the batch."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records have the type of a Sinch report or batch")

    def reader(self, logs: Logs) -> Read:
        """A translator of one report or batch; it remembers when each message was first heard of."""
        first_heard = FirstHeard()

        def read(record: Record) -> tuple[Event, ...]:
            found = values.as_object(record)
            kind = values.text(found.get("type")) or ""
            if kind.startswith(_RECIPIENT):
                return (_report(found, kind, first_heard),)
            made = tuple(_reported(found, kind) if kind.startswith(_REPORT) else _batch(found, kind, first_heard))
            if not made:
                raise Unusable("no_recipients", "a summary; fetch the report with type=full")
            return made

        return read


def _is_own(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    kind = record.get("type")
    if not isinstance(kind, str):
        return False
    if kind.startswith((_RECIPIENT, _REPORT)):
        return "batch_id" in record
    return kind in _BATCH and isinstance(record.get("to"), list) and "created_at" in record


def _channel(kind: str) -> Channel:
    return "mms" if kind.endswith(("mms", "media")) else "sms"


def _code(value: object) -> str | None:
    found = values.text(value)
    return None if found in _NO_ERROR else found


def _status(value: object) -> Status | None:
    return _STATUSES.get((values.text(value) or "").lower())


def _report(record: Mapping[str, Any], kind: str, first_heard: FirstHeard) -> Send:
    get = record.get
    recipient = values.required(get("recipient"), "recipient")
    message_id = f"{values.required(get('batch_id'), 'batch_id')}/{recipient.removeprefix('+')}"
    made_at = values.timestamp(get("at"), "at")
    at = values.optional_timestamp(get("operator_status_at"), "operator_status_at") or made_at
    status = _status(get("status"))
    return Send(
        send_id=message_id,
        provider=PROVIDER,
        sent_at=first_heard(message_id, min(at, made_at)),
        destination=values.destination(recipient, bare=True),
        network=joined_network(get("operator")),
        channel=_channel(kind),
        status=status,
        error_code=_code(get("code")),
        segments=values.positive_integer(get("number_of_message_parts"), "number_of_message_parts"),
        delivered_at=at if status == "delivered" else None,
        event_at=at,
    )


def _reported(record: Mapping[str, Any], kind: str) -> Iterator[Send]:
    """The recipients that a report on a batch lists under each status."""
    batch_id = values.required(record.get("batch_id"), "batch_id")
    statuses = record.get("statuses")
    for item in statuses if isinstance(statuses, list) else ():
        listed = item.get("recipients") if isinstance(item, dict) else None
        for recipient in filter(None, map(values.text, listed if isinstance(listed, list) else ())):
            yield Send(
                send_id=f"{batch_id}/{recipient.removeprefix('+')}",
                provider=PROVIDER,
                destination=values.destination(recipient, bare=True),
                channel=_channel(kind),
                status=_status(item.get("status")),
                error_code=_code(item.get("code")),
            )


def _batch(record: Mapping[str, Any], kind: str, first_heard: FirstHeard) -> Iterator[Send]:
    """The recipients of a batch; groups, which a batch may be addressed to, are no numbers."""
    if kind not in _BATCH:
        raise Unusable("not_a_send", f"type: {values.shown(kind)}")
    batch_id = values.required(record.get("id"), "id")
    send_at = values.optional_timestamp(record.get("send_at"), "send_at")
    sent_at = send_at or values.timestamp(record.get("created_at"), "send_at, created_at")
    recipients = record.get("to")
    numbers = [one for one in map(values.text, recipients if isinstance(recipients, list) else ()) if one]
    for recipient in numbers:
        number = values.destination(recipient, bare=True)
        if number is not None:
            message_id = f"{batch_id}/{number.removeprefix('+')}"
            yield Send(
                send_id=message_id,
                provider=PROVIDER,
                sent_at=first_heard(message_id, sent_at),
                destination=number,
                channel=_channel(kind),
                status="failed" if record.get("canceled") is True else "accepted",
            )
