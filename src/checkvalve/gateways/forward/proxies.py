"""The request that a proxy asks about, from the request with which it asks.

Each proxy passes the headers of its client along, so that only those count which this kind of proxy writes itself:
whoever sends ``X-Forwarded-Uri`` through nginx has said nothing.

Sources: nginx, "ngx_http_auth_request_module" and "X-Accel-Redirect"; Traefik, "ForwardAuth"; Caddy,
"forward_auth"; Envoy, "External Authorization" with an HTTP service.
"""

from collections.abc import Callable, Mapping

import msgspec

from checkvalve.gateways.inbound.path import original
from checkvalve.gateways.inbound.request import Refused, Request

Original = Callable[[Request, str], Request]
"""From a request, and the path behind our own still encoded, to the one that is asked about, encoded as well."""


def nginx(request: Request, _: str) -> Request:
    """What ``auth_request`` asks about; it passes no body.

    >>> nginx(Request("GET", "", "", {"x-original-method": "POST", "x-original-uri": "/otp?a=1"}), "").query
    'a=1'
    """
    return _named(request, "x-original-method", "x-original-uri", body=False)


def accel(request: Request, _: str) -> Request:
    """What nginx asks about where it passes the whole request, to be sent on by ``X-Accel-Redirect``."""
    return _named(request, "x-original-method", "x-original-uri", body=True)


def traefik(request: Request, _: str) -> Request:
    """What ``forwardAuth`` asks about; the body is there with ``forwardBody`` (Traefik 3.3)."""
    return _named(request, "x-forwarded-method", "x-forwarded-uri", body=True)


def caddy(request: Request, _: str) -> Request:
    """What ``forward_auth`` asks about; it passes no body."""
    return _named(request, "x-forwarded-method", "x-forwarded-uri", body=False)


def envoy(request: Request, path: str) -> Request:
    """What ``ext_authz`` asks about: method, path and, with ``with_request_body``, the body are its own.

    Raises:
        Refused: where Envoy passes the beginning of the body only, or a target that is none.
    """
    if request.header("x-envoy-auth-partial-body") == "true":
        raise Refused(413, "too_large")
    if "#" in path:
        raise Refused(400, "ambiguous")
    return msgspec.structs.replace(request, path=path or "/")


PROXIES: Mapping[str, Original] = {
    "nginx": nginx,
    "accel": accel,
    "traefik": traefik,
    "caddy": caddy,
    "envoy": envoy,
}
"""By the word in our path that is for them."""


def _named(request: Request, method: str, uri: str, *, body: bool) -> Request:
    """The request that two headers name. Raises `Refused` where they are not there: the proxy is not set up."""
    named, where = request.header(method), request.header(uri)
    if not named or not where:
        raise Refused(403, f"{method} or {uri} is missing")
    if "#" in where:  # no client sends it; proxies cut it off to find the location, and pass it on all the same
        raise Refused(400, "ambiguous")
    path, query = original(where)
    return msgspec.structs.replace(
        request, method=named, path=path, query=query, body=request.body if body else b"", unseen=not body
    )
