"""Twilio Verify's list of attempts: pages of JSON, each code with its network and whether it was entered."""

import json
from typing import Any

from checkvalve.simulation.clock import iso
from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.vendors.base import open_text, sid
from checkvalve.simulation.vendors.twilio import ERRORS, TwilioDays

PAGE_SIZE = 1_000
_URL = "https://verify.twilio.com/v2/Attempts"


class TwilioVerify(TwilioDays):
    """Writes one file a page, ``<stem>-<day>-<page>.json.gz``, each day fetched by itself, newest first."""

    def _write_day(self) -> None:
        self._messages.reverse()
        for page, first in enumerate(range(0, len(self._messages), PAGE_SIZE)):
            part = self._messages[first : first + PAGE_SIZE]
            more = first + PAGE_SIZE < len(self._messages)
            body = {"attempts": [self._attempt(one) for one in part], "meta": self._meta(page, more)}
            with open_text(self._folder / f"{self._stem}-{self._day}-{page:02d}.json.gz") as file:
                file.write(json.dumps(body) + "\n")
        self._messages = []

    def _meta(self, page: int, more: bool) -> dict[str, Any]:
        query = f"?DateCreatedAfter={self._day}T00%3A00%3A00Z&PageSize={PAGE_SIZE}"
        return {
            "key": "attempts",
            "page": page,
            "page_size": PAGE_SIZE,
            "first_page_url": f"{_URL}{query}&Page=0",
            "previous_page_url": f"{_URL}{query}&Page={page - 1}" if page else None,
            "url": f"{_URL}{query}&Page={page}",
            "next_page_url": f"{_URL}{query}&Page={page + 1}" if more else None,
        }

    def _attempt(self, message: Message) -> dict[str, Any]:
        attempt = self._account.attempt_sid(message)
        verification = sid("VE", self._account.seed, message.session)
        converted = message.verified_s is not None
        last_s = message.verified_s or (message.delivered_s if message.receipt else None) or 1.0
        return {
            "sid": attempt,
            "account_sid": self._account.account_sid,
            "service_sid": self._account.verify_service_sid,
            "verification_sid": verification,
            "date_created": iso(message.at),
            "date_updated": iso(message.at + last_s),
            "conversion_status": "converted" if converted else "unconverted",
            "channel": message.channel,
            "price": {"value": f"{message.price_usd:.4f}", "currency": "usd"},
            "channel_data": self._channel_data(message, verification, converted),
            "url": f"{_URL}/{attempt}",
        }

    @staticmethod
    def _channel_data(message: Message, verification: str, converted: bool) -> dict[str, Any]:
        failed = message.failure is not None and message.receipt
        return {
            "verification_sid": verification,
            "to": f"+{message.number}",
            "status": "confirmed" if converted else "unconfirmed",
            "message_status": "undelivered" if failed else "delivered" if message.receipt else "sent",
            "error_code": str(ERRORS[message.failure]) if failed and message.failure else None,
            "country": message.country.iso,
            "code_length": 6,
            "locale": message.country.locale,
            "mcc": message.carrier.mcc,
            "mnc": message.carrier.mnc,
            "carrier": message.carrier.name,
        }

    def close(self) -> None:
        """Write the last day."""
        self._write_day()
