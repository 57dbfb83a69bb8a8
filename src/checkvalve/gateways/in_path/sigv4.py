"""AWS's signature of a request, Signature Version 4: made, and checked.

Source: AWS, "Create a signed AWS API request" (docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
Only the header form is here, with the SHA-256 of the body, which is what the SDKs use for SNS and End User Messaging.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from checkvalve.gateways.exchange import Request

ALGORITHM = "AWS4-HMAC-SHA256"
TOLERANCE = timedelta(minutes=15)
"""How far the clock of a signature may be off, as at AWS (the value of RequestTimeTooSkewed)."""
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<key>[^/,\s]+)/(?P<date>\d{{8}})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)"
    r"/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;:._-]+),\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_STAMP = "%Y%m%dT%H%M%SZ"


class Scope(NamedTuple):
    """Whose signature it says it is, and for what."""

    access_key: str
    date: str
    region: str
    service: str
    signed: tuple[str, ...]
    """The headers that the signature covers."""
    signature: str


def scope_of(request: Request) -> Scope | None:
    """What does the ``Authorization`` of a request say? None where it is no signature of this kind.

    >>> scope_of(Request("POST", "/")) is None
    True
    """
    found = _AUTHORIZATION.fullmatch((request.header("authorization") or "").strip())
    if found is None:
        return None
    signed = tuple(found["headers"].split(";"))
    return Scope(found["key"], found["date"], found["region"], found["service"], signed, found["signature"])


def verified(request: Request, secret: str, now: datetime) -> bool:
    """Is the request signed with this secret, for the host that it names, not long ago?"""
    scope, stamp = scope_of(request), request.header("x-amz-date")
    if scope is None or stamp is None or "host" not in scope.signed:
        return False
    try:
        at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    if abs(now - at) > TOLERANCE or not stamp.startswith(scope.date):
        return False
    told = request.header("x-amz-content-sha256")
    if told is not None and told != hashlib.sha256(request.body).hexdigest():
        return False
    return hmac.compare_digest(_signature(request, scope, secret, stamp), scope.signature)


def signed(request: Request, access_key: str, secret: str, region: str, service: str, now: datetime) -> Request:
    """The request with a signature of its own in place of any it had; its ``Host`` must be there."""
    stamp = now.astimezone(UTC).strftime(_STAMP)
    headers = [(key, value) for key, value in request.headers if key not in ("authorization", "x-amz-date")]
    headers.append(("x-amz-date", stamp))
    covers = sorted({key for key, _ in headers if key in ("host", "content-type") or key.startswith("x-amz-")})
    bare = request._replace(headers=tuple(headers))
    scope = Scope(access_key, stamp[:8], region, service, tuple(covers), "")
    signature = _signature(bare, scope, secret, stamp)
    authorization = (
        f"{ALGORITHM} Credential={access_key}/{stamp[:8]}/{region}/{service}/aws4_request, "
        f"SignedHeaders={';'.join(covers)}, Signature={signature}"
    )
    return bare._replace(headers=(*headers, ("authorization", authorization)))


def _signature(request: Request, scope: Scope, secret: str, stamp: str) -> str:
    digest = hashlib.sha256(_canonical(request, scope.signed).encode()).hexdigest()
    area = f"{scope.date}/{scope.region}/{scope.service}/aws4_request"
    text = f"{ALGORITHM}\n{stamp}\n{area}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical(request: Request, names: Sequence[str]) -> str:
    path = quote(unquote(request.target.partition("?")[0]) or "/", safe="/-_.~")
    pairs = sorted(
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in parse_qsl(request.query, keep_blank_values=True)
    )
    query = "&".join(f"{key}={value}" for key, value in pairs)
    lines = []
    for name in names:
        values = [" ".join(value.split()) for key, value in request.headers if key == name]
        lines.append(f"{name}:{','.join(values)}\n")
    body = request.header("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest()
    return f"{request.method}\n{path}\n{query}\n{''.join(lines)}\n{';'.join(names)}\n{body}"
