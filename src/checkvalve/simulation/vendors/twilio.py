"""What Twilio knows of a message; the log writers give it their own shape."""

from pathlib import Path

import msgspec

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.draws import digest
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.base import sid

ERRORS = {"unreachable": 30003, "unknown": 30005, "landline": 30006, "carrier": 30008}
ERROR_TEXTS = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30008: "Unknown error",
}
LONG_NUMBERS = {"US": "+12015550136", "CA": "+16475550162"}
UNBILLED_SHARE = 0.003


class Account(msgspec.Struct, frozen=True):
    """One tenant's account at Twilio; its identifiers follow from the seed."""

    seed: int
    app: str
    domain: str

    @property
    def account_sid(self) -> str:
        """The account's identifier."""
        return sid("AC", self.seed)

    @property
    def messaging_service_sid(self) -> str:
        """The identifier of the pool of senders."""
        return sid("MG", self.seed)

    @property
    def verify_service_sid(self) -> str:
        """The identifier of the Verify service."""
        return sid("VA", self.seed)

    def message_sid(self, message: Message) -> str:
        """The message's identifier in the message log."""
        return sid("SM", self.seed, message.key)

    def attempt_sid(self, message: Message) -> str:
        """The same message's identifier in the list of verification attempts."""
        return sid("VL", self.seed, message.key)


class Resource(msgspec.Struct):
    """A message as Twilio shows it at the end of its life."""

    sid: str
    created: float
    sent: float
    updated: float
    status: str
    error: int | None
    sender: str
    body: str
    price: str | None


def resource(message: Message, account: Account) -> Resource:
    """What the message log says of it."""
    bits = digest(8, account.seed, "body", message.key)
    unit = int.from_bytes(bits[:2], "big") / 65_536
    sent = message.at + 0.2 + 0.9 * bits[2] / 256
    wait_s = message.delivered_s if message.delivered_s is not None else 8.0 + 40.0 * unit
    error = ERRORS[message.failure] if message.failure else None
    status = "sent" if not message.receipt else "undelivered" if error else "delivered"
    return Resource(
        sid=account.message_sid(message),
        created=message.at,
        sent=sent,
        updated=sent + (wait_s if message.receipt else 0.3),
        status=status,
        error=error if message.receipt else None,
        sender=LONG_NUMBERS.get(message.country.iso, account.app.upper()),
        body=_body(account, int.from_bytes(bits[3:6], "big") % 1_000_000, bits[6]),
        price=None if unit < UNBILLED_SHARE else f"-{message.price_usd:.5f}",
    )


def _body(account: Account, code: int, kind: int) -> str:
    """The text; a third carry the line that lets a browser fill the code in, so texts hold line breaks."""
    text = f"Your {account.app} code is {code:06d}. Do not share it."
    return f"{text}\n\n@{account.domain} #{code:06d}" if kind < 85 else text


class TwilioDays:
    """Keeps the messages of a day, and has its pages written when the next one begins."""

    def __init__(self, folder: Path, stem: str, account: Account) -> None:
        self._folder, self._stem, self._account = folder, stem, account
        self._day = ""
        self._messages: list[Message] = []

    def add(self, event: Event) -> None:
        """Keep the message for its day's pages."""
        if isinstance(event, Message):
            day = clock(event.at, "%Y-%m-%d")
            if day != self._day:
                self._write_day()
                self._day = day
            self._messages.append(event)

    def _write_day(self) -> None:
        raise NotImplementedError
