"""Amazon SNS daily usage report: what did each part of each text cost?

A CSV row is one *part* of a message, so a long text fills several rows with one ``MessageId``. Each row becomes a
send that says so (``price_is_part``, ``part``): rows of one message are one send whose price is their sum. The
report lacks recipients who opted out. Columns: docs.aws.amazon.com/sns/latest/dg/sms_stats_usage.html.
"""

from dataclasses import dataclass

from checkvalve.events import Event, Send
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.aws_sns import PROVIDER, purpose, status_of
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys

_COLUMNS = frozenset({"PublishTimeUTC", "MessageId", "DestinationPhoneNumber", "PriceInUSD"})


@dataclass(frozen=True, slots=True)
class AwsSnsUsage:
    """Parts of the texts of one day.

    >>> read = AwsSnsUsage().reader(Logs())
    >>> [send] = read({"PublishTimeUTC": "2026-05-01T10:00:00.476Z", "MessageId": "m1", "PartNumber": "2",
    ...                "DestinationPhoneNumber": "12025550100", "MessageType": "Promotional", "TotalParts": "2",
    ...                "DeliveryStatus": "Message has been accepted by phone", "PriceInUSD": "0.00645"})
    >>> send.destination, send.part, send.price_is_part, send.segments
    ('+12025550100', 2, True, 2)
    """

    name: str = "aws.sns_usage"
    title: str = "Amazon SNS daily SMS usage report"
    enable: str = (
        "Name a bucket that SNS may write to: "
        "'aws sns set-sms-attributes --attributes UsageReportS3Bucket=<bucket>'. "
        "Reports appear a day later under SMSUsageReports/<region>/YYYY/MM/DD/."
    )
    framings: frozenset[Framing] = frozenset({"csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is a usage report? By its column names, in any order."""
        share = sample.share(lambda record: has_keys(record, _COLUMNS))
        return Match(share, f"{share:.0%} of the rows have the columns of the SNS usage report")

    def reader(self, logs: Logs) -> Read:
        """A translator of one part into one send."""
        return _read


def _read(record: Record) -> tuple[Event, ...]:
    get = values.as_object(record).get
    published_at = values.timestamp(get("PublishTimeUTC"), "PublishTimeUTC")
    answer = values.text(get("DeliveryStatus"))
    status = status_of(answer)
    price = values.money(get("PriceInUSD"), "PriceInUSD")
    return (
        Send(
            send_id=values.required(get("MessageId"), "MessageId"),
            provider=PROVIDER,
            sent_at=published_at,
            destination=values.destination(get("DestinationPhoneNumber"), bare=True),
            channel="sms",
            purpose=purpose(get("MessageType")),
            status=status,
            error_code=answer if status == "failed" else None,
            segments=values.positive_integer(get("TotalParts"), "TotalParts"),
            price=price,
            price_is_part=True,
            part=values.positive_integer(get("PartNumber"), "PartNumber"),
            currency=None if price is None else "USD",
            event_at=published_at,
        ),
    )
