"""Azure Communication Services: which texts went out, to which country, and what became of them?

Two logs of one service, told apart record by record; a message has the same identifier in both.

* Operations of the SMS interface: rows of the table ``ACSSMSIncomingOperations`` or lines of the diagnostic setting's
  storage, which wraps columns into ``properties`` and writes other cases of the same names. ``PhoneNumber`` is the
  site's own number; of the recipient only the country is told. ``CallerIpAddress`` is the server that called the
  interface and not whoever asked for the text, so it is not read.
* Delivery reports of Event Grid (``Microsoft.Communication.SMSDeliveryReportReceived``, either event schema): the
  recipient, the attempts and the outcome. The first attempt's time stands for the hand-over.

There is no price in either. Fields: learn.microsoft.com/azure/azure-monitor/reference/tables/acssmsincomingoperations,
learn.microsoft.com/azure/event-grid/communication-services-telephony-sms-events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.json_values import json_value

PROVIDER = "azure"

_EVENTS = "Microsoft.Communication.SMS"
_REPORT = "Microsoft.Communication.SMSDeliveryReportReceived"
_OPERATIONS = ("smsmessagessent", "smsdeliveryreportsreceived", "smsmessagesreceived")
_SENT, _REPORTED, _ = _OPERATIONS
_OUTCOMES: dict[str, Status] = {"delivered": "delivered", "failed": "failed"}
_RESULTS: dict[str, Status] = {"succeeded": "accepted", "success": "accepted", "failed": "failed"}
_LARGEST_SUCCESS = 299


@dataclass(frozen=True, slots=True)
class AzureAcs:
    """Texts of an Azure Communication Services resource.

    >>> read = AzureAcs().reader(Logs())
    >>> [send] = read({"TimeGenerated": "2026-05-26T10:00:00Z", "OperationName": "SMSMessagesSent", "MessageId": "m1",
    ...                "Country": "UZ", "PhoneNumber": "+12025550199", "ResultSignature": "202"})
    >>> send.country, send.destination, send.status
    ('UZ', None, 'accepted')
    """

    name: str = "azure.acs"
    title: str = "Azure Communication Services SMS logs"
    enable: str = (
        "Add a diagnostic setting with the category 'SMS Operational Logs' to the resource ('az monitor "
        "diagnostic-settings create …'), and an Event Grid subscription to 'Microsoft.Communication."
        "SMSDeliveryReportReceived', which alone names the recipients."
    )
    framings: frozenset[Framing] = frozenset({"json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are logs of the service? By the operation's name or the event's type."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records are SMS operations or SMS events of Azure")

    def reader(self, logs: Logs) -> Read:
        """A translator of one operation or event into one send."""
        return _read


def _is_own(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    return _event_type(record).startswith(_EVENTS) or _operation(_columns(record)) in _OPERATIONS


def _event_type(record: Mapping[str, Any]) -> str:
    kind = record.get("eventType", record.get("type"))
    return kind if isinstance(kind, str) and isinstance(record.get("data"), dict) else ""


def _columns(record: Mapping[str, Any]) -> dict[str, Any]:
    """Columns by their names in small letters, those inside ``properties`` too."""
    inside = record.get("properties")
    if isinstance(inside, str):
        try:
            inside = json_value(inside)
        except ValueError:
            inside = None
    found = {str(key).lower(): value for key, value in record.items()}
    if isinstance(inside, dict):
        found.update({str(key).lower(): value for key, value in inside.items()})
    return found


def _operation(columns: Mapping[str, Any]) -> str:
    return (values.text(columns.get("operationname")) or "").lower()


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    kind = _event_type(found)
    if kind:
        if kind != _REPORT:
            raise Unusable("not_a_send", f"type: {values.shown(kind)}")
        return (_reported(found),)
    columns = _columns(found)
    operation = _operation(columns)
    if operation not in (_SENT, _REPORTED):
        raise Unusable("not_a_send", f"OperationName: {values.shown(operation)}")
    return (_operated(columns, operation),)


def _reported(record: Mapping[str, Any]) -> Send:
    get = {str(key).lower(): value for key, value in record["data"].items()}.get
    attempts = [
        {str(key).lower(): value for key, value in item.items()}
        for item in _items(get("deliveryattempts"))
        if isinstance(item, dict)
    ]
    times = [values.timestamp(one.get("timestamp"), "deliveryAttempts.timestamp") for one in attempts]
    received_at = values.optional_timestamp(get("receivedtimestamp"), "receivedTimestamp")
    status = _OUTCOMES.get((values.text(get("deliverystatus")) or "").lower())
    return Send(
        send_id=values.required(get("messageid"), "data.messageId"),
        provider=PROVIDER,
        account=_resource(record.get("topic") or record.get("source")),
        sent_at=min(times) if times else received_at,
        destination=values.destination(get("to"), bare=True),
        channel="sms",
        status=status,
        error_code=values.text(get("deliverystatusdetails")) if status == "failed" else None,
        segments=_parts(attempts[-1]) if attempts else None,
        delivered_at=received_at if status == "delivered" else None,
        event_at=received_at,
    )


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _parts(attempt: Mapping[str, Any]) -> int | None:
    counted = [
        values.integer(attempt.get(key), f"deliveryAttempts.{key}") or 0
        for key in ("segmentssucceeded", "segmentsfailed")
    ]
    return sum(counted) if min(counted) >= 0 and sum(counted) > 0 else None


def _operated(columns: Mapping[str, Any], operation: str) -> Send:
    get = columns.get
    time_key = "timegenerated" if "timegenerated" in columns else "time"
    at = values.timestamp(get(time_key), "TimeGenerated")
    message_id = values.text(get("messageid")) or values.required(get("correlationid"), "MessageId, CorrelationId")
    sent = operation == _SENT
    status = _of_call(columns) if sent else _OUTCOMES.get((values.text(get("resultdescription")) or "").lower())
    return Send(
        send_id=message_id,
        provider=PROVIDER,
        account=_resource(get("_resourceid") or get("resourceid")),
        sent_at=at if sent else None,
        country=values.country(get("country")),
        channel="sms",
        status=status,
        error_code=_error(columns) if status == "failed" else None,
        delivered_at=at if status == "delivered" else None,
        event_at=at,
    )


def _of_call(columns: Mapping[str, Any]) -> Status | None:
    """Was the text taken? By the HTTP status of the call, else by its result in words."""
    signature = values.text(columns.get("resultsignature")) or ""
    if signature.isdecimal() and signature.isascii():
        return "accepted" if int(signature) <= _LARGEST_SUCCESS else "failed"
    word = (values.text(columns.get("resulttype")) or "").lower()
    return _RESULTS.get(word)


def _error(columns: Mapping[str, Any]) -> str | None:
    return values.text(columns.get("resultsignature")) or values.text(columns.get("resultdescription"))


def _resource(path: object) -> str | None:
    """The resource's own name, at the end of its path."""
    return (values.text(path) or "").rpartition("/")[2].lower() or None
