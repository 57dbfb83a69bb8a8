"""OCSF HTTP Activity (class 4002): which requests came, from whom, to what, as any product writes them in OCSF 1.x?

``src_endpoint.ip`` is the peer; a forwarded address counts where the settings name trusted proxies. A method that is
only in ``activity_id`` is read from there. ``traffic.bytes_in`` is what the client received. Objects:
schema.ocsf.io/classes/http_activity.
"""

from dataclasses import dataclass

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.ocsf_values import class_of, request
from checkvalve.sources.weblog_values import TrustedProxies

HTTP_ACTIVITY = 4002


@dataclass(frozen=True, slots=True)
class OcsfHttp:
    """Requests in OCSF.

    >>> read = OcsfHttp().reader(Logs())
    >>> [request] = read({
    ...     "class_uid": 4002, "metadata": {"version": "1.5.0"}, "time": 1779789600000, "activity_id": 6,
    ...     "http_request": {"http_method": "POST", "url": {"hostname": "www.example.org", "path": "/otp"}},
    ...     "http_response": {"code": 200}, "src_endpoint": {"ip": "203.0.113.7"}})
    >>> request.method, request.host, request.path, request.status, request.ip
    ('POST', 'www.example.org', '/otp', 200, '203.0.113.7')
    """

    name: str = "ocsf.http"
    title: str = "OCSF HTTP Activity"
    enable: str = (
        "Export class 4002 as JSON lines from the lake or pipeline that holds it, for instance AWS WAF in Amazon "
        "Security Lake: 'aws athena start-query-execution …' over the table of the source, unloaded as JSON."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are requests in OCSF? By the class of the events."""
        share = sample.share(lambda record: class_of(record) == HTTP_ACTIVITY)
        return Match(share, f"{share:.0%} of the records are OCSF events of class {HTTP_ACTIVITY}")

    def reader(self, logs: Logs) -> Read:
        """A translator of one event into one request."""
        proxies = TrustedProxies(logs.trusted_proxies)

        def read(record: Record) -> tuple[Event, ...]:
            found = values.as_object(record)
            if class_of(found) != HTTP_ACTIVITY:
                raise Unusable("other_class", f"class_uid: {values.shown(found.get('class_uid'))}")
            made = request(found, proxies)
            if made is None:
                raise Unusable("not_http", "http_request: neither method nor target")
            return (made,)

        return read
