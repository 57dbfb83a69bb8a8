"""OCSF API Activity (class 6003): calls to interfaces, as any product writes them in OCSF 1.x.

* Calls to Cognito user pools (CloudTrail in Amazon Security Lake) are what they are in CloudTrail itself: the event is
  put back into CloudTrail's shape and read as such, so both ways to the same call give the same verifications.
* Calls to a site's own interfaces, where the event holds an HTTP request, are requests.
* Calls to everything else are another service's.

Objects: schema.ocsf.io/classes/api_activity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.aws_cognito import AwsCognito
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.json_values import json_value
from checkvalve.sources.ocsf_values import class_of, occurred_at, request
from checkvalve.sources.weblog_values import TrustedProxies

API_ACTIVITY = 6003
_USER_POOLS = "cognito-idp."


@dataclass(frozen=True, slots=True)
class OcsfApi:
    """Calls in OCSF.

    >>> read = OcsfApi().reader(Logs())
    >>> [call] = read({
    ...     "class_uid": 6003, "metadata": {"version": "1.1.0", "uid": "e1"}, "time": 1779789600000,
    ...     "api": {"operation": "SignUp", "service": {"name": "cognito-idp.amazonaws.com"}},
    ...     "src_endpoint": {"ip": "203.0.113.7"}})
    >>> call.kind, call.endpoint, call.ip, call.event_id
    ('started', 'SignUp', '203.0.113.7', 'e1')
    """

    name: str = "ocsf.api"
    title: str = "OCSF API Activity"
    enable: str = (
        "Export class 6003 as JSON lines from the lake or pipeline that holds it, for instance CloudTrail in Amazon "
        "Security Lake: 'aws athena start-query-execution …' over the table of the source, unloaded as JSON."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are calls in OCSF? By the class; unsure while none of them can be of use."""
        calls, useful = sample.share(_is_call), sample.share(_is_useful)
        if calls and not useful:
            return Match(0.2 * calls, f"OCSF events of class {API_ACTIVITY}, none about a user pool or a request")
        return Match(
            calls, f"{calls:.0%} of the records are OCSF events of class {API_ACTIVITY}, {useful:.0%} of use"
        )

    def reader(self, logs: Logs) -> Read:
        """A translator of one call into verifications and requests."""
        proxies, cognito = TrustedProxies(logs.trusted_proxies), AwsCognito().reader(logs)

        def read(record: Record) -> tuple[Event, ...]:
            found = values.as_object(record)
            if not _is_call(found):
                raise Unusable("other_class", f"class_uid: {values.shown(found.get('class_uid'))}")
            if _service(found).startswith(_USER_POOLS):
                return tuple(cognito(_trail_event(found)))
            made = request(found, proxies)
            if made is None or made.path is None:
                raise Unusable("other_service", f"api.service.name: {values.shown(_service(found))}")
            return (made,)

        return read


def _is_call(record: Record) -> bool:
    return class_of(record) == API_ACTIVITY


def _is_useful(record: Record) -> bool:
    if not _is_call(record) or not isinstance(record, dict):
        return False
    url = values.inner(values.inner(record, "http_request"), "url")
    return _service(record).startswith(_USER_POOLS) or any(url.get(key) for key in ("path", "url_string", "text"))


def _service(record: Mapping[str, Any]) -> str:
    return values.text(values.inner(values.inner(record, "api"), "service").get("name")) or ""


def _trail_event(record: Mapping[str, Any]) -> dict[str, Any]:
    """The call in CloudTrail's own shape. What OCSF has no place for stands in ``unmapped``."""
    api, unmapped = values.inner(record, "api"), values.inner(record, "unmapped")
    asked, answered = values.inner(api, "request"), values.inner(api, "response")
    source = values.inner(record, "src_endpoint")
    return {
        "eventSource": _service(record),
        "eventName": api.get("operation"),
        "eventType": unmapped.get("eventType"),
        "eventTime": occurred_at(record).isoformat(),
        "eventID": values.inner(record, "metadata").get("uid"),
        "requestID": asked.get("uid"),
        "sourceIPAddress": source.get("ip") or source.get("domain"),
        "userAgent": values.inner(record, "http_request").get("user_agent"),
        "errorCode": answered.get("error"),
        "requestParameters": _object(asked.get("data")) or _unmapped(unmapped, "requestParameters"),
        "responseElements": _object(answered.get("data")) or _unmapped(unmapped, "responseElements"),
        "additionalEventData": _unmapped(unmapped, "additionalEventData"),
    }


def _object(value: object) -> dict[str, Any]:
    """The object, which some pipelines keep as JSON text."""
    if isinstance(value, str):
        try:
            value = json_value(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def _unmapped(unmapped: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object of the original event, kept whole or as flat names (``requestParameters.clientId``)."""
    whole = _object(unmapped.get(name))
    if whole:
        return whole
    made: dict[str, Any] = {}
    for key, value in unmapped.items():
        first, *rest = str(key).split(".")
        if first == name and rest:
            holder = made
            for step in rest[:-1]:
                holder = holder.setdefault(step, {})
                if not isinstance(holder, dict):
                    break
            else:
                holder[rest[-1]] = value
    return made
