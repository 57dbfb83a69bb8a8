"""Where a shared memory is: an address as people write it, and the client that speaks to it."""

import socket
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from checkvalve.errors import Usage

SCHEMES = {
    "valkey": "redis",
    "valkeys": "rediss",
    "redis": "redis",
    "rediss": "rediss",
    "valkey+cluster": "redis",
    "valkeys+cluster": "rediss",
    "redis+cluster": "redis",
    "rediss+cluster": "rediss",
    "unix": "unix",
}
"""As written, and as the client has it. With ``+cluster``, any node of a cluster may be named."""


_KEEPALIVE = {
    getattr(socket, name): seconds
    for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
    if hasattr(socket, name)
}
"""Shorter than what balancers and address translators forget a silent connection after (350 s at AWS)."""


def understood(url: str) -> tuple[str, bool]:
    """The address as the client has it, and whether it is a cluster's.

    Raises:
        Usage: for anything else.

    >>> understood("valkey+cluster://node1.example:6379")
    ('redis://node1.example:6379', True)
    >>> understood("https://example.org")
    Traceback (most recent call last):
    ...
    checkvalve.errors.Usage: a shared memory cannot be at an address that begins with 'https'. What to do: write
    valkey://host:6379/0, valkeys:// for TLS, or valkey+cluster:// for a cluster
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise Usage(
            f"a shared memory cannot be at an address that begins with {parts.scheme!r}",
            todo="write valkey://host:6379/0, valkeys:// for TLS, or valkey+cluster:// for a cluster",
        )
    cluster = parts.scheme.endswith("+cluster")
    query = urlencode(parse_qsl(parts.query))
    return urlunsplit((SCHEMES[parts.scheme], parts.netloc, parts.path, query, "")), cluster


def named(url: str) -> str:
    """The address without what is secret in it, for logs.

    >>> named("valkeys://ann:password@db.example:6380/2")
    'valkeys://db.example:6380/2'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def options(timeout_ms: float) -> dict[str, Any]:
    """What every client is told: how long to wait, and to notice when a connection that is not used breaks."""
    timeout_s = timeout_ms / 1_000.0
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "socket_keepalive": True,
        "socket_keepalive_options": _KEEPALIVE,
        "decode_responses": False,
        "protocol": 2,  # with the third, the client does not look whether a connection was closed meanwhile
    }


def client(url: str, timeout_ms: float) -> Any:
    """A client for this address; one of a single server connects when it is first used.

    Raises:
        Usage: for an address that is none, or where the client is not installed.
    """
    address, cluster = understood(url)
    redis = module("redis")
    kind = redis.RedisCluster if cluster else redis.Redis
    return kind.from_url(address, retry=_retry(redis.retry.Retry, cluster=cluster), **options(timeout_ms))


def async_client(url: str, timeout_ms: float) -> Any:
    """The same for an event loop."""
    address, cluster = understood(url)
    redis = module("redis.asyncio")
    kind = redis.RedisCluster if cluster else redis.Redis
    return kind.from_url(address, retry=_retry(redis.retry.Retry, cluster=cluster), **options(timeout_ms))


def _retry(kind: Any, *, cluster: bool) -> Any:
    """Nothing is sent twice: nobody knows whether a call was carried out whose connection broke before its answer.

    A cluster's client does try again, to learn where a slot has moved to.
    """
    from redis.backoff import NoBackoff

    return kind(NoBackoff(), 3 if cluster else 0)


def module(name: str) -> Any:
    """A module of the client; raises `Usage` where it is not installed."""
    try:
        import_module(f"{name}.retry")
        return import_module(name)
    except ImportError as error:
        raise Usage("a shared memory needs the client for it", todo="pip install 'checkvalve[valkey]'") from error
