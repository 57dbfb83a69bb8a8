"""Amazon Pinpoint's event stream: which texts did campaigns, journeys and direct calls send, and what did they cost?

Records of the stream that Pinpoint writes to Kinesis or Firehose, after the reader has taken the envelope off. Only
events of texts on their way out are sends (``_SMS.BUFFERED``, ``_SMS.SUCCESS``, ``_SMS.FAILURE``); the stream also
holds opt-outs, answers, e-mails and sessions. A message has one event or two; they become one row by ``message_id``.

Prices are in thousandths of a cent: 645.0 is USD 0.00645. ``sent_at`` is the time of the event, the only one there.
Fields: docs.aws.amazon.com/pinpoint/latest/developerguide/event-streams-data-sms.html.
"""

from dataclasses import dataclass

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.aws_sns import PROVIDER, purpose
from checkvalve.sources.base import Framing, Match, Read, Record, Sample

_MILLICENTS_PER_USD = 100_000

_BY_EVENT: dict[str, Status] = {"_SMS.BUFFERED": "accepted", "_SMS.SUCCESS": "sent", "_SMS.FAILURE": "failed"}
"""Events of texts on their way out, and what each says at least."""

_BY_RECORD: dict[str, Status] = {
    "QUEUED": "accepted",
    "PENDING": "accepted",
    "SUCCESSFUL": "sent",
    "DELIVERED": "delivered",
    "INVALID": "failed",
    "INVALID_MESSAGE": "failed",
    "UNREACHABLE": "failed",
    "CARRIER_UNREACHABLE": "failed",
    "BLOCKED": "failed",
    "CARRIER_BLOCKED": "failed",
    "SPAM": "failed",
    "TTL_EXPIRED": "failed",
    "MAX_PRICE_EXCEEDED": "failed",
    "OPTED_OUT": "failed",
}
"""``record_status``, which is more exact; UNKNOWN says nothing more than the event does."""


@dataclass(frozen=True, slots=True)
class AwsPinpoint:
    """Texts in the event stream of Amazon Pinpoint.

    >>> read = AwsPinpoint().reader(Logs())
    >>> [send] = read({"event_type": "_SMS.SUCCESS", "event_timestamp": 1780000000000, "attributes": {
    ...     "message_id": "m1", "destination_phone_number": "+12025550100", "record_status": "SUCCESSFUL"},
    ...     "metrics": {"price_in_millicents_usd": 645.0}})
    >>> send.status, send.price, send.currency
    ('sent', 0.00645, 'USD')
    """

    name: str = "aws.pinpoint"
    title: str = "Amazon Pinpoint event stream"
    enable: str = (
        "Run 'aws pinpoint put-event-stream --application-id <project> --write-event-stream "
        "DestinationStreamArn=<Kinesis or Firehose ARN>,RoleArn=<role ARN>' and let Firehose write to a bucket."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it? Full marks for a stream with texts in it, too few for one that has none among the first."""
        share, texts = sample.share(_is_stream_event), sample.share(_is_text_event)
        if share and not texts:
            return Match(0.2 * share, "a Pinpoint event stream, with no text among the first records")
        return Match(share, f"{share:.0%} of the records are Pinpoint events, {texts:.0%} of them all of texts")

    def reader(self, logs: Logs) -> Read:
        """A translator of one event into the send that it is about."""
        return _read


def _is_stream_event(record: Record) -> bool:
    if not isinstance(record, dict) or "event_timestamp" not in record:
        return False
    kind = record.get("event_type")
    return isinstance(kind, str) and kind.startswith("_") and isinstance(record.get("attributes"), dict)


def _is_text_event(record: Record) -> bool:
    return _is_stream_event(record) and isinstance(record, dict) and record["event_type"].startswith("_SMS.")


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    event_type = values.text(found.get("event_type")) or ""
    at_least = _BY_EVENT.get(event_type)
    if at_least is None:
        raise Unusable("not_a_send", f"event_type: {values.shown(event_type)}")
    attributes = values.inner(found, "attributes")
    get = attributes.get
    event_at = values.timestamp(found.get("event_timestamp"), "event_timestamp")
    outcome = (values.text(get("record_status")) or "").upper()
    status = _BY_RECORD.get(outcome, at_least)
    price = _price_usd(values.inner(found, "metrics").get("price_in_millicents_usd"))
    return (
        Send(
            send_id=values.required(get("message_id"), "attributes.message_id"),
            provider=PROVIDER,
            account=values.text(found.get("awsAccountId")),
            sent_at=event_at,
            destination=values.destination(get("destination_phone_number")),
            country=values.country(get("iso_country_code")),
            network_name=values.text(get("carrier_name")),
            channel="sms",
            purpose=purpose(get("message_type")),
            status=status,
            error_code=outcome or None if status == "failed" else None,
            segments=values.positive_integer(get("number_of_message_parts"), "attributes.number_of_message_parts"),
            price=price,
            currency=None if price is None else "USD",
            delivered_at=event_at if status == "delivered" else None,
            event_at=event_at,
        ),
    )


def _price_usd(millicents: object) -> float | None:
    found = values.money(millicents, "metrics.price_in_millicents_usd")
    return None if found is None else found / _MILLICENTS_PER_USD
