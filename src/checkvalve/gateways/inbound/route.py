"""Which requests ask for a message, and where everything stands in them."""

import re
from typing import Literal, NamedTuple

import msgspec
import phonenumbers

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.fields import Field, field
from checkvalve.gateways.inbound.path import readings

_PARAMETER = re.compile(r"\\\{(\w+)\\\}")
_METHODS = frozenset({"POST", "PUT", "PATCH", "GET", "DELETE"})


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that asks for a message. Where several fields are named, those that are there have to agree."""

    path: str
    """As in ``/api/otp``; ``{name}`` stands for one part, as in ``/users/{id}/phone``."""
    phone: tuple[str, ...]
    """Where the number is: ``json:/user/phone``, ``form:phone``, ``query:``, ``header:``, ``cookie:`` or ``path:``."""
    method: str = "POST"
    name: str = ""
    """What the guard calls the form; method and path without it."""
    channel: str = "sms"
    region: str | None = None
    """Country (two letters) of numbers that are written without theirs."""
    account: tuple[str, ...] = ()
    """Where the account stands."""
    email: tuple[str, ...] = ()
    """Where the e-mail address stands; only what is behind the ``@`` is used."""
    tenant: tuple[str, ...] = ()
    """Where the tenant stands: in what your proxy or router writes, not in what the caller can."""
    accepted: str = ""
    """Of a JSON answer, what says that a message is sent, as in ``/sent`` or ``/status=pending``; else the status."""


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that brings a code. When the application accepts it, the guard hears that the code came back."""

    path: str
    phone: tuple[str, ...] = ()
    """Where the number stands."""
    account: tuple[str, ...] = ()
    """Where the request does not name the number: the same account as in the route that asked for the code."""
    method: str = "POST"
    region: str | None = None
    event: Literal["verified", "completed"] = "verified"
    """``completed`` where it is another factor than a code."""
    accepted: str = ""
    """Of a JSON answer, what says that the code was right, as in ``/verified`` or ``/status=approved``; else the status
    (below 400). **Needed where a wrong code is answered with 200 too.**"""


class Pattern(NamedTuple):
    """The paths that a route has."""

    method: str
    path: re.Pattern[str]

    def matches(self, method: str, path: str) -> dict[str, tuple[str, ...]] | None:
        """As `among`, for all readings of a path."""
        return self.among(method, readings(path))

    def among(self, method: str, read: list[str]) -> dict[str, tuple[str, ...]] | None:
        """The parts of the path that have names, where it is one of them in any of its readings; else None.

        A part has several values where the readings differ in it. Capitals count neither in the path nor in the
        method, and whoever handles GET mostly handles HEAD by the same code.
        """
        method = method.strip().upper()
        if method != self.method and (method, self.method) != ("HEAD", "GET"):
            return None
        found = [one.groupdict() for one in map(self.path.fullmatch, read) if one is not None]
        if not found:
            return None
        return {name: tuple(dict.fromkeys(one[name] for one in found)) for name in found[0]}


def pattern(method: str, path: str) -> Pattern:
    """The paths that a setting names.

    Raises:
        Usage: for what is no method or no path.

    >>> pattern("POST", "/users/{id}/phone").matches("POST", "/users/7/phone/")
    {'id': ('7',)}
    """
    if method not in _METHODS:
        raise Usage(f"{method!r} is no method", where=path, todo=f"write one of {', '.join(sorted(_METHODS))}")
    if not path.startswith("/") or "?" in path or "#" in path:
        todo = "write a path such as /api/otp; what stands in the query is a field, as in query:phone"
        raise Usage(f"{path!r} is no path", where="routes", todo=todo)
    try:
        found = re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(path.rstrip("/") or "/")), re.IGNORECASE)
    except re.error as error:
        raise Usage(f"{path!r} names a part twice", where="routes", todo="give each part its own name") from error
    return Pattern(method, found)


def fields(names: tuple[str, ...], where: str) -> tuple[Field, ...]:
    """The fields that a setting lists; a mistake names where it stands."""
    try:
        return tuple(field(name) for name in names)
    except Usage as error:
        raise Usage(error.what, where=where, todo=error.todo) from error


def is_region(text: str | None) -> bool:
    """May this stand for a country?

    >>> is_region(None), is_region("GB"), is_region("UK"), is_region("Britain")
    (True, True, False, False)
    """
    return text is None or text in phonenumbers.SUPPORTED_REGIONS


def named(route: Route) -> str:
    """What the guard calls the form.

    >>> named(Route("/api/otp", ("json:/phone",)))
    'POST /api/otp'
    """
    return route.name or f"{route.method} {route.path}"
