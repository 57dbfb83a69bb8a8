"""What others report of texts: entered codes by the application, receipts and prices in the provider's own records.

``POST /outcomes`` takes ``{"message_id" | "phone" | "account_id": …, "event": …}``; ``POST /events/<source>`` takes
raw records of a source, such as SNS's delivery log as Firehose or a subscription hands it on. Both want the token of
the settings, as ``Authorization: Bearer`` or, where Firehose calls, ``X-Amz-Firehose-Access-Key``.
"""

import hmac
from typing import Any

import msgspec

from checkvalve.gateways.desk import Desk
from checkvalve.gateways.exchange import Answer, Refused, Request, json_answer
from checkvalve.gateways.receipts import Receipts, name_of
from checkvalve.guard.attempt import Event
from checkvalve.numbering import e164

OUTCOMES, EVENTS = "/outcomes", "/events/"
_PROVIDERS = ("twilio", "aws", "hook")


class Outcome(msgspec.Struct, frozen=True):
    """What became of the text to a number, or of the message of an id, or of the last text to an account."""

    event: Event
    message_id: str | None = None
    phone: str | None = None
    account_id: str | None = None


class Reports:
    """Takes reports; ``token`` is what those who report must show, and without one nobody may.

    >>> from checkvalve.guard import Guard
    >>> Reports(Desk(Guard()), "t").takes("", "/outcomes")
    True
    """

    def __init__(self, desk: Desk, token: str) -> None:
        self._desk, self._token = desk, token
        self._receipts = Receipts(desk)

    def takes(self, host: str, path: str) -> bool:  # noqa: ARG002 (every part is asked with both)
        """Is a request to this path a report?"""
        return path == OUTCOMES or path.startswith(EVENTS)

    async def answer(self, request: Request) -> Answer:
        """The answer to a report; raises `Refused` where it cannot be taken."""
        if request.method != "POST":
            raise Refused(405, "POST is the only method here")
        self._authenticate(request)
        if request.path == OUTCOMES:
            return json_answer({"known": self._outcome(request.body)})
        return self._events(request)

    def _authenticate(self, request: Request) -> None:
        given = request.header("x-amz-firehose-access-key") or ""
        scheme, _, bearer = (request.header("authorization") or "").partition(" ")
        if scheme.lower() == "bearer":
            given = bearer.strip()
        if not self._token or not hmac.compare_digest(given.encode(), self._token.encode()):
            raise Refused(401, "a token is needed")

    def _outcome(self, body: bytes) -> bool:
        try:
            told = msgspec.json.decode(body, type=Outcome)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(422, "event and one of message_id, phone and account_id are needed") from error
        number = e164(told.phone)
        names = [f"phone:+{number}"] if number is not None else []
        if told.message_id:
            names += [name_of(provider, told.message_id) for provider in _PROVIDERS]
        if told.account_id:
            names.append(f"account:{told.account_id}")
        if not names:
            raise Refused(422, "event and one of message_id, phone and account_id are needed")
        return any(self._desk.heard(name, told.event) for name in names if self._desk.knows(name))

    def _events(self, request: Request) -> Answer:
        name = request.path.removeprefix(EVENTS)
        record: Any
        try:
            record = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            record = request.body.decode("utf-8", "replace")
        records = record if isinstance(record, list) else [record]
        try:
            heard = sum(self._receipts.hear(name, one) for one in records if isinstance(one, dict | str))
        except KeyError as error:
            raise Refused(404, "there is no such source") from error
        answer: dict[str, Any] = {"heard": heard}
        if isinstance(record, dict) and isinstance(record.get("requestId"), str):  # Firehose wants its id back
            answer |= {"requestId": record["requestId"], "timestamp": int(self._desk.now() * 1000)}
        return json_answer(answer)
