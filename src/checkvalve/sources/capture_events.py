"""Events of what a capture holds; one translator for both protocols, because one capture may hold both.

* A request was seen where the capture was taken: ``ip`` is the peer there, which behind a balancer is the balancer.
* A message has the identity that the centre gave it, behind the centre's address, since centres count on their own.
  One without an answer has the place of its submission instead.
* A submission that was answered is ``accepted``, one that was refused has ``failed`` with the centre's status.
* A receipt says how a message ended; where the capture does not hold its submission, the first receipt stands for
  the time of the hand-over.
* Prices and senders of requests are nowhere in SMPP.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Record, Sample
from checkvalve.sources.capture_http import Exchange
from checkvalve.sources.capture_smpp import Handover
from checkvalve.sources.first_heard import FirstHeard
from checkvalve.sources.home_numbers import home_country, home_number
from checkvalve.sources.weblog_fields import status_code
from checkvalve.sources.weblog_values import BROKEN, TrustedProxies, address, asked, host_name, said

FRAMINGS: frozenset[Framing] = frozenset({"packets"})
PROVIDER = "smpp"

_STATES: Mapping[str, Status] = {
    **dict.fromkeys(("2", "delivrd"), "delivered"),
    **dict.fromkeys(("3", "expired", "4", "deleted", "5", "undeliv", "8", "rejectd"), "failed"),
    **dict.fromkeys(("1", "enroute", "6", "acceptd"), "sent"),
}
"""SMPP 3.4, 5.2.28 and appendix B; unknown (7, UNKNOWN) says nothing."""


def share_of(sample: Sample, protocol: str) -> Match:
    """How much of a capture speaks that protocol? A capture belongs to the one that it holds more of."""
    share = sample.share(lambda record: isinstance(record, dict) and record.get("protocol") == protocol)
    told = f"{share:.0%} of what the capture tells is {protocol.upper()}"
    return Match(share if share >= 0.5 else share / 2, told)


class CaptureReader:
    """Translates the records of one capture."""

    def __init__(self, logs: Logs) -> None:
        self._proxies = TrustedProxies(logs.trusted_proxies)
        self._heard = FirstHeard()
        self._home = home_country(logs)

    def __call__(self, record: Record) -> Iterable[Event]:
        """The events of an exchange or a handover."""
        if not isinstance(record, dict) or record.get("protocol") not in ("http", PROVIDER):
            raise Unusable("not_a_capture", "no record of a capture")
        if record["protocol"] == "http":
            return (self._request(record),)
        if record.get("kind") == "inbound":
            raise Unusable("not_a_send", "a message that was received")
        return self._receipt(record) if record.get("kind") == "receipt" else self._submission(record)

    def _request(self, exchange: Exchange) -> Request:
        method, target = exchange.get("method"), exchange.get("target")
        what = asked(method, target) if method and target else BROKEN
        forwarded = said(exchange.get("forwarded"))
        return Request(
            occurred_at=_moment(exchange["at_ms"]),
            method=what.method,
            host=host_name(exchange.get("host")) or what.host,
            path=what.path,
            query=what.query,
            status=status_code(exchange.get("status")),
            ip=self._proxies.client(address(exchange.get("client", "")), forwarded),
            forwarded_for=forwarded,
            user_agent=said(exchange.get("user_agent")),
            ja3=said(exchange.get("ja3")),
            ja4=said(exchange.get("ja4")),
            referrer=said(exchange.get("referrer")),
            bytes=exchange.get("bytes"),
            duration_s=exchange.get("seconds"),
        )

    def _submission(self, handover: Handover) -> Iterable[Event]:
        at, answer = _moment(handover["at_ms"]), handover.get("status")
        event_at = _moment(handover.get("answered_ms", handover["at_ms"]))
        for message, written in _messages(handover):
            yield Send(
                send_id=message,
                provider=PROVIDER,
                account=handover.get("account"),
                sent_at=self._heard(message, at),
                destination=self._number(written),
                channel="sms",
                status=None if answer is None else "failed" if answer else "accepted",
                error_code=f"0x{answer:02x}" if answer else None,
                event_at=event_at,
            )

    def _number(self, written: str | None) -> str | None:
        """The number, where its type says that it is international, or the settings name the country of all others."""
        return values.destination(written) or home_number(written or "", self._home)

    def _receipt(self, handover: Handover) -> Iterable[Event]:
        if "message" not in handover:
            raise Unusable("no_id", "a receipt that names no message")
        at = _moment(handover["at_ms"])
        status = _STATES.get(handover.get("state", "").lower())
        message, written = _messages(handover)[0]
        error = handover.get("error")
        yield Send(
            send_id=message,
            provider=PROVIDER,
            account=handover.get("account"),
            sent_at=self._heard(message, at),
            destination=self._number(written),
            channel="sms",
            status=status,
            error_code=None if status == "delivered" or not error or not error.strip("0") else error,
            delivered_at=at if status == "delivered" else None,
            event_at=at,
        )


def _messages(handover: Handover) -> list[tuple[str, str | None]]:
    """Identity and number of each message: a submission to several numbers is one message for each."""
    numbers: list[str] = handover.get("to", [])
    message: str = handover["message"]
    if len(numbers) < 2:
        return [(message, next(iter(numbers), None))]
    return [(f"{message}/{number.removeprefix('+')}", number) for number in numbers]


def _moment(at_ms: Any) -> datetime:
    return values.timestamp(at_ms, "time")
