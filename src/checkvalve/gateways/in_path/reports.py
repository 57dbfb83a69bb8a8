"""What an application reports of texts that went through fronts and hooks, by the names that it knows.

``POST /outcomes`` takes ``{"message_id" | "phone" | "account_id": …, "event": …}``, with the token of the guard's API.
Receipts and prices in the records of providers go to ``/v1/events/{source}`` of the API.
"""

import msgspec

from checkvalve.gateways.access import Access
from checkvalve.gateways.exchange import Answer, Refused, Request, json_answer
from checkvalve.gateways.heard import name_of
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.guard.attempt import Event
from checkvalve.numbering import e164

OUTCOMES = "/outcomes"
_PROVIDERS = ("twilio", "aws", "hook")
_NEEDED = "event and one of message_id, phone and account_id are needed"


class Outcome(msgspec.Struct, frozen=True):
    """What became of the message of an id, of the last text to a number, or of the last one to an account."""

    event: Event
    message_id: str | None = None
    phone: str | None = None
    account_id: str | None = None


class Reports:
    """Takes reports; ``token`` is what those who report must show, and without one everybody may.

    >>> from checkvalve.guard import Guard
    >>> Reports(Desk(Guard())).takes("", "/outcomes")
    True
    """

    def __init__(self, desk: Desk, token: str = "") -> None:
        self._desk, self._access = desk, Access(token)

    def takes(self, host: str, path: str) -> bool:  # noqa: ARG002 (every part is asked with both)
        """Is a request to this path a report?"""
        return path == OUTCOMES

    async def answer(self, request: Request) -> Answer:
        """The answer to a report; raises `Refused` where it cannot be taken."""
        if request.method != "POST":
            raise Refused(405, "POST is the only method here")

        def header(name: bytes) -> bytes | None:
            found = request.header(name.decode())
            return None if found is None else found.encode("latin-1", "replace")

        if not self._access.granted(header):
            raise Refused(401, "a token is needed: Authorization: Bearer ...")
        return json_answer({"known": await self._desk.aside(self._outcome, request.body)})

    def _outcome(self, body: bytes) -> bool:
        try:
            told = msgspec.json.decode(body, type=Outcome)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(422, _NEEDED) from error
        number = e164(told.phone)
        names = [f"phone:+{number}"] if number is not None else []
        if told.message_id:
            names += [name_of(provider, told.message_id) for provider in _PROVIDERS]
        if told.account_id:
            names.append(f"account:{told.account_id}")
        if not names:
            raise Refused(422, _NEEDED)
        return any(self._desk.heard(name, told.event) for name in names if self._desk.knows(name))
