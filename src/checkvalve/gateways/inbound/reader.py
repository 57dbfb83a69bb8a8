"""From a request to an attempt."""

from collections.abc import Mapping
from typing import NamedTuple

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.accepted import accepted
from checkvalve.gateways.inbound.client import Clients
from checkvalve.gateways.inbound.fields import Contents, Field
from checkvalve.gateways.inbound.number import number_of
from checkvalve.gateways.inbound.request import Refused, Request
from checkvalve.gateways.inbound.route import Confirmation, Route, fields, is_region, named, pattern
from checkvalve.guard.attempt import Attempt

_BODY = ("json", "form")
_LONGEST = {"user_agent": 512, "ja4": 64, "account": 256, "email": 320, "tenant": 64}


class Asked(NamedTuple):
    """What a request asks for."""

    attempt: Attempt
    written: str
    """The number as it stands in the request."""
    contents: Contents


class RouteReader:
    """Reads the requests of one route.

    >>> reader = RouteReader(Route("/otp", ("json:/phone",)), Clients())
    >>> request = Request("POST", "/otp", peer="203.0.113.7", body=b'{"phone": "+44 7700 900123"}')
    >>> asked = reader.asked(request, {}, "a1", 1_780_000_000.0)
    >>> asked.attempt.phone, asked.attempt.ip, asked.attempt.endpoint
    ('+447700900123', '203.0.113.7', 'POST /otp')
    """

    def __init__(self, route: Route, clients: Clients, ja4_header: str = "") -> None:
        where = f"routes, {route.path}"
        self.route, self.name, self.pattern = route, named(route), pattern(route.method, route.path)
        self.accepted = accepted(route.accepted, where)
        self._clients, self._ja4 = clients, ja4_header.lower()
        self._phone, self._account = fields(route.phone, where), fields(route.account, where)
        self._email, self._tenant = fields(route.email, where), fields(route.tenant, where)
        if not self._phone:
            raise Usage("no field holds the number", where=where, todo="write phone = ['json:/phone'], or the like")
        _check_region(route.region, where)
        self.in_body = all(one.part in _BODY for one in self._phone)
        """Does the number stand in the body, and nowhere else?"""

    def asked(
        self,
        request: Request,
        path: Mapping[str, tuple[str, ...]],
        attempt_id: str,
        now: float,
        *,
        challengeable: bool = True,
    ) -> Asked | None:
        """The attempt; None where the request names no number. ``challengeable``: can a challenge be shown?

        Raises:
            Refused: where the request cannot be read in one way only, or the number is none (422).
        """
        contents = Contents(request, path)
        written = contents.one(self._phone)
        if written is None:
            if request.unseen and any(one.part in _BODY for one in self._phone):
                raise Refused(400, "unseen")  # the proxy shows no body, and the number may stand in it
            return None
        phone = number_of(written, self.route.region)
        if phone is None:
            raise Refused(422, "phone")
        email = _cut(contents, self._email, "email")
        attempt = Attempt(
            attempt_id=attempt_id,
            at=now,
            phone=phone,
            channel=self.route.channel,
            endpoint=self.name,
            ip=self._clients.address(request.peer, request.headers),
            user_agent=(request.header("user-agent") or "")[: _LONGEST["user_agent"]] or None,
            ja4=self._fingerprint(request),
            account_id=_cut(contents, self._account, "account"),
            email_domain=email.rpartition("@")[2].lower() or None if email else None,
            tenant=_cut(contents, self._tenant, "tenant") or "",
            challengeable=challengeable,
        )
        return Asked(attempt, written, contents)

    def _fingerprint(self, request: Request) -> str | None:
        """What one of our proxies says; nobody else is believed."""
        if not self._ja4 or not self._clients.trusts(request.peer):
            return None
        return (request.header(self._ja4) or "")[: _LONGEST["ja4"]] or None


class Whose(NamedTuple):
    """Whose code a request brings."""

    phone: str | None
    account: str | None
    written: str
    """The number as it stands in the request."""


class ConfirmationReader:
    """Reads the requests that bring codes: whose code is it?"""

    def __init__(self, confirmation: Confirmation) -> None:
        where = f"confirmations, {confirmation.path}"
        self.confirmation, self.pattern = confirmation, pattern(confirmation.method, confirmation.path)
        self.name = f"{confirmation.method} {confirmation.path}"
        self.accepted = accepted(confirmation.accepted, where)
        self._phone, self._account = fields(confirmation.phone, where), fields(confirmation.account, where)
        if not self._phone and not self._account:
            todo = "write phone = ['json:/phone'] or account = ['cookie:session']"
            raise Usage("neither number nor account is named", where=where, todo=todo)
        _check_region(confirmation.region, where)

    def whose(self, contents: Contents) -> Whose:
        """Number and account, each None where it is not there or cannot be read."""
        try:
            written, account = contents.one(self._phone), contents.one(self._account)
        except Refused:
            return Whose(None, None, "")
        phone = number_of(written, self.confirmation.region) if written else None
        return Whose(phone, account, written or "")


def _cut(contents: Contents, wanted: tuple[Field, ...], what: str) -> str | None:
    value = contents.one(wanted) if wanted else None
    return value[: _LONGEST[what]] if value else None


def _check_region(region: str | None, where: str) -> None:
    if not is_region(region):
        raise Usage(
            f"{region!r} is no country", where=where, todo="write two capital letters, such as GB (UK is none)"
        )
