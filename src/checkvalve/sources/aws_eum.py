"""AWS End User Messaging: what became of each text, media message, RCS message or call, event by event?

Events of a configuration set's event destination (CloudWatch Logs, Firehose, an SNS topic) or of EventBridge, after
the reader has taken the envelope off. A message has several events, each with its whole price; they become one row
by ``messageId``. Those of EventBridge leave the destination out.

* ``sent_at`` is ``messageRequestTimestamp``, ``event_at`` the event's own time.
* ``price`` is the message's price and the carrier's fee together, in US dollars.
* TEXT_SUCCESSFUL is the carrier's acceptance, TEXT_DELIVERED the handset's. TEXT_UNKNOWN (no word from the carrier
  for 72 hours) leaves the status open.
* A block by a protect configuration is a verdict of fraud where the country's rule is FILTER (the risk model blocks),
  of policy where it is BLOCK.

Fields: docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html.
"""

from dataclasses import dataclass
from typing import Any, Literal

from checkvalve.errors import Unusable
from checkvalve.events import Channel, Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.aws_sns import PROVIDER, purpose
from checkvalve.sources.base import Framing, Match, Read, Record, Sample

_CHANNELS: dict[str, Channel] = {"TEXT": "sms", "MEDIA": "mms", "VOICE": "voice", "RCS": "rcs"}
_STATUSES: dict[str, Status | None] = {
    "QUEUED": "accepted",
    "PENDING": "accepted",
    "INITIATED": "accepted",
    "RINGING": "sent",
    "SENT": "sent",
    "SUCCESSFUL": "sent",
    "DELIVERED": "delivered",
    "READ": "delivered",
    "ANSWERED": "delivered",
    "COMPLETED": "delivered",
    "UNKNOWN": None,
    "FALLEN_BACK_TO_SMS": None,
    "PROTECT_BLOCKED": "blocked",
    "INVALID": "failed",
    "INVALID_MESSAGE": "failed",
    "UNREACHABLE": "failed",
    "CARRIER_UNREACHABLE": "failed",
    "BLOCKED": "failed",
    "CARRIER_BLOCKED": "failed",
    "SPAM": "failed",
    "TTL_EXPIRED": "failed",
    "FAILED": "failed",
    "BUSY": "failed",
    "NO_ANSWER": "failed",
    "FILE_INACCESSIBLE": "failed",
    "FILE_TYPE_UNSUPPORTED": "failed",
    "FILE_SIZE_EXCEEDED": "failed",
}
"""What follows the channel in ``eventType``, and what it says."""

_REFUSALS: dict[str, Literal["fraud", "policy"]] = {"FILTER": "fraud", "BLOCK": "policy"}
"""The country's rule in a protect configuration, and what a block under it means."""


@dataclass(frozen=True, slots=True)
class AwsEum:
    """Delivery events of AWS End User Messaging.

    >>> read = AwsEum().reader(Logs())
    >>> [send] = read({
    ...     "eventType": "TEXT_PROTECT_BLOCKED", "eventTimestamp": 1780000001000, "messageId": "m1",
    ...     "messageRequestTimestamp": 1780000000000, "destinationPhoneNumber": "+12025550100",
    ...     "messageStatus": "PROTECT_BLOCKED", "totalMessagePrice": 0.0, "totalCarrierFee": 0.0,
    ...     "protectConfiguration": {"protectConfigurationId": "protect-1", "protectStatus": "FILTER"}})
    >>> send.status, send.provider_verdict, send.error_code
    ('blocked', 'fraud', 'TEXT_PROTECT_BLOCKED')
    """

    name: str = "aws.eum"
    title: str = "AWS End User Messaging delivery events"
    enable: str = (
        "Run 'aws pinpoint-sms-voice-v2 create-event-destination --configuration-set-name <set> "
        "--event-destination-name <name> --matching-event-types ALL --cloud-watch-logs-destination "
        "IamRoleArn=<role ARN>,LogGroupArn=<group ARN>', or name a Firehose stream or an SNS topic instead; send "
        "with that configuration set. Then fetch the events with 'aws logs filter-log-events --log-group-name <group>'."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are events of messages? By the event's type and the message's id and time."""
        share = sample.share(_is_event)
        return Match(share, f"{share:.0%} of the records are events of End User Messaging")

    def reader(self, logs: Logs) -> Read:
        """A translator of one event into the send that it is about."""
        return _read


def _is_event(record: Record) -> bool:
    if not isinstance(record, dict) or "messageId" not in record:
        return False
    kind = record.get("eventType")
    known = isinstance(kind, str) and kind.partition("_")[0] in _CHANNELS
    return known and ("messageRequestTimestamp" in record or "messageStatus" in record)


def _read(record: Record) -> tuple[Event, ...]:
    get = values.as_object(record).get
    event_type = values.text(get("eventType")) or ""
    family, _, outcome = event_type.partition("_")
    channel = _CHANNELS.get(family)
    if channel is None:
        raise Unusable("not_a_send", f"eventType: {values.shown(event_type)}")
    status = _STATUSES.get(outcome)
    event_at = values.timestamp(get("eventTimestamp"), "eventTimestamp")
    price = _price(record)
    return (
        Send(
            send_id=values.required(get("messageId"), "messageId"),
            provider=PROVIDER,
            sent_at=values.optional_timestamp(get("messageRequestTimestamp"), "messageRequestTimestamp"),
            destination=values.destination(get("destinationPhoneNumber")),
            country=values.country(get("isoCountryCode")),
            network=values.network(get("mcc"), get("mnc")),
            network_name=values.text(get("carrierName")),
            channel=channel,
            purpose=purpose(get("messageType")),
            status=status,
            error_code=event_type if status in ("failed", "blocked") or outcome == "UNKNOWN" else None,
            provider_verdict=_verdict(record) if status == "blocked" else None,
            segments=values.positive_integer(get("totalMessageParts"), "totalMessageParts"),
            price=price,
            currency=None if price is None else "USD",
            delivered_at=event_at if status == "delivered" else None,
            event_at=event_at,
        ),
    )


def _price(record: Any) -> float | None:
    """The price of all parts with the carrier's fee; unknown where the message's own price is."""
    price = values.money(record.get("totalMessagePrice"), "totalMessagePrice")
    fee = values.money(record.get("totalCarrierFee"), "totalCarrierFee")
    return None if price is None else round(price + (fee or 0.0), 9)


def _verdict(record: Any) -> Literal["fraud", "policy"] | None:
    """Who stopped the message: the risk model or the country's rule? ``None`` where the event names no rule."""
    rule = values.text(values.inner(record, "protectConfiguration").get("protectStatus"))
    return _REFUSALS.get((rule or "").upper())
