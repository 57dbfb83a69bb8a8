"""Which requests ask for a message, and where everything stands in them."""

import re
from typing import Literal, NamedTuple

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.fields import Field, field
from checkvalve.gateways.inbound.path import plain

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
    """Where the tenant stands."""
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

    def matches(self, method: str, path: str) -> dict[str, str] | None:
        """The parts of the path that have names, where it is one of them; else None.

        It is however it is written that an application might take it: capitals, slashes twice or at the end, dots.
        """
        found = self.path.fullmatch(plain(path)) if method == self.method else None
        return None if found is None else found.groupdict()


def pattern(method: str, path: str) -> Pattern:
    """The paths that a setting names.

    Raises:
        Usage: for what is no method or no path.

    >>> pattern("POST", "/users/{id}/phone").matches("POST", "/users/7/phone/")
    {'id': '7'}
    """
    if method not in _METHODS:
        raise Usage(f"{method!r} is no method", where=path, todo=f"write one of {', '.join(sorted(_METHODS))}")
    if not path.startswith("/"):
        raise Usage(f"{path!r} is no path", where="routes", todo="write a path such as /api/otp")
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

    >>> is_region(None), is_region("GB"), is_region("Britain")
    (True, True, False)
    """
    return text is None or (len(text) == 2 and text.isalpha() and text.isupper())


def named(route: Route) -> str:
    """What the guard calls the form.

    >>> named(Route("/api/otp", ("json:/phone",)))
    'POST /api/otp'
    """
    return route.name or f"{route.method} {route.path}"
