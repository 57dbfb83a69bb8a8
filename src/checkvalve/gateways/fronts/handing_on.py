"""Handing a request that may send a text on to its provider, and telling the desk how that went."""

import time
from typing import NamedTuple

from checkvalve.gateways.exchange import Answer, Request
from checkvalve.gateways.in_path.desk import Desk, Verdict, Wish
from checkvalve.gateways.in_path.pace import Kind, Pace
from checkvalve.gateways.in_path.upstream import Unreachable, Upstream
from checkvalve.gateways.inbound.number import number_of
from checkvalve.numbering import e164, format_e164

_TOLD = "x-checkvalve-"
"""The application may say who asks: ``-ip``, ``-user-agent``, ``-account``, ``-endpoint``, ``-tenant``. It goes no
further."""


class Way(NamedTuple):
    """What all fronts need: who decides, who carries, how long answers take, and whose texts they are."""

    desk: Desk
    upstream: Upstream
    pace: Pace
    tenant: str = ""


class Errand(NamedTuple):
    """Where a request goes: the provider's place (scheme, host and port), and the request as it arrives there."""

    base: str
    request: Request


def number_in(text: str, region: str) -> str | None:
    """The number that a provider will take a text for, in E.164; None where it can be none.

    Providers want E.164, and forgive a missing ``+``; numbers as in a country are read where that is named.

    >>> number_in("447700900123", ""), number_in("(415) 555-2671", "US"), number_in("+44", "")
    ('+447700900123', '+14155552671', None)
    """
    found = number_of(text, region or None)
    if found is None and not region:
        bare = e164(text, bare=True)
        found = None if bare is None else format_e164(bare)
    return found


def wish_of(way: Way, request: Request, phone: str, endpoint: str, channel: str = "sms") -> Wish:
    """What the front knows of who asks: the application may say more in headers."""
    return Wish(
        phone=phone,
        channel=channel,
        endpoint=request.header(f"{_TOLD}endpoint") or endpoint,
        ip=request.header(f"{_TOLD}ip"),
        user_agent=request.header(f"{_TOLD}user-agent"),
        account_id=request.header(f"{_TOLD}account"),
        tenant=request.header(f"{_TOLD}tenant") or way.tenant,
    )


def addressed(request: Request, host: str, target: str) -> Request:
    """The request as it goes to a provider's host: all of it untouched but where it goes."""
    kept = [(key, value) for key, value in request.headers if key != "host" and not key.startswith(_TOLD)]
    return request._replace(target=target, headers=(("host", host), *kept))


async def hand_on(way: Way, errand: Errand, kind: Kind | None = None) -> Answer:
    """The provider's answer, or what is said where there is none; with a kind, how long it took is remembered."""
    began = time.monotonic()
    try:
        answer = await way.upstream.ask(errand.base, errand.request)
    except Unreachable as error:
        return error.answer
    if kind is not None:
        way.pace.took(time.monotonic() - began, kind)
    return answer


async def paced(way: Way, answer: Answer) -> Answer:
    """An answer about a text that was made up, as late as the provider's about its own."""
    await way.pace.wait("fetch")
    return answer


class Handed(NamedTuple):
    """What came of handing a text over: the answer, and whether it is the provider's own."""

    answer: Answer
    own: bool

    @property
    def refused(self) -> bool:
        """Did the provider say that it takes no such text? Its own failures leave open what became of the text."""
        return self.own and 400 <= self.answer.status < 500


async def send(way: Way, errand: Errand, verdict: Verdict) -> Handed:
    """Hand on a request that sends a text. One that surely did not leave is a failed delivery."""
    began = time.monotonic()
    try:
        answer = await way.upstream.ask(errand.base, errand.request)
    except Unreachable as error:
        if error.unsent:
            await way.desk.told(way.desk.failed, verdict.attempt_id)
        return Handed(error.answer, own=False)
    way.pace.took(time.monotonic() - began)
    return Handed(answer, own=True)
