"""Twilio's message log as the REST interface lists it: pages of JSON, newest first, RFC 2822 dates."""

import json
from typing import Any

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.vendors.base import open_text, sid
from checkvalve.simulation.vendors.twilio import ERROR_TEXTS, TwilioDays, resource

PAGE_SIZE = 1_000
_DATE = "%a, %d %b %Y %H:%M:%S +0000"


class TwilioPages(TwilioDays):
    """Writes one file a page, ``<stem>-<day>-<page>.json.gz``, each day fetched by itself."""

    def _write_day(self) -> None:
        self._messages.reverse()
        for page, first in enumerate(range(0, len(self._messages), PAGE_SIZE)):
            part = self._messages[first : first + PAGE_SIZE]
            more = first + PAGE_SIZE < len(self._messages)
            with open_text(self._folder / f"{self._stem}-{self._day}-{page:02d}.json.gz") as file:
                file.write(json.dumps(self._page(part, page, first, more), indent=1) + "\n")
        self._messages = []

    def _page(self, messages: list[Message], page: int, first: int, more: bool) -> dict[str, Any]:
        base = f"/2010-04-01/Accounts/{self._account.account_sid}/Messages.json"
        query = f"?DateSent={self._day}&PageSize={PAGE_SIZE}"
        token = sid("PASM", self._account.seed, self._day, page)
        return {
            "end": first + len(messages) - 1,
            "first_page_uri": f"{base}{query}&Page=0",
            "next_page_uri": f"{base}{query}&Page={page + 1}&PageToken={token}" if more else None,
            "page": page,
            "page_size": PAGE_SIZE,
            "previous_page_uri": f"{base}{query}&Page={page - 1}" if page else None,
            "start": first,
            "uri": f"{base}{query}&Page={page}",
            "messages": [self._record(message) for message in messages],
        }

    def _record(self, message: Message) -> dict[str, Any]:
        last = resource(message, self._account)
        uri = f"/2010-04-01/Accounts/{self._account.account_sid}/Messages/{last.sid}"
        return {
            "account_sid": self._account.account_sid,
            "api_version": "2010-04-01",
            "body": last.body,
            "date_created": clock(last.created, _DATE),
            "date_sent": clock(last.sent, _DATE),
            "date_updated": clock(last.updated, _DATE),
            "direction": "outbound-api",
            "error_code": last.error,
            "error_message": ERROR_TEXTS[last.error] if last.error else None,
            "from": last.sender,
            "messaging_service_sid": self._account.messaging_service_sid,
            "num_media": "0",
            "num_segments": "1",
            "price": last.price,
            "price_unit": "USD",
            "sid": last.sid,
            "status": last.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": f"+{message.number}",
            "uri": f"{uri}.json",
        }

    def close(self) -> None:
        """Write the last day."""
        self._write_day()
