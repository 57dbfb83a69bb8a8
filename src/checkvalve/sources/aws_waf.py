"""AWS WAF: which requests did a web ACL look at, from where, with which TLS fingerprint?

One JSON object a request, from CloudWatch Logs, a bucket or Firehose. The log tells of every request that reached
the ACL in front of CloudFront, a load balancer, API Gateway, AppSync or a Cognito user pool, blocked or not.

* ``status`` is known only where the ACL answered with a code of its own (``responseCodeSent``).
* ``path`` is ``uri``, ``query`` is ``args``; the host is that of ``host``, else of the Host header. Header names keep
  the client's spelling.
* ``country`` is where AWS places the address; ``ja3`` and ``ja4`` are absent for requests without TLS.
* A record with only an address is a broken request: the row has no method.

Fields: AWS, "Log fields for protection packs (web ACLs)".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.weblog_values import BROKEN, TrustedProxies, address, asked, host_name, said

_ACL = frozenset({"webaclId", "terminatingRuleId", "httpSourceName", "terminatingRuleType", "ruleGroupList"})
"""Keys of which an ACL's record has some beside the request."""

_READ_HEADERS = frozenset({"host", "user-agent", "referer", "x-forwarded-for"})


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        found = values.as_object(record)
        request = found.get("httpRequest")
        if not isinstance(request, dict) or found.keys().isdisjoint(_ACL):
            raise Unusable("not_http", "no request that a web ACL looked at")
        get, headers = request.get, _headers(request)
        method, target = said(values.text(get("httpMethod"))), said(values.text(get("uri")))
        what = BROKEN if method is None or target is None else asked(method, target)
        forwarded = headers.get("x-forwarded-for")
        return (
            Request(
                occurred_at=values.timestamp(found.get("timestamp"), "timestamp"),
                method=what.method,
                host=host_name(values.text(get("host")) or headers.get("host")) or what.host,
                path=what.path,
                query=values.text(get("args")) or what.query,
                status=values.positive_integer(found.get("responseCodeSent"), "responseCodeSent"),
                ip=self._proxies.client(address(values.text(get("clientIp")) or ""), forwarded),
                forwarded_for=forwarded,
                country=values.country(get("country")),
                user_agent=said(headers.get("user-agent")),
                ja3=said(values.text(found.get("ja3Fingerprint"))),
                ja4=said(values.text(found.get("ja4Fingerprint"))),
                referrer=said(headers.get("referer")),
                request_id=said(values.text(get("requestId"))),
            ),
        )


def _headers(request: Mapping[str, Any]) -> dict[str, str]:
    """The headers that are read, by their names in small letters; of a repeated one the first."""
    found: dict[str, str] = {}
    headers = request.get("headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and isinstance(name := header.get("name"), str):
            key = name.lower()
            if key in _READ_HEADERS and isinstance(value := header.get("value"), str):
                found.setdefault(key, value)
    return found


def _is_acl_record(record: Record) -> bool:
    if not isinstance(record, dict) or "timestamp" not in record or record.keys().isdisjoint(_ACL):
        return False
    request = record.get("httpRequest")
    return isinstance(request, dict) and "clientIp" in request


class AwsWaf:
    """Logs of AWS WAF web ACLs."""

    name = "aws.waf"
    title = "AWS WAF web ACL log"
    enable = (
        "Run 'aws wafv2 put-logging-configuration --logging-configuration "
        "ResourceArn=<web ACL ARN>,LogDestinationConfigs=<ARN of a log group, bucket or stream named aws-waf-logs-…>'."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """Are these requests that a web ACL looked at?"""
        share = sample.share(_is_acl_record)
        return Match(share, f"{share:.0%} of the records are requests that a web ACL looked at")

    def reader(self, logs: Logs) -> Read:
        """A translator of one record into one request."""
        return _Reader(logs)
