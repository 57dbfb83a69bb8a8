"""Amazon SNS delivery status log: which texts went out, to whom, at what price, and what did the carrier answer?

Records of the CloudWatch log groups ``sns/<region>/<account>/DirectPublishToPhoneNumber`` and ``…/Failure``, after
the reader has taken the CloudWatch envelope off. Deliveries of topics to queues, functions and pages share the
shape and are no messages. Fields: docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample

PROVIDER = "aws"

RESPONSES: dict[str, Status] = {
    "message has been accepted by phone carrier": "sent",
    "message has been accepted by phone": "delivered",
    "phone accepted msg": "delivered",
    "delivered": "delivered",
    "blocked as spam by phone carrier": "failed",
    "destination is on a blocked list": "failed",
    "invalid phone number": "failed",
    "message body is invalid": "failed",
    "phone carrier has blocked this message": "failed",
    "phone carrier is currently unreachable/unavailable": "failed",
    "phone has blocked sms": "failed",
    "phone is on a blocked list": "failed",
    "phone is currently unreachable/unavailable": "failed",
    "phone number is opted out": "failed",
    "this delivery would exceed max price": "failed",
    "unknown error attempting to reach phone": "failed",
}
"""The carrier's answers that AWS lists, and what they say: "accepted by phone carrier" is the hand-over, not the
handset."""

LONGEST_WAIT_MS = 3 * 24 * 3600 * 1000
"""An acknowledgement is waited for at most 72 hours; a larger figure is no waiting time."""


@dataclass(frozen=True, slots=True)
class AwsSns:
    """Texts that Amazon SNS sent directly to phone numbers. A failure that carries a price costs that price.

    >>> read = AwsSns().reader(Logs())
    >>> [send] = read({
    ...     "notification": {"messageId": "m1", "timestamp": "2026-05-01 10:00:00.5"}, "status": "SUCCESS",
    ...     "delivery": {"destination": "+12025550100", "smsType": "Transactional", "priceInUSD": 0.00645,
    ...                  "providerResponse": "Message has been accepted by phone carrier"}})
    >>> send.status, send.price, send.currency
    ('sent', 0.00645, 'USD')
    """

    name: str = "aws.sns"
    title: str = "Amazon SNS SMS delivery status log"
    enable: str = (
        "Run 'aws sns set-sms-attributes --attributes DeliveryStatusIAMRole=<role ARN>,"
        "DeliveryStatusSuccessSamplingRate=100', then fetch both log groups with 'aws logs filter-log-events "
        "--log-group-name sns/<region>/<account>/DirectPublishToPhoneNumber' and '…/Failure'. "
        "Below 100 percent, set logs.sns_success_sample_rate."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are SNS deliveries? By the delivery object; full marks where it is a text's."""
        deliveries, texts = sample.share(_is_delivery), sample.share(_is_text_delivery)
        reason = f"{deliveries:.0%} of the records are SNS deliveries, {texts:.0%} of them all are texts"
        return Match(deliveries if texts else 0.6 * deliveries, reason)

    def reader(self, logs: Logs) -> Read:
        """A translator of one delivery into one send."""
        return _read


def _is_delivery(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    delivery = record.get("delivery")
    if not isinstance(delivery, dict) or "destination" not in delivery or "providerResponse" not in delivery:
        return False
    return isinstance(record.get("notification"), dict) or "priceInUSD" in delivery


def _is_text_delivery(record: Record) -> bool:
    return _is_delivery(record) and isinstance(record, dict) and _is_text(record["delivery"])


def _is_text(delivery: dict[str, Any]) -> bool:
    """Old records lack ``smsType``; queues, functions and pages have a name or an address as destination."""
    destination = delivery.get("destination")
    return "smsType" in delivery or (isinstance(destination, str) and destination.lstrip().startswith("+"))


@lru_cache(maxsize=1 << 10)
def status_of(answer: str | None, outcome: str | None = None) -> Status | None:
    """What became of the text, by the carrier's answer and SNS's SUCCESS or FAILURE where the record has it?

    An unlisted success is ``sent``: handed on, with no word of a handset.

    >>> status_of("Delivered", "SUCCESS"), status_of("Phone has blocked SMS"), status_of("Thanks", "SUCCESS")
    ('delivered', 'failed', 'sent')
    """
    if outcome == "FAILURE":
        return "failed"
    known = None if answer is None else RESPONSES.get(answer.rstrip(".").lower())
    return known or ("sent" if outcome == "SUCCESS" else None)


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    notification, delivery = values.inner(found, "notification"), found.get("delivery")
    if not isinstance(delivery, dict):
        raise Unusable("not_a_send", "no delivery in the record")
    if not _is_text(delivery):
        raise Unusable("not_a_send", "delivery: not to a phone")
    get = delivery.get
    message_id = values.required(notification.get("messageId"), "notification.messageId")
    sent_at = values.timestamp(notification.get("timestamp"), "notification.timestamp")
    answer = values.text(get("providerResponse"))
    status = status_of(answer, (values.text(found.get("status")) or "").upper() or None)
    price = values.money(get("priceInUSD"), "delivery.priceInUSD")
    acknowledged_at = _acknowledged_at(sent_at, get("dwellTimeMsUntilDeviceAck"))
    return (
        Send(
            send_id=message_id,
            provider=PROVIDER,
            sent_at=sent_at,
            destination=values.destination(get("destination")),
            network=values.network(get("mcc"), get("mnc")),
            network_name=values.text(get("phoneCarrier")),
            channel="sms",
            purpose=purpose(get("smsType")),
            status=status,
            error_code=answer if status == "failed" else None,
            segments=values.positive_integer(get("numberOfMessageParts"), "delivery.numberOfMessageParts"),
            price=price,
            currency=None if price is None else "USD",
            delivered_at=acknowledged_at if status == "delivered" else None,
            event_at=sent_at,
        ),
    )


def purpose(sms_type: object) -> str | None:
    """What was the text for, as its sender declared it?

    >>> purpose("Transactional")
    'transactional'
    """
    declared = values.text(sms_type)
    return None if declared is None else declared.lower()


def _acknowledged_at(sent_at: datetime, waited_ms: object) -> datetime | None:
    if isinstance(waited_ms, int) and 0 <= waited_ms <= LONGEST_WAIT_MS:
        return sent_at + timedelta(milliseconds=waited_ms)
    return None
